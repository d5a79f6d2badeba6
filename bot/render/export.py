"""Files that leave Discord: a table for spreadsheets, and the whole trace."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from bot.render.notebook import OPTIONS, NotebookRow, Option
from bot.render.numbers import fixed
from bot.render.tokens import plain, visible
from bot.texts import charts as texts
from engine import Completion

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def notebook_csv(rows: Sequence[NotebookRow]) -> bytes:
    """Return the notebook's table as Spanish spreadsheets open it.

    UTF-8 with a byte order mark, «;» between cells, decimal commas; percentages stand in columns
    of their own. A cell that a spreadsheet would run as a formula is preceded by an apostrophe.
    Source: OWASP, CSV Injection.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";")
    options = range(1, OPTIONS + 1)
    writer.writerow(
        [texts.CSV_STEP, texts.CSV_INPUT]
        + [h for n in options for h in (texts.CSV_OPTION.format(number=n), texts.CSV_PERCENT)]
        + [texts.CSV_CHOSEN, texts.CSV_PERCENT]
    )
    for number, row in enumerate(rows, start=1):
        cells: list[Option | None] = [*row.options[:OPTIONS]]
        cells += [None] * (OPTIONS - len(cells)) + [row.chosen]
        writer.writerow(
            [number, _safe(visible(row.entry))] + [text for cell in cells for text in _pair(cell)]
        )
    return file.getvalue().encode("utf-8-sig", errors="replace")


def completion_json(completion: Completion) -> bytes:
    """Return the whole completion, traces included, as readable JSON."""
    text = json.dumps(completion.to_dict(), ensure_ascii=False, indent=2)
    return f"{text}\n".encode(errors="replace")


def _pair(option: Option | None) -> tuple[str, str]:
    if option is None:
        return "", ""
    return _safe(plain(option.label)), fixed(100 * option.raw, 4)


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
