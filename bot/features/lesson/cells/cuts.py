"""Sampling from fewer tokens: the best 200, or those that sum up to a half."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from bot.features.duel.verdict import verdict_of
from bot.features.explorer.funnel.chart import funnel_chart
from bot.features.explorer.funnel.words import funnel_alt, funnel_chart_of
from bot.features.lesson.cell import Cell, CellResult, Lab, Trace
from bot.features.lesson.cells import cuts_texts as texts
from bot.features.lesson.cells import texts as common
from bot.features.lesson.cells.compared import beside
from bot.features.lesson.cells.greedy import shared_start
from bot.features.lesson.cells.quoting import notes_on, paragraphs, quoted, small
from bot.features.lesson.cells.redrawn import stage_of
from bot.features.lesson.cells.unicorns import write_whole
from bot.render.numbers import integer, percent
from bot.render.step import StepView
from bot.render.tables import table
from bot.render.word_list import masked
from bot.ui.picture_page import Picture
from engine import DecodingParams
from engine.explain import measure
from engine.notebook import facts

_FACTS_K, _FACTS_P = facts.sampled("top_k"), facts.sampled("top_p")
TOP_K = DecodingParams(strategy="sample", top_k=_FACTS_K.top_k or 0)
TOP_P = DecodingParams(strategy="sample", top_p=_FACTS_P.top_p)
HIDDEN = replace(TOP_P, top_k=facts.HIDDEN_TOP_K)
_OWN_TOKENS = 48
_TEXT_LIMIT = 180
_HALF_LIMIT = 60
_CANDIDATES = 5


class TopKCell(Cell):
    """Draws among the best 200."""

    key = "top_k"
    title = "top-k 200"
    idea = "top-k tira el dado solo entre los k tokens más probables; los demás no pueden salir."
    code = "model.generate(ids,\n    do_sample=True,\n    top_k=200)"
    question = "¿Con qué k saldría siempre el texto de greedy?"
    own = replace(TOP_K, max_new_tokens=_OWN_TOKENS)

    async def run(self, lab: Lab, text: str | None = None) -> CellResult:
        """Write a text, and show the funnel of its first token.

        Args:
            lab: The lesson's.
            text: Another beginning than the notebook's.
        """
        prompt = facts.UNICORN_PROMPT if text is None else text
        trace, room = await write_whole(lab, prompt, TOP_K)
        mean = mean_mass(trace, "top_k")
        verdict = texts.TOP_K.format(
            verdict=verdict_of(measure(trace.completion)).value,
            count=integer(TOP_K.top_k),
            share=percent(mean),
        )
        return CellResult(
            text=paragraphs(
                verdict,
                quoted(trace.completion.attempts[0], _TEXT_LIMIT),
                small(room.note, *notes_on(trace)),
            ),
            rows=(beside(texts.ROW_TOP_K, integer(TOP_K.top_k), integer(TOP_K.top_k)),),
            why=common.OWN_DIE,
            picture=await _funnel(lab, trace),
            traces=(trace,),
        )


class TopPCell(Cell):
    """Draws among those that sum up to a half, with and without the top-k that nobody asked for."""

    key = "top_p"
    title = "top-p 0,5, con y sin el k escondido"
    idea = (
        "top-p se queda con los más probables hasta sumar la mitad. Si no dices top-k, "
        "transformers pone antes uno de 50."
    )
    code = "model.generate(ids,\n  do_sample=True,\n  top_p=0.5)  # y top_k=50"
    question = "¿Cuándo cambia algo el top-k escondido: con dudas o sin ellas?"
    own = replace(TOP_P, max_new_tokens=_OWN_TOKENS)

    async def run(self, lab: Lab, text: str | None = None) -> CellResult:
        """Write both texts with the same die, and compare.

        Args:
            lab: The lesson's.
            text: Another beginning than the notebook's.
        """
        prompt = facts.UNICORN_PROMPT if text is None else text
        (alone, room), (hidden, _) = await asyncio.gather(
            write_whole(lab, prompt, TOP_P, texts.ALONE),
            write_whole(lab, prompt, HIDDEN, texts.HIDDEN),
        )
        ids = [trace.completion.attempts[0].token_ids for trace in (alone, hidden)]
        equal = shared_start(*ids)
        is_same = ids[0] == ids[1]
        verdict = texts.SAME if is_same else texts.APART.format(token=integer(equal + 1))
        return CellResult(
            text=paragraphs(
                verdict,
                quoted(hidden.completion.attempts[0], _HALF_LIMIT),
                _left(alone, hidden),
                small(room.note, *notes_on(hidden)),
            ),
            rows=(beside(texts.ROW_TOP_K, integer(facts.HIDDEN_TOP_K), texts.BOTH),),
            why=common.OWN_DIE,
            picture=await _funnel(lab, hidden),
            traces=(alone, hidden),
        )


def mean_mass(trace: Trace, name: str) -> float:
    """Return what share of the chances a filter left, on average over the tokens of a text."""
    stages = [stage_of(step, name) for step in trace.completion.attempts[0].steps]
    masses = [1.0 if stage is None else stage.mass_kept for stage in stages]
    return sum(masses) / max(1, len(masses))


def mean_left(trace: Trace) -> float:
    """Return among how many tokens the die was thrown, on average over a text."""
    counts = [
        next(stage.tokens_kept for stage in reversed(step.stages) if stage.name != "draw")
        for step in trace.completion.attempts[0].steps
    ]
    return sum(counts) / max(1, len(counts))


def _left(alone: Trace, hidden: Trace) -> str:
    """Tabulate how many tokens could come out."""
    rows = [
        (name, integer(first_left(trace)), integer(round(mean_left(trace))))
        for name, trace in ((texts.ROW_ALONE, alone), (texts.ROW_HIDDEN, hidden))
    ]
    return table(texts.LEFT_HEADER, rows)


def first_left(trace: Trace) -> int:
    """Return among how many tokens the first die was thrown."""
    steps = trace.completion.attempts[0].steps
    if not steps:
        return 0
    return next(stage.tokens_kept for stage in reversed(steps[0].stages) if stage.name != "draw")


async def _funnel(lab: Lab, trace: Trace) -> Picture | None:
    """Draw what each filter left of the first token's vocabulary."""
    done = masked(trace.completion)
    if not done.attempts[0].steps:
        return None
    view = StepView(
        before=trace.request.prompt, completion=done, attempt=0, step=0, candidates=_CANDIDATES
    )
    chart = funnel_chart_of(view)
    return await lab.picture(partial(funnel_chart, chart), texts.PICTURE, funnel_alt(chart))
