"""A file of prompts as a table: what kind it is, its columns, its rows, and how it was written."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath
from typing import Any, Literal

from bot.features.batch import parquet, texts
from bot.features.batch.columns import has_header
from bot.render.numbers import integer

Form = Literal["csv", "jsonl", "txt", "parquet"]
Cells = dict[str, Any]
FORMS: Mapping[str, Form] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".txt": "txt",
    ".parquet": "parquet",
}
MOST_ROWS = 1000
"""Of a file."""
MOST_COLUMNS = 500
_MOST_LINES = 20 * MOST_ROWS
"""Of a CSV, blank ones among them: what is below its last row is none of its rows."""
UNREADABLE = "\x00unreadable"
"""Key of a row that could not be read; its cell is what stood there."""
_DELIMITERS = ",;\t|"
_SAMPLE = 64 * 1024
_BOM = codecs.BOM_UTF8
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class UnreadableFileError(ValueError):
    """What keeps a file from being read, in Spanish."""


class TooManyRowsError(ValueError):
    """A file has more rows than are read; they were counted, and no more.

    Args:
        rows: Of the file; of a CSV, its lines.
    """

    def __init__(self, rows: int) -> None:
        super().__init__(rows)
        self.rows = rows


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a file is written, so that the result can be written the same way.

    Attributes:
        name: Of the file.
        form: What it is.
        columns: In order.
        column: Where the prompts stand.
        delimiter: Between the cells of a CSV.
        has_header: Whether a CSV's first row names the columns.
        has_mark: Whether it begins with the byte order mark of UTF-8.
        is_latin: Whether it was no UTF-8 and was read as Windows-1252.
    """

    name: str
    form: Form
    columns: tuple[str, ...]
    column: str = ""
    delimiter: str = ","
    has_header: bool = True
    has_mark: bool = False
    is_latin: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {**vars(self), "columns": [*self.columns]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Layout:
        """Build it again; what another version has added is left out."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        return cls(**{**known, "columns": tuple(data["columns"])})


@dataclass(frozen=True, kw_only=True)
class Table:
    """A file's rows: column → cell."""

    layout: Layout
    rows: tuple[Cells, ...]


def form_of(name: str) -> Form | None:
    """Tell a file's kind by its name."""
    return FORMS.get(PurePath(name).suffix.lower())


def read_table(name: str, form: Form, data: bytes, asked: str | None = None) -> Table:
    """Read a file of prompts.

    Args:
        name: Of the file.
        form: What it is.
        data: Its bytes: UTF-8, with a mark or without; UTF-16 with one; else Windows-1252.
        asked: Which column a person names, if one.

    Raises:
        UnreadableFileError: It is no text, or no table at all, or has more than `MOST_COLUMNS`.
        TooManyRowsError: It has more than `MOST_ROWS`.
        TooLargeError: The same of what has to be unpacked first.
    """
    if form == "parquet":
        return _parquet(name, data)
    text, has_mark, is_latin = _decoded(data)
    facts: dict[str, Any] = {"name": name, "form": form, "has_mark": has_mark, "is_latin": is_latin}
    match form:
        case "csv":
            return _csv(text, facts, asked)
        case "jsonl":
            return _jsonl(text, facts)
        case "txt":
            # A line ends where editors end it, not at every separator that Unicode has.
            body = text.replace("\r\n", "\n").removesuffix("\n")
            _require_few_rows(body.count("\n") + 1)
            lines = body.split("\n") if text else ()
            rows = tuple({texts.LINE_COLUMN: line} for line in lines)
            return Table(layout=Layout(columns=(texts.LINE_COLUMN,), **facts), rows=rows)


def _parquet(name: str, data: bytes) -> Table:
    if not parquet.is_available():
        raise UnreadableFileError(texts.NO_PARQUET)
    try:
        columns, rows = parquet.read_parquet(data, MOST_ROWS)
    except parquet.TooLargeError:
        raise
    except ValueError as error:
        raise UnreadableFileError(texts.NO_TABLE) from error
    _require_few_columns(len(columns))
    return Table(layout=Layout(name=name, form="parquet", columns=columns), rows=rows)


def _require_few_rows(count: int) -> None:
    if count > MOST_ROWS:
        raise TooManyRowsError(count)


def _require_few_columns(count: int) -> None:
    if count > MOST_COLUMNS:
        limits = {"count": integer(count), "limit": integer(MOST_COLUMNS)}
        raise UnreadableFileError(texts.TOO_MANY_COLUMNS.format(**limits))


def _decoded(data: bytes) -> tuple[str, bool, bool]:
    """Return the text, whether it had a mark, and whether it was no UTF-8."""
    has_mark = data.startswith(_BOM)
    body = data.removeprefix(_BOM)
    if data.startswith(_UTF_16):
        body = _from_utf_16(data)
    if b"\x00" in body:
        raise UnreadableFileError
    try:
        return body.decode("utf-8"), has_mark, False
    except UnicodeDecodeError:
        # Five bytes mean nothing there; in Latin-1 they are signs that nobody sees.
        try:
            return body.decode("cp1252"), False, True
        except UnicodeDecodeError:
            return body.decode("latin-1"), False, True


def _from_utf_16(data: bytes) -> bytes:
    """Return as UTF-8 what spreadsheets save as «Unicode»."""
    try:
        return data.decode("utf-16").encode("utf-8")
    except UnicodeError as error:
        raise UnreadableFileError from error


def _csv(text: str, facts: Mapping[str, Any], asked: str | None) -> Table:
    delimiter = _delimiter(text)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        rows = list(islice(lines, _MOST_LINES))
    except csv.Error as error:
        raise UnreadableFileError(texts.BROKEN_CSV) from error
    if len(rows) == _MOST_LINES:
        raise TooManyRowsError(text.count("\n"))
    # A blank line is no row where a row has several cells; in a file of one column it is one.
    width = max((len(row) for row in rows), default=0)
    _require_few_columns(width)
    rows = [row for row in rows if row or width == 1]
    while rows and not any(rows[-1]):
        rows.pop()
    is_named = has_header(rows, asked)
    names = _unique(rows[0], width) if is_named else _numbered(width)
    body = rows[1:] if is_named else rows
    _require_few_rows(len(body))
    layout = Layout(columns=names, delimiter=delimiter, has_header=is_named, **facts)
    cells = tuple(dict(zip(names, [*row, *[""] * (width - len(row))], strict=True)) for row in body)
    return Table(layout=layout, rows=cells)


def _delimiter(text: str) -> str:
    """Take the delimiter that the first rows have equally often, the most of them."""
    lines = [line for line in text[:_SAMPLE].splitlines() if line][:20]
    best, most = ",", 0
    for delimiter in _DELIMITERS:
        found = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        if found and len(set(found)) == 1 and found[0] - 1 > most:
            best, most = delimiter, found[0] - 1
    return best


def _unique(names: Sequence[str], width: int) -> tuple[str, ...]:
    """Name every column, each by another name."""
    found: list[str] = []
    for number in range(width):
        name = names[number].strip() if number < len(names) else ""
        name = name or texts.NUMBERED_COLUMN.format(number=number + 1)
        while name in found:
            name += "_"
        found.append(name)
    return tuple(found)


def _numbered(width: int) -> tuple[str, ...]:
    if width == 1:
        return (texts.LINE_COLUMN,)
    return tuple(texts.NUMBERED_COLUMN.format(number=number) for number in range(1, width + 1))


def _jsonl(text: str, facts: Mapping[str, Any]) -> Table:
    """Read an object of JSON a line; a line that is none is a row that cannot be read."""
    _require_few_rows(sum(1 for line in io.StringIO(text) if line.strip()))
    rows = tuple(_objects(text))
    columns = dict.fromkeys(name for row in rows for name in row if name != UNREADABLE)
    _require_few_columns(len(columns))
    if rows and not columns:
        raise UnreadableFileError(texts.NOT_AN_OBJECT.format(line=1))
    return Table(layout=Layout(columns=tuple(columns), **facts), rows=rows)


def _objects(text: str) -> Iterator[Cells]:
    for line in text.split("\n"):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, str):
            yield {texts.LINE_COLUMN: value}
        elif isinstance(value, dict):
            yield value
        else:
            yield {UNREADABLE: line}
