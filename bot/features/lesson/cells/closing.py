"""The end of the lesson: every strategy's text side by side, and the lesson as a file."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from functools import partial

from bot.features.duel.chart import DuelChart, DuelLine, duel_chart
from bot.features.duel.lesson import duel_alt
from bot.features.duel.results import name_of
from bot.features.duel.verdict import Verdict, verdict_of
from bot.features.lesson.cell import Cell, CellFile, CellResult, Lab, Trace
from bot.features.lesson.cells import closing_texts as texts
from bot.features.lesson.cells import texts as common
from bot.features.lesson.cells.quoting import notes_on, paragraphs, small
from bot.features.lesson.cells.unicorns import write_whole
from bot.render.joining import joined
from bot.render.tables import table
from bot.storage.lesson_records import LessonCell
from engine import DecodingParams, EngineError
from engine.explain import Measures, contenders, measure
from engine.notebook import facts
from engine.notebook.build import ClassResult, ClassRow, lesson_notebook
from engine.notebook.source import model_source

TOKENS = 40
"""New tokens of each text: all of them together take as long as one of the other cells."""
_NAMES = tuple(one.name for one in (*facts.WRITTEN, *facts.SAMPLED))


class CloseCell(Cell):
    """Writes a text with every setting of the notebook, and hands out the lesson as a file."""

    key = "close"
    title = "Cierre: todas lado a lado"
    idea = (
        "El mismo principio con las siete formas de elegir de hoy, y la lección entera en un "
        "cuaderno (.ipynb) para llevar."
    )
    question = "¿Con cuál escribirías un poema, y con cuál unas instrucciones?"
    own = DecodingParams(strategy="sample", temperature=0.75, max_new_tokens=TOKENS)

    async def run(self, lab: Lab, text: str | None = None) -> CellResult:
        """Compare all strategies, and write the notebook with what the class has found out.

        Args:
            lab: The lesson's.
            text: Another beginning than the notebook's.
        """
        prompt = facts.UNICORN_PROMPT if text is None else text
        params = {one.name: one.params for one in contenders(1) if one.name in _NAMES}
        traces = await _written(lab, prompt, list(params.values()))
        measures = [measure(trace.completion) for trace in traces]
        chart = _chart(traces, measures)
        best = max(zip(measures, traces, strict=True), key=lambda pair: pair[0].logprob_per_token)
        verdict = texts.VERDICT.format(best=best[1].label, all=_verdicts(measures))
        file, about_file = await _notebook(lab)
        return CellResult(
            text=paragraphs(
                verdict,
                _table(traces, measures),
                small(about_file, *notes_on(traces[0])),
            ),
            why=common.OWN_DIE,
            picture=await lab.picture(partial(duel_chart, chart), texts.PICTURE, duel_alt(chart)),
            traces=tuple(traces),
            file=file,
        )


async def _written(lab: Lab, prompt: str, params: Sequence[DecodingParams]) -> list[Trace]:
    """Have all texts written at once."""
    writing = (write_whole(lab, prompt, one, name_of(None, one), most=TOKENS) for one in params)
    return [trace for trace, _ in await asyncio.gather(*writing)]


def _chart(traces: Sequence[Trace], measures: Sequence[Measures]) -> DuelChart:
    """Return the duel's picture of the texts."""
    return DuelChart(
        lines=tuple(
            DuelLine(
                label=trace.label,
                probs=one.raw_probs,
                repeats_from=None if one.loop is None else one.loop.repeats_from,
            )
            for trace, one in zip(traces, measures, strict=True)
        )
    )


def _table(traces: Sequence[Trace], measures: Sequence[Measures]) -> str:
    """Tabulate how each text reads."""
    rows = [
        (trace.label, verdict_of(one).value) for trace, one in zip(traces, measures, strict=True)
    ]
    return table((), rows, align="<<")


def _verdicts(measures: Sequence[Measures]) -> str:
    """Count how the texts read."""
    counts = Counter(verdict_of(one) for one in measures)
    return joined([_count(verdict, counts[verdict]) for verdict in Verdict if counts[verdict]])


def _count(verdict: Verdict, count: int) -> str:
    one, several = texts.COUNTS[verdict]
    return one if count == 1 else several.format(count=texts.SEVERAL[count - 2])


async def _notebook(lab: Lab) -> tuple[CellFile | None, str]:
    """Write the lesson as a notebook, where one can load the model; say what it is."""
    try:
        source = model_source(lab.pinned.model, lab.pinned.revision, shows_paths=False)
    except EngineError:
        return None, texts.NO_FILE
    cells = await lab.client.storage.lessons.cells(lab.lesson_id)
    results = {key: found for key, cell in cells.items() if (found := _in_class(cell))}
    name, data = await asyncio.to_thread(
        lesson_notebook, source, seed=lab.pinned.seed, results=results
    )
    return CellFile(name=name, data=data), texts.FILE_OF_CLASS if results else texts.FILE


def _in_class(cell: LessonCell) -> ClassResult | None:
    """Return what a class has found out; None where it has not come to that."""
    if cell.state != "done" or cell.findings is None:
        return None
    words = cell.findings.words
    rows = [ClassRow(**row) for row in words.get("rows", ())]
    return ClassResult(text=words.get("text", ""), rows=rows, why=words.get("why"))
