"""Two temperatures, the same die: what they do to the shares, and to the text."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.features.duel.verdict import verdict_of
from bot.features.lesson.cell import Cell, CellResult, Lab, Trace
from bot.features.lesson.cells import temperature_texts as texts
from bot.features.lesson.cells import texts as common
from bot.features.lesson.cells.quoting import notes_on, paragraphs, quoted, small
from bot.features.lesson.cells.redrawn import redrawn
from bot.features.lesson.cells.unicorns import write_whole
from bot.render.numbers import percent
from bot.render.settings import number_text
from bot.render.step import token_label
from bot.render.tables import table
from engine import DecodingParams, Step
from engine.explain import measure
from engine.notebook import facts

_HOT = facts.sampled("sample_hot").temperature
_COLD = facts.sampled("sample_cold").temperature
_OWN_TOKENS = 48
_TEXT_LIMIT = 100
_ROWS = 4


class TemperatureCell(Cell):
    """Writes a hot and a cool text, and shows the first shares of both."""

    key = "temperature"
    title = "Temperatura: 2 y 0,75"
    idea = (
        "Ahora se tira un dado. La temperatura aplana el reparto (más de 1) o lo afila (menos de "
        "1) antes de tirarlo."
    )
    code = "model.generate(ids,\n  top_k=0, do_sample=True,\n  temperature=2.0)  # 0.75"
    question = "¿Qué temperatura daría siempre el texto de greedy?"
    own = DecodingParams(strategy="sample", temperature=_COLD, max_new_tokens=_OWN_TOKENS)

    async def run(self, lab: Lab, text: str | None = None) -> CellResult:
        """Write both texts with the lesson's seed.

        Args:
            lab: The lesson's.
            text: Another beginning than the notebook's.
        """
        prompt = facts.UNICORN_PROMPT if text is None else text
        (hot, room), (cold, _) = await asyncio.gather(
            *(write_whole(lab, prompt, sampled(t), label(t)) for t in (_HOT, _COLD))
        )
        steps = [await _first_step(lab, hot, t) for t in (_COLD, 1.0, _HOT)]
        return CellResult(
            text=paragraphs(
                texts.VERDICT.format(
                    hot=number_text(_HOT),
                    hot_verdict=verdict_of(measure(hot.completion)).value,
                    cold=number_text(_COLD),
                    cold_verdict=verdict_of(measure(cold.completion)).value,
                ),
                *(
                    texts.OF.format(value=number_text(t)) + "\n" + _quoted(trace)
                    for t, trace in ((_HOT, hot), (_COLD, cold))
                ),
                texts.FIRST_TOKEN,
                shares_table(steps),
                small(room.note, *notes_on(hot)),
            ),
            why=common.OWN_DIE,
            traces=(hot, cold),
        )


def sampled(temperature: float) -> DecodingParams:
    """Return the notebook's settings: no cut at all, not even the hidden one."""
    return DecodingParams(strategy="sample", temperature=temperature, top_k=0)


def label(temperature: float) -> str:
    """Name a text by its temperature."""
    return texts.LABEL.format(value=number_text(temperature))


def shares_table(steps: Sequence[Step]) -> str:
    """List the best tokens of one step with their final shares at each temperature.

    Args:
        steps: The same step cool, as it is and hot; all have the same best candidates.
    """
    middle = steps[1]
    best = sorted(middle.candidates, key=lambda c: c.raw_rank)[:_ROWS]
    finals = [{c.token_id: c.final_prob for c in step.candidates} for step in steps]
    rows = [
        (token_label(c.text), *(percent(final.get(c.token_id, 0.0), 0) for final in finals))
        for c in best
    ]
    return table(("", *(label(t) for t in (_COLD, 1.0, _HOT))), rows)


def _quoted(trace: Trace) -> str:
    return quoted(trace.completion.attempts[0], _TEXT_LIMIT)


async def _first_step(lab: Lab, trace: Trace, temperature: float) -> Step:
    return (await redrawn(lab, trace, sampled(temperature), _ROWS)).step
