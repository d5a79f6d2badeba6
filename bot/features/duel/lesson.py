"""The words of «La lección completa»: every strategy's text, and the figures beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.features.continuation import texts as continuation_texts
from bot.features.continuation.remedy_words import loop_text
from bot.features.continuation.words import ending_of, precision_text
from bot.features.duel import texts
from bot.features.duel.chart import DuelChart, DuelLine
from bot.features.duel.contestants import MOST
from bot.features.duel.results import Result, in_full
from bot.features.duel.words import SMALL, preview
from bot.render.alt import listed
from bot.render.footer import REVISION_LENGTH
from bot.render.markdown import escape
from bot.render.numbers import fixed, integer, percent
from bot.render.prompt_notes import prompt_notes
from bot.render.settings import number_text
from bot.render.tables import table
from bot.texts import common

TABLE_COLUMNS = 25
"""What a phone shows without scrolling inside a container."""
_TEXTS_PER_PAGE = 4
_TEXT_LIMIT = 180
_WIDE_TOTAL, _WIDE_RATE = 100, 10
"""From here on, a number has a decimal less, so that its column stays narrow."""


@dataclass(frozen=True, kw_only=True)
class LessonPage:
    """One page of the lesson.

    Attributes:
        blocks: Markdown, from top to bottom.
        results: Whose texts it shows; () on the pages of figures.
        has_chart: Whether the picture stands behind the first block.
    """

    blocks: tuple[str, ...]
    results: tuple[Result, ...] = ()
    has_chart: bool = False


def lesson_pages(results: Sequence[Result], model_name: str) -> tuple[LessonPage, ...]:
    """Lay out the lesson: its texts by pages, then the picture, then the tables.

    Args:
        results: At least one.
        model_name: The model's shown name, as Markdown.
    """
    starts = range(0, len(results), _TEXTS_PER_PAGE)
    groups = [tuple(results[start : start + _TEXTS_PER_PAGE]) for start in starts]
    count = len(groups) + 3
    pages = [LessonPage(blocks=_texts(group), results=group) for group in groups]
    pages.append(LessonPage(blocks=tuple(_summary(results)), has_chart=True))
    notes = [SMALL + line for line in (*_remarks(results), _footer(results, model_name))]
    pages.append(LessonPage(blocks=(_logprobs(results), _rates(results))))
    pages.append(LessonPage(blocks=(_varieties(results), "\n".join(notes))))
    return tuple(
        LessonPage(
            blocks=(texts.LESSON_TITLE.format(number=number, count=count), *page.blocks),
            results=page.results,
            has_chart=page.has_chart,
        )
        for number, page in enumerate(pages, start=1)
    )


def duel_chart_of(results: Sequence[Result]) -> DuelChart:
    """Return the picture of a duel."""
    return DuelChart(lines=tuple(_chart_line(result) for result in results))


def duel_alt(chart: DuelChart) -> str:
    """Say each strategy's mean probability, and from where it repeats itself."""
    return listed(texts.ALT, [_strategy(line) for line in chart.lines], [])


def _texts(results: Sequence[Result]) -> tuple[str, ...]:
    names = in_full(result.label for result in results)
    return tuple(_text(name, result) for name, result in zip(names, results, strict=True))


def _text(name: str, result: Result) -> str:
    ending = ""
    if result.attempt.finish_reason != "length":
        said = continuation_texts.ENDING_NAMES[ending_of(result.reply.completion, result.attempt)]
        ending = texts.ENDING.format(ending=said)
    lines = [
        texts.RESULT.format(
            name=name,
            verdict=result.verdict.value,
            tokens=common.tokens(integer(result.measures.tokens)),
            milliseconds=integer(round(result.measures.milliseconds)),
            ending=ending,
        ),
        preview(result, _TEXT_LIMIT),
    ]
    if (loop := result.measures.loop) is not None:
        lines.append(SMALL + loop_text(result.attempt, loop))
    return "\n".join(lines)


def _chart_line(result: Result) -> DuelLine:
    loop = result.measures.loop
    return DuelLine(
        label=result.label,
        probs=result.measures.raw_probs,
        repeats_from=None if loop is None else loop.repeats_from,
    )


def _summary(results: Sequence[Result]) -> list[str]:
    if len(results) == 1:
        return []
    likely = max(results, key=lambda result: result.measures.logprob_per_token)
    repetitive = max(results, key=lambda result: result.measures.repetition)
    template = texts.SUMMARY if repetitive.measures.repetition else texts.SUMMARY_VARIED
    return [
        template.format(
            likely=likely.label,
            repetitive=repetitive.label,
            rate=percent(repetitive.measures.repetition, 0),
        )
    ]


def _logprobs(results: Sequence[Result]) -> str:
    rows = [
        (
            result.label,
            _nats(result.measures.logprob, 1, _WIDE_TOTAL),
            _nats(result.measures.notebook_logprob, 1, _WIDE_TOTAL),
        )
        for result in results
    ]
    return _titled(texts.LOGPROB_TITLE, texts.LOGPROB_HEADER, rows)


def _rates(results: Sequence[Result]) -> str:
    rows = [
        (
            result.label,
            _nats(result.measures.logprob_per_token, 2, _WIDE_RATE),
            percent(result.measures.repetition, 0),
        )
        for result in results
    ]
    return _titled(texts.RATES_TITLE, texts.RATES_HEADER, rows)


def _varieties(results: Sequence[Result]) -> str:
    rows = [
        (
            result.label,
            fixed(result.measures.distinct_1, 2),
            fixed(result.measures.distinct_2, 2),
        )
        for result in results
    ]
    return _titled(texts.VARIETY_TITLE, texts.VARIETY_HEADER, rows)


def _titled(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return f"{title}\n{table(header, rows, columns=TABLE_COLUMNS)}"


def _nats(value: float | None, digits: int, wide: int) -> str:
    """Write a log-probability, with a decimal less from `wide` on."""
    if value is None:
        return texts.UNKNOWN
    return fixed(value, digits - 1 if abs(value) >= wide else digits)


def _remarks(results: Sequence[Result]) -> list[str]:
    done = results[0].reply.completion
    lines = [texts.NOTEBOOK_NOTE, texts.DIE_NOTE, texts.TIME_NOTE, *_name_notes(results)]
    missing = MOST - len(results)
    if missing > 0:
        lines.append(texts.MISSING_ONE if missing == 1 else texts.MISSING.format(count=missing))
    if done.truncated_tokens:
        lines.append(continuation_texts.TRUNCATED.format(count=integer(done.truncated_tokens)))
    return [*lines, *prompt_notes(results[0].reply.request, done)]


def _name_notes(results: Sequence[Result]) -> list[str]:
    """Say what the names stand for that do not say it themselves."""
    lines = []
    for result in results:
        params, name = result.reply.completion.params, result.label
        if params.strategy == "beam" and params.no_repeat_ngram_size:
            lines.append(texts.NGRAM_NOTE.format(name=name, size=params.no_repeat_ngram_size))
        elif params.strategy == "beam":
            lines.append(texts.BEAMS_NOTE.format(name=name, beams=params.num_beams))
        elif params.strategy == "sample_and_rank":
            count, value = integer(params.attempts), number_text(params.temperature)
            lines.append(texts.BEST_OF_NOTE.format(name=name, count=count, value=value))
        elif params.strategy == "contrastive":
            lines.append(texts.CONTRAST_NOTE.format(name=name))
    return lines


def _footer(results: Sequence[Result], model_name: str) -> str:
    done = results[0].reply.completion
    revision = f" @{escape(done.revision[:REVISION_LENGTH])}" if done.revision else ""
    return (
        f"{continuation_texts.INVENTED} · {model_name}{revision} · {precision_text(done)} · "
        + continuation_texts.SEED.format(seed=done.seed)
    )


def _strategy(line: DuelLine) -> str:
    template = texts.ALT_LINE if line.repeats_from is None else texts.ALT_LOOP
    mean = texts.UNKNOWN if line.mean is None else percent(line.mean, 0)
    token = integer((line.repeats_from or 0) + 1)
    return template.format(label=line.label, mean=mean, token=token)
