"""A duel: one prompt's requests under the strategies of the lesson, which share an id.

Their ids differ in the last digit only, which is their place: whoever knows one finds the others.
"""

from __future__ import annotations

_DIGITS = "0123456789abcdef"


def duel_ids(reply_id: str) -> tuple[str, ...]:
    """Return the ids that a duel's replies may have, from the id of any of them."""
    return tuple(reply_id[:-1] + digit for digit in _DIGITS)


def place_of(reply_id: str) -> int:
    """Return a reply's 0-based place in its duel."""
    return _DIGITS.index(reply_id[-1])
