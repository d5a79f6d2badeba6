"""The result of a file: the same kind of file, with what came out in new columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from bot.features.batch import texts
from bot.features.batch.parquet import write_parquet
from bot.features.batch.table import UNREADABLE, Layout
from bot.render.cells import safe_cell
from bot.storage.batches import BatchRow, Outcome

_NEW = (
    texts.RESULT_TEXT,
    texts.RESULT_MODEL,
    texts.RESULT_STYLE,
    texts.RESULT_SEED,
    texts.RESULT_TOKENS,
    texts.RESULT_FINISH,
    texts.RESULT_ERROR,
)
_NOT_WRITTEN = Outcome(error=texts.ROW_NOT_WRITTEN)


def result_name(layout: Layout) -> str:
    """Return the name of the result's file."""
    path = PurePath(layout.name)
    return texts.RESULT_NAME.format(stem=path.stem, suffix=path.suffix.lower())


def result_file(layout: Layout, rows: Sequence[BatchRow], style: str) -> bytes:
    """Write the result.

    A CSV keeps its delimiter and its mark, and no cell of it is run as a formula. A line of a TXT
    has the prompt and what is new, a tab between them, under a line that names them. Objects of
    JSON keep what they had.

    Args:
        layout: Of the file that was sent.
        rows: In its order; those without an outcome say so.
        style: What the settings are called.
    """
    new = _new_columns(layout)
    if layout.form == "parquet":
        merged_rows = [_merged(row, new, style) for row in rows]
        return write_parquet((*layout.columns, *new), merged_rows)
    if layout.form == "jsonl":
        lines = [json.dumps(_merged(row, new, style), ensure_ascii=False) for row in rows]
        return _encoded("".join(f"{line}\n" for line in lines), layout)
    file = io.StringIO(newline="")
    if layout.form == "csv":
        writer = csv.writer(file, delimiter=layout.delimiter, lineterminator="\r\n")
        writer.writerow([safe_cell(name) for name in (*layout.columns, *new)])
        for row in rows:
            merged = _merged(row, new, style)
            cells = (merged.get(name, "") for name in (*layout.columns, *new))
            writer.writerow(["" if cell is None else safe_cell(str(cell)) for cell in cells])
    else:
        file.write("\t".join((*layout.columns, *new)) + "\n")
        for row in rows:
            merged = _merged(row, new, style)
            cells = ("" if value is None else _one_line(str(value)) for value in merged.values())
            file.write("\t".join(cells) + "\n")
    return _encoded(file.getvalue(), layout)


def _new_columns(layout: Layout) -> tuple[str, ...]:
    """Name the new columns, none as one that the file has."""
    found = []
    for name in _NEW:
        unique = name
        while unique in layout.columns:
            unique += "_"
        found.append(unique)
    return tuple(found)


def _merged(row: BatchRow, new: Sequence[str], style: str) -> dict[str, Any]:
    outcome = row.outcome or _NOT_WRITTEN
    has_text = outcome.finish is not None
    values = (
        outcome.text,
        outcome.model,
        style if has_text else "",
        outcome.seed if has_text else None,
        outcome.tokens if has_text else None,
        "" if outcome.finish is None else texts.FINISHES.get(outcome.finish, outcome.finish),
        outcome.error,
    )
    cells = dict(row.cells)
    if UNREADABLE in cells:
        cells = {texts.LINE_COLUMN: cells[UNREADABLE]}
    return {**cells, **dict(zip(new, values, strict=True))}


def _one_line(text: str) -> str:
    """Keep a text on one line, readable: breaks and tabs are written with a backslash."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _encoded(text: str, layout: Layout) -> bytes:
    """Write UTF-8; with a mark where there was one, or where the file was of an old spreadsheet."""
    has_mark = layout.has_mark or (layout.is_latin and layout.form == "csv")
    return text.encode("utf-8-sig" if has_mark else "utf-8", errors="replace")
