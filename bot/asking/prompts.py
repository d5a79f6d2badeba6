"""What a text must be before it is sent to the engine."""

from __future__ import annotations

from bot.messages.errors import UserError
from bot.texts import common as texts
from engine.words import WordList

OPEN_BOX = "␣"
"""Stands for a space at the end of an option, where Discord would trim a real one."""


def checked_prompt(text: str, word_list: WordList) -> str:
    """Return the prompt, with each final «␣» as a space; never stripped otherwise.

    Raises:
        UserError: It is blank, or it has a word of the list.
    """
    body = text.rstrip(OPEN_BOX)
    prompt = body + " " * (len(text) - len(body))
    if not prompt.strip():
        raise UserError(texts.BLANK_PROMPT)
    require_allowed_words(prompt, word_list)
    return prompt


def require_allowed_words(text: str, word_list: WordList) -> None:
    """Refuse a text that has a word of the list.

    Raises:
        UserError: It has one.
    """
    if word_list.is_in(text):
        raise UserError(texts.BLOCKED_PROMPT)
