"""What a reader takes for one character. Source: Unicode Standard Annex #29."""

from __future__ import annotations

import regex

_GRAPHEME = regex.compile(r"\X")


def graphemes(text: str) -> list[str]:
    """Split a text into its extended grapheme clusters; joined, they are the text again."""
    found: list[str] = _GRAPHEME.findall(text)
    return found
