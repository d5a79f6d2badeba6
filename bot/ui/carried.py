"""What custom_ids and menus carry: of an old message, what an old version wrote.

A click made by hand has anything. Each check says the same sentence to the person, and leaves one
line in the log.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from bot.messages.errors import UserError
from bot.texts import common as texts
from engine import RANGES

_T = TypeVar("_T")

_ATTEMPTS = int(RANGES["attempts"].high)
_STEPS = int(RANGES["max_new_tokens"].high)
_ID = 2**64 - 1
_CODE = 10**15
"""Codes of settings: what they mean has ranges of its own."""
_PLACE = 9999

GREATEST: Mapping[str, int] = {
    "attempt": _ATTEMPTS - 1,
    "step": _STEPS - 1,
    "candidates": 25,
    "publisher": _ID,
    "role": 9,
    "index": _PLACE,
    "place": 9,
    "page": 9,
    "order": 9,
    "scale": 1,
    "layer": _PLACE,
    "head": _PLACE,
    "token": _PLACE,
    "remedy": 9,
    "setting": 99,
    "millionths": _CODE,
    "temperature": _CODE,
    "top_k": _CODE,
    "top_p": _CODE,
    **{f"token{i}": 2**31 for i in range(6)},
}
"""Name of a number in custom_ids → the greatest that stands in one; pages know their own ends."""


class StaleItemError(UserError):
    """A button or a menu carries what does not exist, or not any more."""

    def __init__(self) -> None:
        super().__init__(texts.STALE_ITEM)


def require_known(numbers: Mapping[str, int]) -> None:
    """Refuse numbers that stand in no custom_id.

    Raises:
        StaleItemError: One is too large.
    """
    if any(number > GREATEST[name] for name, number in numbers.items()):
        raise StaleItemError


def number_of(value: str, greatest: int = _ID) -> int:
    """Read a menu's value that is a whole number, at least 0.

    Raises:
        StaleItemError: It is none, or too large.
    """
    if not (value.isascii() and value.isdigit()) or int(value) > greatest:
        raise StaleItemError
    return int(value)


def one_of(value: str, known: Collection[str]) -> str:
    """Return a menu's value that is among those that there are.

    Raises:
        StaleItemError: It is not.
    """
    if value not in known:
        raise StaleItemError
    return value


def item_at(things: Sequence[_T], index: int) -> _T:
    """Return the thing at a 0-based place.

    Raises:
        StaleItemError: There is none.
    """
    if not 0 <= index < len(things):
        raise StaleItemError
    return things[index]
