"""Tables in code blocks, narrow enough for a phone.

Columns line up in a monospaced font: wide characters (CJK, emoji) count two, marks that combine
count none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from bot.render import tokens
from bot.render.graphemes import graphemes
from bot.render.numbers import plain_spaces

MAX_COLUMNS = 30
GAP = "  "

_ISOLATED = re.compile("(\u2068[^\u2068\u2069]*\u2069)")
_EMOJI_STYLE = "\ufe0f"
_ZERO_WIDTH = {"Mn", "Me", "Cf", "Cc"}


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    align: str | None = None,
    flexible: int = 0,
    columns: int = MAX_COLUMNS,
) -> str:
    """Lay out rows in a code block.

    Args:
        header: Titles of the columns, or () for none.
        rows: One text for each column.
        align: «<» or «>» for each column; by default only the flexible one is left-aligned.
        flexible: The column that is cut, with «…», where a row would be too wide.
        columns: The widest that a line may be.
    """
    lines = [[_cell(text) for text in row] for row in ([header] if header else []) + [*rows]]
    count = max((len(line) for line in lines), default=0)
    lines = [line + [""] * (count - len(line)) for line in lines]
    widths = [max(width(line[i]) for line in lines) for i in range(count)]
    excess = sum(widths) + len(GAP) * (count - 1) - columns
    if excess > 0:
        widths[flexible] = max(1, widths[flexible] - excess)
    sides = align or "".join("<" if i == flexible else ">" for i in range(count))
    return code_block("\n".join(_line(line, widths, sides) for line in lines))


def code_block(text: str) -> str:
    """Fence text that cannot end the fence."""
    while "``" in text:
        text = text.replace("``", "`\u200b`")
    return f"```\n{text}\n```"


def width(text: str) -> int:
    """Count the columns that the text takes in a monospaced font."""
    return sum(_grapheme_width(grapheme) for grapheme in graphemes(text))


def cut(text: str, columns: int) -> str:
    """Cut the end of a text to a number of columns, «…» included."""
    if width(text) <= columns:
        return text
    kept, left = "", columns - 1
    for grapheme in graphemes(tokens.plain(text)):
        left -= _grapheme_width(grapheme)
        if left < 0:
            break
        kept += grapheme
    return tokens.isolated(kept + "…")


def pad(text: str, columns: int, side: str = "<") -> str:
    """Fill up with spaces, after the text («<») or before it («>»)."""
    space = " " * (columns - width(text))
    return text + space if side == "<" else space + text


def _cell(text: str) -> str:
    """Make a cell safe; right-to-left text that came isolated does not reorder the rest of it."""
    parts = map(tokens.plain, _ISOLATED.split(plain_spaces(text)))
    return "".join(tokens.isolated(tokens.visible(part)) for part in parts)


def _line(cells: Sequence[str], widths: Sequence[int], sides: str) -> str:
    padded = (
        pad(cut(cell, columns), columns, side)
        for cell, columns, side in zip(cells, widths, sides, strict=True)
    )
    return GAP.join(padded).rstrip()


def _grapheme_width(grapheme: str) -> int:
    if _EMOJI_STYLE in grapheme or any(unicodedata.east_asian_width(c) in "WF" for c in grapheme):
        return 2
    return int(any(unicodedata.category(char) not in _ZERO_WIDTH for char in grapheme))
