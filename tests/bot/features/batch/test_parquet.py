"""Parquet, which `datasets` reads and writes where it is installed."""

import io
from importlib import util

import pytest

from bot.features.batch import parquet, texts
from bot.features.batch.columns import guessed_column
from bot.features.batch.result import result_file
from bot.features.batch.table import UnreadableFileError, read_table
from bot.storage.batches import BatchRow, Outcome

needs_datasets = pytest.mark.skipif(
    util.find_spec("datasets") is None, reason="the extra «datasets» is not installed"
)
ROWS = ({"n": 1, "texto": "Había una vez 🦄"}, {"n": 2, "texto": None})


def test_without_the_extra_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(parquet, "is_available", lambda: False)
    with pytest.raises(UnreadableFileError) as caught:
        read_table("a.parquet", "parquet", b"PAR1")
    assert str(caught.value) == texts.NO_PARQUET


@needs_datasets
def test_its_rows_are_those_of_a_csv_and_come_back_with_more_columns():
    table = read_table("a.parquet", "parquet", parquet.write_parquet(("n", "texto"), ROWS))
    assert table.rows == ROWS
    assert guessed_column(table.layout.columns, table.rows) == "texto"
    outcomes = (Outcome(text=" y otra", finish="eos", seed=1, tokens=2), Outcome(error="vacía"))
    rows = [
        BatchRow(number=i, cells=cells, outcome=outcome)
        for i, (cells, outcome) in enumerate(zip(table.rows, outcomes, strict=True))
    ]
    data = result_file(table.layout, rows, "Loco")
    again = read_table("b.parquet", "parquet", data)
    assert again.layout.columns[:3] == ("n", "texto", "continuacion")
    assert [row["error"] for row in again.rows] == ["", "vacía"]
    assert [row["semilla"] for row in again.rows] == [1, None]


@needs_datasets
def test_what_is_too_large_or_none_is_not_unpacked():
    many = tuple({"texto": "x"} for _ in range(1001))
    with pytest.raises(parquet.TooLargeError) as caught:
        parquet.read_parquet(parquet.write_parquet(("texto",), many), 1000)
    assert caught.value.rows == 1001
    with pytest.raises(UnreadableFileError):
        read_table("a.parquet", "parquet", io.BytesIO(b"PAR1 no").getvalue())
