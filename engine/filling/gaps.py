"""Where the gaps of a text are, however somebody has written them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.errors import EngineError
from engine.words import is_word_character

MAX_GAPS = 20
"""Each gap is read by itself once more, without its right side."""
_WRITTEN = r"_{2,}|\[mask\]|<mask>"
"""Two or more underscores, and the masks of the families, whoever's the model is."""


@dataclass(frozen=True)
class GapMark:
    """A gap as it stands in a text: `text[start:end]`."""

    start: int
    end: int


def find_gaps(text: str, mask: str | None = None) -> tuple[GapMark, ...]:
    """Find the gaps of a text, from left to right.

    Args:
        text: As somebody has written it.
        mask: What the model itself calls a gap, where that is known.

    Raises:
        EngineError: invalid_params (field text), with a `reason`: no_gap; gap_in_word, its value
            being the word; or too_many_gaps, with their `limit`.
    """
    written = _WRITTEN if mask is None else f"{_WRITTEN}|{re.escape(mask)}"
    found = tuple(GapMark(*m.span()) for m in re.finditer(written, text, re.IGNORECASE))
    if not found:
        raise _refusal("no_gap", None, "1 gap or more")
    for gap in found:
        if (word := _word_around(text, gap)) is not None:
            raise _refusal("gap_in_word", word, "gaps that stand for whole words")
    if len(found) > MAX_GAPS:
        raise _refusal("too_many_gaps", len(found), f"1 ≤ x ≤ {MAX_GAPS}", limit=MAX_GAPS)
    return found


def has_gap(text: str) -> bool:
    """Tell whether a gap is written in a text, wherever it stands."""
    return re.search(_WRITTEN, text, re.IGNORECASE) is not None


def _refusal(reason: str, value: object, allowed: str, limit: int | None = None) -> EngineError:
    return EngineError(
        "invalid_params", field="text", value=value, range=allowed, reason=reason, limit=limit
    )


def _word_around(text: str, gap: GapMark) -> str | None:
    """Return the letters that touch a gap, with the gap as it is written; None without any."""
    start, end = gap.start, gap.end
    while start > 0 and is_word_character(text[start - 1]):
        start -= 1
    while end < len(text) and is_word_character(text[end]):
        end += 1
    return None if (start, end) == (gap.start, gap.end) else text[start:end]
