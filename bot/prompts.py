"""What a text must be before it is sent to the engine."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.errors import UserError
from bot.texts import common as texts

OPEN_BOX = "␣"
"""Stands for a space at the end of an option, where Discord would trim a real one."""


def checked_prompt(text: str, blocked_words: Sequence[str] = ()) -> str:
    """Return the prompt, with each final «␣» as a space; never stripped otherwise.

    Raises:
        UserError: It is blank, or it has a word of the list.
    """
    body = text.rstrip(OPEN_BOX)
    prompt = body + " " * (len(text) - len(body))
    if not prompt.strip():
        raise UserError(texts.BLANK_PROMPT)
    if has_blocked_word(prompt, blocked_words):
        raise UserError(texts.BLOCKED_PROMPT)
    return prompt


def has_blocked_word(text: str, blocked_words: Sequence[str]) -> bool:
    """Tell whether a listed word stands in the text as a whole word, in any case."""
    folded = text.casefold()
    return any(
        re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", folded) for word in blocked_words
    )
