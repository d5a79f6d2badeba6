"""A text that repeats itself, in words: where, and what a remedy changed."""

from __future__ import annotations

from bot.features.continuation import remedy_texts as texts
from bot.render.markdown import clip, escape
from bot.render.numbers import integer
from bot.render.settings import settings_line
from bot.render.step import join_tokens
from bot.render.tokens import glyphs, visible
from engine import Attempt, Completion
from engine.explain import Loop, find_loop

_UNIT_LIMIT = 40
_UNREADABLE = "\ufffd"


def loop_line(attempt: Attempt) -> str | None:
    """Say what a text repeats and since when, or None where it does not."""
    loop = find_loop(attempt.token_ids)
    return None if loop is None else loop_text(attempt, loop)


def loop_text(attempt: Attempt, loop: Loop) -> str:
    """Say what the loop repeats, where its tokens' texts were recorded, and since when."""
    token = integer(loop.repeats_from + 1)
    unit = attempt.steps[loop.start : loop.start + loop.period]
    if not unit:
        return texts.LOOP_UNQUOTED.format(token=token)
    pieces = [step.chosen_candidate.text for step in unit]
    said = join_tokens(pieces)
    if _UNREADABLE in said:
        # The turn begins or ends inside a character.
        said = "".join(pieces)
    shown = visible(said.strip(" ")) or glyphs(said)
    return texts.LOOP.format(unit=escape(clip(shown, _UNIT_LIMIT)), token=token)


def change_line(before: Completion, attempt: int, after: Completion) -> str:
    """Say what a remedy changed.

    Args:
        before: Holds the attempt that repeated itself.
        attempt: 0-based.
        after: Its last attempt is the same text under the remedy.
    """
    looped, written = before.attempts[attempt].token_ids, after.attempts[-1].token_ids
    if looped == written:
        return texts.UNCHANGED.format(remedy=settings_line(after.params))
    size = after.params.no_repeat_ngram_size
    if not size:
        return texts.RESAMPLED
    loop = find_loop(looped)
    is_same_before = loop is not None and (
        written[: loop.repeats_from] == looped[: loop.repeats_from]
    )
    return (texts.FIXED if is_same_before else texts.FIXED_ANEW).format(size=integer(size))
