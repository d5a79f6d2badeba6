"""Which column has the prompts, and whether a first row names the columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.render.model_names import comparable

_NAMES = frozenset(
    {
        *("texto", "text", "textos", "prompt", "prompts", "frase", "frases", "inicio", "comienzo"),
        *("principio", "sentence", "input", "entrada", "pregunta", "oración", "oracion", "start"),
    }
)
"""What people call a column of prompts."""
_SHORT = 40
_TEXT_LETTERS = 8.0
_AHEAD = 2.0
"""How much longer than any other column the one of the prompts is."""
_SIGNS = ".,;:!?¿¡…"


def has_header(rows: Sequence[Sequence[str]], asked: str | None = None) -> bool:
    """Tell whether the first row of a CSV names the columns.

    It does where one of its cells is a known name of such a column or the one that a person asks
    for, and where all of them are short, different and without numbers or the signs of sentences,
    and stand over longer cells.
    """
    if not rows or not rows[0]:
        return False
    first = [cell.strip() for cell in rows[0]]
    names = _NAMES if asked is None else _NAMES | {comparable(asked.strip())}
    if any(comparable(cell) in names for cell in first):
        return True
    is_plain = all(
        cell and len(cell) <= _SHORT and not _is_number(cell) and cell[-1] not in _SIGNS
        for cell in first
    )
    if len(rows) < 2 or not is_plain or len(set(first)) < len(first):
        return False
    if any(_is_number(cell) for row in rows[1:] for cell in row):
        return True
    below = [len(cell) for row in rows[1:] for cell in row]
    return sum(below) / max(len(below), 1) > 2 * sum(map(len, first)) / len(first)


def named_column(columns: Sequence[str], typed: str) -> str | None:
    """Return the column that a person means, by its name or its 1-based number."""
    wanted = comparable(typed.strip())
    for column in columns:
        if comparable(column.strip()) == wanted:
            return column
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(columns):
        return columns[int(wanted) - 1]
    return None


def guessed_column(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the column of the prompts, or None where only a person can tell.

    It is the only one, the only one with a known name, or the only one that reads like text: much
    longer than the others, and not of numbers.
    """
    if len(columns) == 1:
        return columns[0]
    named = [column for column in columns if comparable(column.strip()) in _NAMES]
    if len(named) == 1:
        return named[0]
    lengths = {column: _mean_letters(column, rows) for column in named or columns}
    ranked = sorted(lengths, key=lambda column: -lengths[column])
    if not ranked or lengths[ranked[0]] < _TEXT_LETTERS:
        return None
    is_clear = len(ranked) == 1 or lengths[ranked[0]] >= _AHEAD * lengths[ranked[1]]
    return ranked[0] if is_clear else None


def _mean_letters(column: str, rows: Sequence[Mapping[str, Any]]) -> float:
    """Return the mean length of a column's texts; numbers have none."""
    cells = [row.get(column) for row in rows]
    lengths = [
        0 if not isinstance(cell, str) or _is_number(cell) else len(cell.strip()) for cell in cells
    ]
    return sum(lengths) / len(lengths) if lengths else 0.0


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().replace(",", "."))
    except ValueError:
        return False
    return True
