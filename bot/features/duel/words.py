"""The words of a duel: its texts while they are written, and at the end with their measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.features.continuation import texts as continuation_texts
from bot.features.continuation.remedy_words import loop_text
from bot.features.continuation.words import Frame, ending_of, precision_text, tied
from bot.features.duel import texts
from bot.features.duel.chart import DuelChart, DuelLine
from bot.render.alt import listed
from bot.render.footer import REVISION_LENGTH
from bot.render.markdown import V2_TEXT_LIMIT, clip, escape, length, shorten_start
from bot.render.numbers import fixed, integer, percent
from bot.render.prompt_notes import prompt_notes
from bot.render.settings import number_text, settings_line
from bot.render.tables import table
from bot.render.tokens import visible
from bot.storage.records import StoredReply
from bot.texts import common
from bot.texts.filters import FILTERS
from engine import Attempt, DecodingParams, GenerationRequest, Progress
from engine.explain import Measures, contenders, measure

TABLE_COLUMNS = 34
_TEXT_LIMIT = 300
_LIVE_LIMIT = 120
_READ_LIMIT = 1000
"""Characters of a text that are looked at for a line of it."""
_RESERVE = 40
_WIDEST_TENTH = 1000
_SMALL = "-# "


@dataclass(frozen=True, kw_only=True)
class Result:
    """One strategy's text with its measures.

    Attributes:
        label: Short name of the strategy, at most 10 columns.
    """

    reply: StoredReply
    measures: Measures
    label: str

    @property
    def attempt(self) -> Attempt:
        """The text."""
        return self.reply.completion.attempts[0]


@dataclass(frozen=True, kw_only=True)
class DuelScreen:
    """The Markdown of a finished duel: title, texts, and what stands below its picture."""

    head: str
    results: tuple[str, ...]
    below: str


def results_of(replies: Sequence[StoredReply]) -> tuple[Result, ...]:
    """Measure a duel's texts. Long ones take milliseconds each: not for the event loop."""
    return tuple(
        Result(
            reply=reply,
            measures=measure(reply.completion),
            label=short_name(reply.completion.params),
        )
        for reply in replies
    )


def short_name(params: DecodingParams) -> str:
    """Name a strategy by what sets it apart, in about 10 columns."""
    params = params.resolved()
    if params.strategy == "greedy":
        return texts.GREEDY
    if params.strategy == "beam":
        template = texts.BEAMS_NGRAM if params.no_repeat_ngram_size else texts.BEAMS
        return template.format(beams=params.num_beams, size=params.no_repeat_ngram_size)
    if params.strategy == "sample_and_rank":
        return texts.BEST_OF.format(count=params.attempts)
    if params.strategy == "contrastive":
        return texts.CONTRAST
    neutral = DecodingParams()
    for field in texts.NAMED_BY:
        value = getattr(params, field)
        if value != getattr(neutral, field):
            return FILTERS[field].label.format(value=number_text(value))
    return texts.TEMPERATURE.format(value=number_text(params.temperature))


def running_duel(progress: Mapping[str, Progress], requests: Sequence[GenerationRequest]) -> str:
    """Show how far each strategy is, and the end of its text."""
    return "\n".join(_running(progress.get(r.request_id), r.params) for r in requests)


def duel_screen(results: Sequence[Result], notes: Sequence[str], model_name: str) -> DuelScreen:
    """Lay out a finished duel within a message's limit.

    Args:
        results: At least one.
        notes: Sentences about the call.
        model_name: The model's shown name, as Markdown.
    """
    request = results[0].reply.request
    title = texts.TITLE_ONE if len(results) == 1 else texts.TITLE.format(count=len(results))
    frame = Frame.of_prompt(request.prompt, tuple(notes))
    head = f"{title}\n{frame.head}"
    below = "\n".join(
        [*_summary(results), _logprobs(results), _varieties(results)]
        + [_SMALL + line for line in (*_remarks(results), *frame.notes)]
        + [_SMALL + _footer(results, model_name)]
    )
    frames = [_result_frame(result) for result in results]
    taken = length(head) + length(below) + sum(length(top) + length(end) for top, end in frames)
    # Line breaks stand around each text.
    room = min((V2_TEXT_LIMIT - _RESERVE - taken) // len(results) - 2, _TEXT_LIMIT)
    shown = tuple(
        "\n".join(filter(None, (top, _preview(result.attempt, room), end)))
        for result, (top, end) in zip(results, frames, strict=True)
    )
    return DuelScreen(head=head, results=shown, below=below)


def option_text(attempt: Attempt, limit: int) -> str | None:
    """Write the start of a text for a menu, which knows no Markdown; None without text."""
    return clip(visible(_one_line(attempt.text[:_READ_LIMIT])), limit) or None


def duel_chart_of(results: Sequence[Result]) -> DuelChart:
    """Return the picture of a duel."""
    return DuelChart(lines=tuple(_chart_line(result) for result in results))


def _chart_line(result: Result) -> DuelLine:
    loop = result.measures.loop
    return DuelLine(
        label=result.label,
        probs=result.measures.raw_probs,
        repeats_from=None if loop is None else loop.repeats_from,
    )


def _running(progress: Progress | None, params: DecodingParams) -> str:
    settings = settings_line(params)
    if progress is None:
        return texts.RUNNING_NOT_YET.format(settings=settings)
    attempt = ""
    if params.attempts > 1:
        attempt = texts.RUNNING_ATTEMPT.format(number=progress.attempt + 1, count=params.attempts)
    text = shorten_start(escape(_one_line(progress.text[-_READ_LIMIT:])), _LIVE_LIMIT)
    return texts.RUNNING.format(
        settings=settings,
        tokens=progress.tokens,
        limit=params.max_new_tokens,
        attempt=attempt,
        text=f"{tied(text)}{continuation_texts.CURSOR}"
        if text
        else continuation_texts.CURSOR.strip(),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _preview(attempt: Attempt, room: int) -> str:
    text = escape(_one_line(attempt.text[:_READ_LIMIT]))
    return clip(tied(text), room) if text else continuation_texts.NOTHING_WRITTEN


def _result_frame(result: Result) -> tuple[str, str]:
    """Return what stands over a result's text, and under it."""
    ending = ""
    if result.attempt.finish_reason != "length":
        name = continuation_texts.ENDING_NAMES[ending_of(result.reply.completion, result.attempt)]
        ending = texts.ENDING.format(ending=name)
    top = texts.RESULT.format(
        settings=settings_line(result.reply.completion.params),
        tokens=common.tokens(integer(result.measures.tokens)),
        milliseconds=integer(round(result.measures.milliseconds)),
        ending=ending,
    )
    loop = result.measures.loop
    return top, "" if loop is None else _SMALL + loop_text(result.attempt, loop)


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
            _nats(result.measures.logprob),
            _nats(result.measures.notebook_logprob),
            fixed(result.measures.logprob_per_token, 2),
        )
        for result in results
    ]
    shown = table(texts.LOGPROB_HEADER, rows, columns=TABLE_COLUMNS)
    return f"{texts.LOGPROB_TITLE}\n{shown}"


def _varieties(results: Sequence[Result]) -> str:
    rows = [
        (
            result.label,
            percent(result.measures.repetition, 0),
            fixed(result.measures.distinct_1, 2),
            fixed(result.measures.distinct_2, 2),
        )
        for result in results
    ]
    shown = table(texts.VARIETY_HEADER, rows, columns=TABLE_COLUMNS)
    return f"{texts.VARIETY_TITLE}\n{shown}"


def _nats(value: float | None) -> str:
    """Write a log-probability; a large one without decimals, so that the column stays narrow."""
    if value is None:
        return texts.UNKNOWN
    return fixed(value, 0 if abs(value) >= _WIDEST_TENTH else 1)


def _remarks(results: Sequence[Result]) -> list[str]:
    done = results[0].reply.completion
    lines = [texts.NOTEBOOK_NOTE, texts.DIE_NOTE, texts.TIME_NOTE, *_name_notes(results)]
    missing = len(contenders(1)) - len(results)
    if missing > 0:
        lines.append(texts.MISSING_ONE if missing == 1 else texts.MISSING.format(count=missing))
    if done.truncated_tokens:
        lines.append(continuation_texts.TRUNCATED.format(count=integer(done.truncated_tokens)))
    return [*lines, *prompt_notes(results[0].reply.request, done)]


def _name_notes(results: Sequence[Result]) -> list[str]:
    """Say what the names stand for that do not say it themselves."""
    lines = []
    for params in (result.reply.completion.params for result in results):
        if params.strategy == "sample_and_rank":
            count, value = integer(params.attempts), number_text(params.temperature)
            lines.append(texts.BEST_OF_NOTE.format(count=count, value=value))
        if params.strategy == "contrastive":
            lines.append(texts.CONTRAST_NOTE)
    return lines


def _footer(results: Sequence[Result], model_name: str) -> str:
    done = results[0].reply.completion
    revision = f" @{escape(done.revision[:REVISION_LENGTH])}" if done.revision else ""
    return (
        f"{continuation_texts.INVENTED} · {model_name}{revision} · {precision_text(done)} · "
        + continuation_texts.SEED.format(seed=done.seed)
    )


def duel_alt(chart: DuelChart) -> str:
    """Say each strategy's mean probability, and from where it repeats itself."""
    return listed(texts.ALT, [_strategy(line) for line in chart.lines], [])


def _strategy(line: DuelLine) -> str:
    template = texts.ALT_LINE if line.repeats_from is None else texts.ALT_LOOP
    mean = texts.UNKNOWN if line.mean is None else percent(line.mean, 0)
    token = integer((line.repeats_from or 0) + 1)
    return template.format(label=line.label, mean=mean, token=token)
