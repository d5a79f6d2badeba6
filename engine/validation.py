"""Checks of what callers hand in: number ranges, choices, texts and token ids."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, SupportsIndex

from engine.errors import EngineError


@dataclass(frozen=True, kw_only=True)
class NumberRange:
    """The values a numeric setting may take.

    Attributes:
        low: Smallest value, excluded when `low_open`.
        high: Largest value, excluded when `high_open`.
        step: Grid step for menus and for the search of a smallest change.
        integer: Whether only whole numbers are allowed.
    """

    low: float
    high: float
    step: float
    low_open: bool = False
    high_open: bool = False
    integer: bool = False

    def contains(self, value: object) -> bool:
        """Tell whether `value` is a number of the right kind inside the range."""
        if isinstance(value, bool) or not isinstance(value, int if self.integer else int | float):
            return False
        # An integer is finite, and may be too large to be asked.
        if isinstance(value, float) and not math.isfinite(value):
            return False
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above and below

    def __str__(self) -> str:
        left, right = "<" if self.low_open else "≤", "<" if self.high_open else "≤"
        high = "∞" if math.isinf(self.high) else f"{self.high:g}"
        return f"{self.low:g} {left} x {right} {high}"


def integers(low: int, high: float) -> NumberRange:
    """Return the range of whole numbers from `low` to `high`."""
    return NumberRange(low=low, high=high, step=1, integer=True)


def invalid(name: str, value: object, allowed: str) -> EngineError:
    """Return the error that names a field, its value and what it takes."""
    return EngineError("invalid_params", field=name, value=value, range=allowed)


def require_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Accept one of the choices.

    Raises:
        EngineError: invalid_params, as from every check here.
    """
    if value not in choices:
        raise invalid(name, value, ", ".join(choices))


def require_integer(name: str, value: object, low: int, high: int) -> None:
    """Accept a whole number from `low` to `high`."""
    allowed = integers(low, high)
    if not allowed.contains(value):
        raise invalid(name, value, str(allowed))


def require_text(name: str, value: object, *, is_optional: bool = False) -> None:
    """Accept Unicode text."""
    if value is None and is_optional:
        return
    if not is_text(value):
        raise invalid(name, value, "Unicode text")


def is_text(value: object) -> bool:
    """Tell of text that can be written as UTF-8, so no half of a surrogate pair."""
    return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)


def members(name: str, values: object, allowed: str) -> tuple[Any, ...]:
    """Return the members of a list or the like; a text is none."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise invalid(name, values, allowed)
    return tuple(values)


def token_ids(name: str, values: object) -> tuple[int, ...]:
    """Return ids as plain integers; only the model knows how large they may be."""
    known = integers(0, math.inf)
    ids = []
    for value in members(name, values, "token ids"):
        token_id = int(value) if isinstance(value, SupportsIndex) else value
        if not known.contains(token_id):
            raise invalid(name, value, str(known))
        ids.append(token_id)
    return tuple(ids)
