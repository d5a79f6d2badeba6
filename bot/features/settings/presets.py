"""What the menu of styles stores: a style, or ready-made settings of the lesson."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.styles import LESSON, STYLED, STYLES

INHERIT = "inherit"
_OF_LESSON: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "greedy": {"strategy": "greedy"},
        "beam": {"strategy": "beam", "num_beams": 5},
        "beam_no_repeat": {"strategy": "beam", "num_beams": 5, "no_repeat_ngram_size": 2},
        "notebook": {"strategy": "sample", "top_k": 50, "top_p": 0.5},
        "top_k": {"strategy": "sample", "top_k": 200},
        "plain": {"strategy": "sample"},
    }
)


def with_preset(params: Mapping[str, object], preset: str) -> dict[str, object]:
    """Replace all that a style decides; lengths and ends stay.

    Raises:
        KeyError: There is no such preset.
    """
    kept = {name: value for name, value in params.items() if name not in (*STYLED, "style")}
    if preset == INHERIT:
        return kept
    if preset in STYLES:
        return {**kept, "style": preset}
    return {**kept, "style": LESSON, **_OF_LESSON[preset]}
