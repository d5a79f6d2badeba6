"""Texts that a cell shows: one paragraph, inert, as long as a phone has room for."""

from __future__ import annotations

from bot.features.continuation.texts import NOTHING_WRITTEN
from bot.features.duel.results import one_line
from bot.features.lesson.cell import Trace
from bot.features.lesson.cells import texts
from bot.render.frame import SMALL
from bot.render.markdown import clip, escape
from bot.render.numbers import integer
from bot.texts.common import tokens
from engine import Attempt

_QUOTED = "«{text}»"
_BROKEN_OFF = ("cancelled", "deadline")


def quoted(attempt: Attempt, limit: int) -> str:
    """Quote the beginning of a text."""
    text = clip(escape(one_line(attempt.text)), limit)
    return _QUOTED.format(text=text) if text else NOTHING_WRITTEN


def paragraphs(*blocks: str) -> str:
    """Put what there is below one another."""
    return "\n".join(block for block in blocks if block)


def small(*notes: str) -> str:
    """Write notes in small letters, a line each; those that say nothing are left out."""
    return "\n".join(SMALL + note for note in notes if note)


def final_space(prompt: str) -> str:
    """Say that a space at the end of a prompt counts; "" where there is none."""
    return texts.FINAL_SPACE if prompt.endswith(" ") else ""


def notes_on(trace: Trace) -> tuple[str, ...]:
    """Say what of a text is not as it was asked for."""
    done, notes = trace.completion, []
    if done.truncated_tokens:
        notes.append(texts.CUT.format(count=tokens(integer(done.truncated_tokens))))
    if done.attempts[0].finish_reason in _BROKEN_OFF:
        notes.append(texts.LATE)
    return tuple(notes)
