"""The text of a continuation's message while it waits, while it grows and at its end.

A message is the quoted prompt, the text, and small lines below. What paging needs and is not
stored (the quote of another person's message, the notes about a call's settings) is read back from
the message itself: generated text is escaped, so no line of it looks like a quote or a small line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.features.continuation import texts
from bot.features.continuation.remedy_words import loop_line
from bot.render.markdown import (
    CONTENT_LIMIT,
    CUT_START,
    clip,
    escape,
    length,
    quote,
    shorten_start,
)
from bot.render.numbers import duration, fixed, integer
from bot.render.prompt_notes import prompt_notes
from bot.render.settings import settings_line
from bot.storage.records import StoredReply
from bot.texts import common
from bot.texts.common import PRECISIONS
from engine import Attempt, Completion, Progress

PROMPT_LIMIT = 300
MAX_PARTS = 4
REVISION_DIGITS = 8

_HEAD_LIMITS = (PROMPT_LIMIT, 200, 100, 50)
_HEAD_BUDGET = 500
_NOTES_BUDGET = 300
MODEL_LIMIT = 60
_RESERVE = 120
"""Kept free for a line that is only known at the very end (a restart)."""
_NOTE = "-# · "
_SMALL = "-# "
_CLOSING = tuple(".,;:!?…)]}»”’%")
"""What follows the prompt without a gap: no «…» stands before it."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What stands around the text and stays the same on every page.

    Attributes:
        head: The quoted prompt, as Markdown.
        notes: Sentences about the call.
    """

    head: str
    notes: tuple[str, ...] = ()

    @classmethod
    def of_prompt(cls, prompt: str, notes: tuple[str, ...] = ()) -> Frame:
        """Quote a prompt; only its end where it is long."""
        heads = (quote(_escaped_end(prompt, limit)) for limit in _HEAD_LIMITS)
        head = next((head for head in heads if length(head) <= _HEAD_BUDGET), "")
        return cls(head=head, notes=_fitting(notes))

    @classmethod
    def of_message(cls, content: str) -> Frame:
        """Read the frame back from a message of ours."""
        lines = content.split("\n")
        quoted = 0
        while quoted < len(lines) and lines[quoted].startswith(">"):
            quoted += 1
        notes = tuple(line.removeprefix(_NOTE) for line in lines if line.startswith(_NOTE))
        return cls(head="\n".join(lines[:quoted]), notes=notes)


@dataclass(frozen=True, kw_only=True)
class Screen:
    """One page of a finished reply.

    Attributes:
        attempt: 0-based attempt that it shows.
        index: 0-based place among all pages of all attempts.
        count: Number of pages.
        label: «2 de 10», with the part where an attempt has several.
        file_text: Whole text of the attempt where it goes in a file, else None.
    """

    content: str
    attempt: int
    index: int
    count: int
    label: str
    file_text: str | None


def waiting_text(frame: Frame, position: int, wait_s: float | None) -> str:
    """Show a place in the queue; 0 means that the text is being written unseen."""
    if position == 0:
        line = texts.WRITING_UNSEEN
    elif wait_s is None:
        line = texts.QUEUED.format(position=position)
    else:
        wait = duration(max(1, math.ceil(wait_s)))
        line = texts.QUEUED_WAIT.format(position=position, wait=wait)
    return _under(frame.head, _SMALL + line)


def running_text(frame: Frame, progress: Progress, limit_tokens: int, attempts: int) -> str:
    """Show the text so far: its end, where it is long."""
    template = texts.PROGRESS_ATTEMPT if attempts > 1 else texts.PROGRESS
    line = _SMALL + template.format(
        number=progress.attempt + 1, count=attempts, tokens=progress.tokens, limit=limit_tokens
    )
    budget = CONTENT_LIMIT - length(frame.head) - length(line) - _RESERVE
    text = shorten_start(_opened(progress.text), budget)
    body = f"{tied(text)}{texts.CURSOR}" if text else texts.CURSOR.strip()
    return _under(frame.head, body, line)


def failed_text(frame: Frame, text: str) -> str:
    """Keep the prompt over the reason why there is no text."""
    return _under(frame.head, text)


def screen(reply: StoredReply, frame: Frame, index: int, model_name: str) -> Screen:
    """Lay out one page of a finished reply; an index out of range shows the nearest page.

    Args:
        reply: With at least one attempt.
        frame: What stands around the text.
        index: 0-based page.
        model_name: The model's shown name, as Markdown.
    """
    attempts = reply.completion.attempts
    footers = [_footer(reply, attempt, model_name) for attempt in attempts]
    notes = "".join(f"\n{_NOTE}{note}" for note in frame.notes)
    budget = CONTENT_LIMIT - length(frame.head) - max(map(length, footers)) - length(notes)
    parts = [_parts(_opened(attempt.text), budget - _RESERVE) for attempt in attempts]
    pages = [(number, part) for number, found in enumerate(parts) for part in _shown(found)]
    index = min(max(index, 0), len(pages) - 1)
    number, part = pages[index]
    is_in_file = len(parts[number]) > MAX_PARTS
    body = [_body(parts[number], part)]
    if is_in_file:
        body.append(_SMALL + texts.WHOLE_TEXT_IN_FILE)
    return Screen(
        content=_under(frame.head, *body, footers[number]) + notes,
        attempt=number,
        index=index,
        count=len(pages),
        label=_label(number, len(attempts), part, len(_shown(parts[number]))),
        file_text=attempts[number].text if is_in_file else None,
    )


def _footer(reply: StoredReply, attempt: Attempt, model_name: str) -> str:
    done = reply.completion
    lines = [
        f"{texts.INVENTED} · {settings_line(done.params)} · {_effort(done, attempt)} · "
        + texts.LOGPROB.format(value=fixed(attempt.logprob, 1)),
        f"{clip(model_name, MODEL_LIMIT)}{revision_text(done)} · {precision_text(done)} · "
        + texts.SEED.format(seed=done.seed),
    ]
    if (ending := ending_of(done, attempt)) in texts.ENDINGS:
        lines.append(texts.ENDINGS[ending])
    if (loop := loop_line(attempt)) is not None:
        lines.append(loop)
    if done.truncated_tokens:
        lines.append(texts.TRUNCATED.format(count=integer(done.truncated_tokens)))
    if not reply.is_prompt_kept:
        lines.append(texts.NOT_KEPT)
    else:
        lines += prompt_notes(reply.request, done)
    return "\n".join(_SMALL + line for line in lines)


def ending_of(done: Completion, attempt: Attempt) -> str:
    """Return a key of the endings: without stop texts, only a fault stops a text there."""
    is_fault = attempt.finish_reason == "stop" and not done.params.stop
    return "fault" if is_fault else attempt.finish_reason


def _effort(done: Completion, attempt: Attempt) -> str:
    tokens = common.tokens(integer(len(attempt.token_ids)))
    time = duration(done.prefill_s + done.decode_s)
    if len(done.attempts) == 1:
        return f"{tokens}, {time}"
    return texts.TOKENS_ATTEMPTS_IN.format(tokens=tokens, attempts=len(done.attempts), time=time)


def revision_text(done: Completion) -> str:
    """Write the revision, with a space in front: « @a5fd3b62»."""
    return f" @{escape(done.revision[:REVISION_DIGITS])}" if done.revision else ""


def precision_text(done: Completion) -> str:
    """Write the precision badge: «exacto», «rápido»."""
    unknown = texts.PRECISION.format(name=escape(done.precision))
    return PRECISIONS.get(done.precision, unknown)


def _label(attempt: int, attempts: int, part: int, parts: int) -> str:
    labels = []
    if attempts > 1:
        labels.append(texts.ATTEMPT_OF.format(number=attempt + 1, count=attempts))
    if parts > 1:
        labels.append(texts.PART_OF.format(number=part + 1, count=parts))
    return " · ".join(labels)


def _opened(text: str) -> str:
    """Escape a continuation without the space that ties it to the prompt."""
    return escape(text.lstrip(" ").rstrip())


def tied(escaped: str) -> str:
    """Put «…» before a text that goes on with the prompt's line."""
    if escaped.startswith("\n"):
        return escaped.lstrip("\n")
    return escaped if escaped.startswith((*_CLOSING, CUT_START)) else f"…{escaped}"


def _body(parts: list[str], part: int) -> str:
    if not parts[part]:
        return texts.NOTHING_WRITTEN
    return f"…{parts[part]}" if part else tied(parts[0])


def _parts(escaped: str, budget: int) -> list[str]:
    """Cut escaped text into pieces that fit, at spaces where there are any."""
    parts = []
    rest = escaped
    while length(rest) > budget:
        part = clip(rest, budget)[:-1]
        space = max(part.rfind(" "), part.rfind("\n"))
        if space > len(part) // 2:
            part = part[:space]
        parts.append(part)
        rest = rest[len(part) :].lstrip(" \n")
    return [*parts, rest]


def _shown(parts: list[str]) -> range:
    """Return the numbers of the parts that get a page; the rest goes in a file."""
    return range(1 if len(parts) > MAX_PARTS else len(parts))


def _under(head: str, *blocks: str) -> str:
    """Put blocks under the quote; without the empty line, CommonMark takes them into it."""
    body = "\n".join(block for block in blocks if block)
    return f"{head}\n\n{body}" if head else body


def _escaped_end(prompt: str, limit: int) -> str:
    shown = shorten_start(prompt, limit)
    if shown == prompt:
        return escape(prompt)
    return CUT_START + escape(shown.removeprefix(CUT_START))


def _fitting(notes: tuple[str, ...]) -> tuple[str, ...]:
    kept: list[str] = []
    for note in notes:
        if sum(map(length, kept)) + length(note) <= _NOTES_BUDGET:
            kept.append(note)
    return tuple(kept)
