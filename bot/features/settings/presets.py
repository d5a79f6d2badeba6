"""The ready-made styles."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.asking.layers import FIELDS
from engine import DecodingParams

_PRESETS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "precise": {"strategy": "sample", "temperature": 0.3, "top_p": 0.9},
        "balanced": {"strategy": "sample", "temperature": 0.8, "top_p": 0.9},
        "creative": {"strategy": "sample", "temperature": 1.1, "top_p": 0.95},
        "mad": {"strategy": "sample", "temperature": 2.0},
        "greedy": {"strategy": "greedy"},
        "beam": {"strategy": "beam", "num_beams": 5},
        "beam_no_repeat": {"strategy": "beam", "num_beams": 5, "no_repeat_ngram_size": 2},
        "notebook": {"strategy": "sample", "top_k": 50, "top_p": 0.5},
        "top_k": {"strategy": "sample", "top_k": 200},
        "plain": {"strategy": "sample"},
    }
)
_KEPT_BY_PRESETS = ("max_new_tokens", "min_new_tokens", "attempts", "stop")


def with_preset(params: Mapping[str, object], preset: str) -> dict[str, object]:
    """Replace all but lengths and ends, so that nothing inherited leaks into a style.

    Raises:
        KeyError: There is no such preset.
    """
    neutral = DecodingParams()
    style = {name: getattr(neutral, name) for name in FIELDS if name not in _KEPT_BY_PRESETS}
    kept = {name: params[name] for name in _KEPT_BY_PRESETS if name in params}
    return {**kept, **style, **_PRESETS[preset]}
