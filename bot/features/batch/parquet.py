"""Parquet, the form in which data sets are shared: read and written by `datasets`, if installed.

CSV, JSONL and TXT are read by the standard library alone: `datasets` guesses types in them, and
makes 7.0 of «007» and nothing of «NA» (5.2). What it adds is this form. It is an extra of the
installation.
"""

from __future__ import annotations

import importlib.util
import io
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MOST_BYTES = 256_000_000
"""Of a file's cells, unpacked: a small file may say a lot."""


class TooLargeError(ValueError):
    """A file has more rows, or more bytes unpacked, than are read."""

    def __init__(self, rows: int) -> None:
        super().__init__(rows)
        self.rows = rows


def is_available() -> bool:
    """Tell whether this installation has the extra."""
    return importlib.util.find_spec("datasets") is not None


def read_parquet(data: bytes, most_rows: int) -> tuple[tuple[str, ...], tuple[dict[str, Any], ...]]:
    """Return the columns and the rows of a file; takes seconds the first time.

    Args:
        data: The file.
        most_rows: A file of more is not unpacked.

    Raises:
        TooLargeError: It has more rows or bytes.
        ValueError: It is no such file.
    """
    import pyarrow
    from datasets import Dataset
    from pyarrow import parquet

    try:
        facts = parquet.ParquetFile(io.BytesIO(data)).metadata
        groups = (facts.row_group(number) for number in range(facts.num_row_groups))
        size = sum(group.total_byte_size for group in groups)
        if facts.num_rows > most_rows or size > MOST_BYTES:
            raise TooLargeError(facts.num_rows)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "data.parquet"
            path.write_bytes(data)
            found = Dataset.from_parquet(str(path), cache_dir=folder, keep_in_memory=True)
            rows = tuple(_plain(row) for row in found)
            return tuple(found.column_names), rows
    except pyarrow.ArrowException as error:
        raise ValueError(type(error).__name__) from error


def write_parquet(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> bytes:
    """Write rows as a file; a column of mixed cells becomes one of texts."""
    import pyarrow
    from pyarrow import parquet

    table = {name: _column([row.get(name) for row in rows]) for name in columns}
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(table), file)
    return file.getvalue()


def _column(cells: list[Any]) -> list[Any]:
    kinds = {type(cell) for cell in cells if cell is not None}
    if len(kinds) <= 1:
        return cells
    return [None if cell is None else str(cell) for cell in cells]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON has it: what it has no form for, such as dates, becomes text."""
    plain: dict[str, Any] = json.loads(json.dumps(row, ensure_ascii=False, default=str))
    return plain
