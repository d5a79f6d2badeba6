"""What keeps a text from repeating itself when it is written again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from bot.storage.records import StoredReply
from engine import DecodingParams
from engine.explain import find_loop

MILDEST_SIZE = 4
"""The longest n-gram whose ban leaves no room for what `find_loop` calls a loop.

A loop of p tokens has max(3p, 6) of them at least, and a text without an n-gram twice has fewer
than p + n in such a run: the least of max(3p, 6) - p over all p is 4, at p = 2.
"""
NO_REPEAT_SIZES = (MILDEST_SIZE, 2, 3)
"""The first is offered; buttons of old messages have the others."""
SAMPLING = 0
"""What stands for sampling where a size would, on buttons of old messages."""
_SAMPLING: Mapping[str, Any] = MappingProxyType(
    {"strategy": "sample", "temperature": 0.8, "top_p": 0.9}
)


def remedy_of(reply: StoredReply, attempt: int) -> int | None:
    """Return what can be done about a text that repeats itself; None where it does not.

    Args:
        reply: Holds the text.
        attempt: 0-based.

    Returns:
        The size of the n-grams that may not come twice.
    """
    is_looped = find_loop(reply.completion.attempts[attempt].token_ids) is not None
    # A server is not told of n-grams.
    can_be_asked = reply.is_prompt_kept and reply.completion.remote is None
    return MILDEST_SIZE if is_looped and can_be_asked else None


def cured(params: DecodingParams, attempt: int, remedy: int) -> DecodingParams:
    """Return the settings under which an attempt is written again with a remedy.

    With the same die a text that is written token by token is the same up to where it would repeat
    itself; of several beams, or of several tries that are ranked, another one may win.
    """
    if remedy == SAMPLING:
        return replace(params, **_SAMPLING, attempts=1)
    # Each try has a die of its own: the same number of tries has the same die.
    return replace(params, no_repeat_ngram_size=remedy, attempts=attempt + 1)
