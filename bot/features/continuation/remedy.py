"""What keeps a text from repeating itself when it is written again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from bot.features.continuation import remedy_texts as texts
from bot.storage.records import StoredReply
from engine import DecodingParams
from engine.explain import find_loop

NO_REPEAT_SIZES = (2, 3)
SAMPLING = 0
"""What stands for sampling where a size would; `_SAMPLING` is what it sets."""
_SAMPLING: Mapping[str, Any] = MappingProxyType(
    {"strategy": "sample", "temperature": 0.8, "top_p": 0.9}
)


def remedies(reply: StoredReply, attempt: int) -> tuple[int, ...]:
    """Return what can be done about a text that repeats itself; () where it does not.

    Args:
        reply: Holds the text.
        attempt: 0-based.

    Returns:
        Sizes of n-grams that may not come twice, and `SAMPLING`.
    """
    is_looped = find_loop(reply.completion.attempts[attempt].token_ids) is not None
    if not is_looped or not reply.is_prompt_kept:
        return ()
    is_drawn = reply.completion.params.strategy == "sample"
    return NO_REPEAT_SIZES if is_drawn else (*NO_REPEAT_SIZES, SAMPLING)


def remedy_label(remedy: int, name: str | None) -> str:
    """Name a remedy, for the text of that name where its message has several."""
    label = texts.SAMPLING if remedy == SAMPLING else texts.NO_REPEAT.format(size=remedy)
    return label if name is None else texts.OF.format(remedy=label, name=name)


def cured(params: DecodingParams, attempt: int, remedy: int) -> DecodingParams:
    """Return the settings under which an attempt is written again with a remedy."""
    if remedy == SAMPLING:
        return replace(params, **_SAMPLING, attempts=1)
    # Each try has a die of its own: the same number of tries has the same die.
    return replace(params, no_repeat_ngram_size=remedy, attempts=attempt + 1)
