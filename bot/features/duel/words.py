"""The words of a duel: its texts while they are written, and the cards that everybody sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.features.continuation import texts as continuation_texts
from bot.features.duel import texts
from bot.features.duel.results import READ_LIMIT, Result, in_full, one_line, request_name
from bot.render.joining import joined
from bot.render.markdown import clip, escape, quote, shorten_start
from bot.render.numbers import integer
from bot.styles import AUTHORS
from engine import DecodingParams, GenerationRequest, Progress
from engine.control_codes import split_code

SMALL = "-# "
_PROMPT_LIMIT = 60
_CARD_LIMIT = 70
_LIVE_LIMIT = 90


def running_duel(progress: Mapping[str, Progress], requests: Sequence[GenerationRequest]) -> str:
    """Show how far each strategy is, and the end of its text."""
    names = in_full(request_name(request) for request in requests)
    return "\n".join(
        _running(name, progress.get(request.request_id), request.params)
        for name, request in zip(names, requests, strict=True)
    )


def head(results: Sequence[Result]) -> str:
    """Return the title over the quoted prompt; only its end where it is long."""
    count = len(_groups(results))
    title = texts.TITLE_ONE if count == 1 else texts.TITLE.format(count=integer(count))
    request = results[0].reply.request
    prompt = split_code(request.prompt)[1] if request.style == AUTHORS else request.prompt
    prompt = " ".join(prompt.split())
    return f"{title}\n{quote(escape(shorten_start(prompt, _PROMPT_LIMIT)))}"


def cards(results: Sequence[Result]) -> tuple[str, ...]:
    """Lay out each text with its verdict; equal ones once, under all their names."""
    labels = in_full(result.label for result in results)
    names = {result.place: label for result, label in zip(results, labels, strict=True)}
    return tuple(
        texts.CARD.format(
            names=joined([names[result.place] for result in group]),
            verdict=group[0].verdict.value,
            text=preview(group[0], _CARD_LIMIT),
        )
        for group in _groups(results)
    )


def footer(results: Sequence[Result], notes: Sequence[str], model_name: str) -> str:
    """Say who invented the texts, under sentences about the call."""
    seed = results[0].reply.completion.seed
    lines = [*notes, texts.FOOTER.format(model=model_name, seed=seed)]
    return "\n".join(SMALL + line for line in lines)


def preview(result: Result, limit: int) -> str:
    """Show a text's start in one paragraph, as inert Markdown."""
    text = escape(one_line(result.attempt.text))
    return clip(text, limit) if text else continuation_texts.NOTHING_WRITTEN


def _groups(results: Sequence[Result]) -> list[list[Result]]:
    """Put equal texts together, where the first of them stands."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.attempt.text.strip(), []).append(result)
    return list(groups.values())


def _running(name: str, progress: Progress | None, params: DecodingParams) -> str:
    if progress is None:
        return texts.RUNNING_NOT_YET.format(name=name)
    attempt = ""
    if params.attempts > 1:
        attempt = texts.RUNNING_ATTEMPT.format(number=progress.attempt + 1, count=params.attempts)
    text = shorten_start(escape(one_line(progress.text[-READ_LIMIT:])), _LIVE_LIMIT)
    return texts.RUNNING.format(
        name=name,
        tokens=progress.tokens,
        limit=params.max_new_tokens,
        attempt=attempt,
        text=f"{text}{continuation_texts.CURSOR}".strip(),
    )
