"""What a model brings along: the style of its authors, and what suits programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.styles import AUTHORS, CODE, CODE_SUGGESTIONS
from engine import DecodingParams, ModelInfo

_CTRL = "CTRL"
_OWN: Mapping[str, object] = MappingProxyType({"style": AUTHORS})
_OF_PROGRAMS: Mapping[str, object] = MappingProxyType({"style": CODE, "attempts": CODE_SUGGESTIONS})


def own_settings(info: ModelInfo | None) -> Mapping[str, object]:
    """Return what counts in place of the installation's own: a style, and how many texts."""
    if info is None:
        return {}
    if info.writes == "code":
        return _OF_PROGRAMS
    return _OWN if info.family == _CTRL else {}


def for_programs(params: DecodingParams) -> DecodingParams:
    """Return settings without what makes a text one to read: programs are none."""
    return replace(params, whole_word_start=False, plain_text=False, sentence_end_tokens=0)
