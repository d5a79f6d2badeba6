"""Other settings for one step: what the menus offer, and what is asked of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from bot.features.explorer.redraw import texts
from bot.render.numbers import parse_decimal
from bot.texts.options import TEMPERATURES, TOP_PS
from engine import RANGES, DecodingParams

OWN = 0
"""Stands in a choice for the text's own value."""

OFFERS: Mapping[str, Mapping[float, str]] = MappingProxyType(
    {
        "temperature": {parse_decimal(value): why for value, why in TEMPERATURES.items()},
        "top_k": texts.TOP_KS,
        "top_p": {parse_decimal(value): why for value, why in TOP_PS.items()},
    }
)
"""Setting → the values in its menu, all on the grid of `engine.RANGES`, and what each is like."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the menus say, each setting as `OWN` or 1 + its place on the grid of `engine.RANGES`."""

    temperature: int = OWN
    top_k: int = OWN
    top_p: int = OWN

    @classmethod
    def of(cls, setting: str, value: float) -> Choice:
        """Return the choice of one value."""
        return cls(**{setting: code_of(setting, value)})

    @classmethod
    def of_codes(cls, codes: tuple[int, ...]) -> Choice:
        """Read what `codes` wrote; no numbers are the text's own values."""
        return cls(**dict(zip(OFFERS, codes, strict=False)))

    @property
    def codes(self) -> tuple[int, ...]:
        """The numbers that stand in a custom_id."""
        return (self.temperature, self.top_k, self.top_p)

    @property
    def values(self) -> dict[str, int | float]:
        """The values of the settings that are not the text's own."""
        codes = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _value_of(name, code) for name, code in codes.items() if code != OWN}

    def with_code(self, setting: str, code: int) -> Choice:
        """Return the choice with another value of one setting."""
        return replace(self, **{setting: code})


def code_of(setting: str, value: float) -> int:
    """Return the number that stands for a value of a setting."""
    return 1 + round(value / RANGES[setting].step)


def own_values(params: DecodingParams) -> dict[str, int | float]:
    """Return what shaped the text: settings without effect under its strategy count as off.

    Args:
        params: The text's settings, as requested.
    """
    effective, off = params.resolved(), DecodingParams()
    return {name: getattr(off if name in effective.ignored else effective, name) for name in OFFERS}


def change_of(params: DecodingParams, choice: Choice) -> dict[str, Any]:
    """Return the fields that a choice changes; none where all is the text's own.

    Temperature and cuts are the draw's: of a text that was not drawn they make one that is. What
    had no effect on it must not begin to have one then.

    Args:
        params: The text's settings, as requested.
        choice: What the menus say.
    """
    if not choice.values:
        return {}
    effective, off = params.resolved(), DecodingParams()
    drawn = effective if effective.is_sampled else replace(effective, strategy="sample")
    inert = {*effective.ignored, *drawn.ignored} - {"attempts"}
    change: dict[str, Any] = {name: getattr(off, name) for name in inert}
    change["strategy"] = drawn.strategy
    return change | own_values(params) | choice.values


def _value_of(setting: str, code: int) -> int | float:
    allowed = RANGES[setting]
    return code - 1 if allowed.integer else round((code - 1) * allowed.step, 6)
