"""What a reader takes for one character. Source: Unicode Standard Annex #29."""

from __future__ import annotations

from itertools import islice

import regex

_GRAPHEME = regex.compile(r"\X")


def graphemes(text: str) -> list[str]:
    """Split a text into its extended grapheme clusters; joined, they are the text again."""
    found: list[str] = _GRAPHEME.findall(text)
    return found


def first_graphemes(text: str, most: int) -> list[str]:
    """Return the clusters that a text begins with, as if the rest were not there."""
    return [match.group() for match in islice(_GRAPHEME.finditer(text), most)]
