"""The probabilities of one next token, in falling order and summed up, and where filters cut."""

from __future__ import annotations

from functools import partial

from bot.features.lesson.cell import Cell, CellResult, Lab
from bot.features.lesson.cells import probabilities_texts as texts
from bot.features.lesson.cells.probabilities_chart import CurveChart, Cut, curve_chart
from bot.features.lesson.cells.quoting import notes_on, paragraphs, small
from bot.features.lesson.cells.redrawn import redrawn, stage_of
from bot.render.alt import listed
from bot.render.markdown import escape
from bot.render.numbers import integer, percent
from bot.render.settings import number_text
from bot.render.step import token_label
from bot.render.step_sentence import vocabulary_size
from bot.render.tokens import plain
from bot.texts.filters import FILTERS
from engine import DecodingParams, Step
from engine.explain import Redraw
from engine.notebook import facts

_TOP_K = facts.sampled("top_k").top_k or 0
_TOP_P = facts.sampled("top_p").top_p
_CUTTING = (
    DecodingParams(strategy="sample", top_p=_TOP_P),
    DecodingParams(strategy="sample", top_k=facts.HIDDEN_TOP_K),
    DecodingParams(strategy="sample", top_k=_TOP_K),
)
"""The nucleus first."""
_TOP_N = 10


class ProbabilitiesCell(Cell):
    """Draws both curves of the token behind the unicorns' prompt."""

    key = "probabilities"
    title = "El reparto y sus cortes"
    idea = (
        "Las probabilidades de un paso, de mayor a menor, y lo que suman: top-k corta por número y "
        "top-p por suma."
    )
    code = "z = model(ids).logits[0, -1]\np = z.softmax(0).sort(0, True)\np[0].cumsum(0)"
    question = "Si el modelo estuviera muy seguro, ¿qué corte quitaría más tokens?"

    async def run(self, lab: Lab, text: str | None = None) -> CellResult:
        """Read one step under each of the notebook's cuts.

        Args:
            lab: The lesson's.
            text: Another beginning than the notebook's.
        """
        prompt = facts.UNICORN_PROMPT if text is None else text
        trace = await lab.write(prompt, DecodingParams(max_new_tokens=1))
        answers = [await redrawn(lab, trace, params, _TOP_N) for params in _CUTTING]
        chart = CurveChart(curve=answers[0].curve, cuts=tuple(map(cut_of, answers, _CUTTING)))
        return CellResult(
            text=paragraphs(
                _verdict(answers[0].step, chart.cuts[0]), small(texts.READ, *notes_on(trace))
            ),
            picture=await lab.picture(partial(curve_chart, chart), texts.PICTURE, curve_alt(chart)),
            traces=(trace,),
        )


def cut_of(answer: Redraw, params: DecodingParams) -> Cut:
    """Return where a step's curve ends under one filter: at its end where nothing is cut."""
    name = _name(params)
    stage = stage_of(answer.step, name)
    ends = [cut.rank for cut in answer.cuts if cut.name == name]
    return Cut(
        name=FILTERS[name].label.format(value=number_text(getattr(params, name))),
        rank=ends[0] if ends else answer.curve[-1].rank,
        mass=1.0 if stage is None else stage.mass_kept,
    )


def curve_alt(chart: CurveChart) -> str:
    """Say where each filter cuts, and what it leaves."""
    items = [
        texts.ALT_CUT.format(name=cut.name, count=integer(cut.rank), share=percent(cut.mass))
        for cut in chart.cuts
    ]
    return listed(texts.ALT.format(share=percent(chart.curve[0].prob)), items, [])


def _name(params: DecodingParams) -> str:
    """Return the one filter that is set."""
    return "top_p" if params.top_p < 1 else "top_k"


def _verdict(step: Step, nucleus: Cut) -> str:
    best = min(step.candidates, key=lambda c: c.raw_rank)
    template = texts.VERDICT_ONE if nucleus.rank == 1 else texts.VERDICT
    return template.format(
        count=integer(vocabulary_size(step)),
        few=integer(nucleus.rank),
        half=percent(_TOP_P, 0),
        token=escape(plain(token_label(best.text))),
        share=percent(best.raw_prob),
    )
