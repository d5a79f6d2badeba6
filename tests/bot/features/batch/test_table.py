"""Files of prompts: what is read, which column, and the same kind of file back."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.batch import texts
from bot.features.batch.columns import guessed_column, has_header, named_column
from bot.features.batch.result import result_file, result_name
from bot.features.batch.table import (
    MOST_COLUMNS,
    MOST_ROWS,
    UNREADABLE,
    Layout,
    TooManyRowsError,
    UnreadableFileError,
    form_of,
    read_table,
)
from bot.storage.batches import BatchRow, Outcome

WRITTEN = Outcome(text=" un ñandú", model="guion", seed=7, tokens=3, finish="eos")


def read(text, name="frases.csv", encoding="utf-8"):
    return read_table(name, form_of(name), text.encode(encoding))


def prompts(table, column):
    return [row.get(column) for row in table.rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_is_read_whatever_it_is_written_with(delimiter, encoding):
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerows([("id", "texto"), ("1", "Había una vez, en «Ávila»"), ("2", "línea\nnueva")])
    table = read(file.getvalue(), encoding=encoding)
    assert table.layout.columns == ("id", "texto")
    assert prompts(table, "texto") == ["Había una vez, en «Ávila»", "línea\nnueva"]
    assert table.layout.has_mark == (encoding == "utf-8-sig")
    assert table.layout.is_latin == (encoding == "cp1252")


def test_a_first_row_that_is_a_text_is_no_header():
    assert not has_header([["Había una vez un unicornio."], ["El mar"]])
    assert not has_header([["1", "2"], ["3", "4"]])
    assert has_header([["prompt"], ["El mar"]])
    assert has_header([["autor", "verso"], ["Lope", "Un soneto me manda hacer Violante"]])
    table = read("Había una vez un unicornio.\nEl mar\n")
    assert not table.layout.has_header
    assert prompts(table, texts.LINE_COLUMN) == ["Había una vez un unicornio.", "El mar"]


def test_a_first_row_with_the_column_that_is_asked_for_is_a_header():
    text = "uno,dos\nhola,adiós\n"
    assert not read(text).layout.has_header
    table = read_table("a.csv", "csv", text.encode(), " Dos ")
    assert table.layout.columns == ("uno", "dos")
    assert prompts(table, "dos") == ["adiós"]
    assert not read_table("a.csv", "csv", text.encode(), "2").layout.has_header


def test_half_a_character_of_utf_16_is_no_text():
    with pytest.raises(UnreadableFileError):
        read_table("a.csv", "csv", "texto".encode("utf-16")[:-1])


def test_the_column_of_texts_is_found_or_asked_for():
    rows = [{"id": "17", "a": "corto", "b": "una frase mucho más larga que la otra"}]
    assert guessed_column(("id", "a", "b"), rows) == "b"
    assert guessed_column(("id", "prompt", "b"), rows) == "prompt"
    two = [{"x": "una frase bastante larga", "y": "otra frase bastante larga"}]
    assert guessed_column(("x", "y"), two) is None
    assert guessed_column(("n", "m"), [{"n": "1", "m": "2,5"}]) is None
    assert named_column(("Título", "Texto"), "texto") == "Texto"
    assert named_column(("a", "b"), "2") == "b"
    assert named_column(("a", "b"), "3") is None


def test_a_line_of_json_that_is_none_is_one_bad_row():
    table = read('{"texto": "El mar", "n": 1}\nno soy json\n\n"La sal"\n', "f.jsonl")
    assert table.layout.columns == ("texto", "n")
    assert prompts(table, "texto") == ["El mar", None, "La sal"]


def test_what_is_no_text_is_refused():
    with pytest.raises(UnreadableFileError):
        read_table("a.csv", "csv", b"PK\x03\x04\x00\x00")
    with pytest.raises(UnreadableFileError):
        read("esto\nno es json\n", "a.jsonl")
    assert form_of("a.XLSX") is None


def test_a_blank_line_of_a_text_file_keeps_its_place():
    table = read("uno\n\ntres\n", "a.txt")
    assert prompts(table, texts.LINE_COLUMN) == ["uno", "", "tres"]


def test_no_cell_of_the_result_is_run_as_a_formula():
    table = read("id,texto\n=1+1,@SUMA(A1)\n-2,+3 amigos\n")
    outcome = Outcome(text="=HYPERLINK(1)", model="=m", seed=1, tokens=1, finish="eos")
    rows = [BatchRow(number=i, cells=c, outcome=outcome) for i, c in enumerate(table.rows)]
    data = result_file(table.layout, rows, "Equilibrado")
    cells = [cell for row in csv.reader(io.StringIO(data.decode(), newline="")) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


def test_the_result_is_the_same_kind_of_file_with_new_columns():
    table = read("id;texto\n1;El mar\n2;\n3;La sal\n", encoding="utf-8-sig")
    outcomes = (WRITTEN, Outcome(error=texts.ROW_EMPTY), None)
    rows = [
        BatchRow(number=i, cells=cells, outcome=outcome)
        for i, (cells, outcome) in enumerate(zip(table.rows, outcomes, strict=True))
    ]
    data = result_file(table.layout, rows, "Equilibrado")
    assert data.startswith(b"\xef\xbb\xbf")
    found = [*csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";")]
    assert found[0] == {
        "id": "1",
        "texto": "El mar",
        "continuacion": " un ñandú",
        "modelo": "guion",
        "estilo": "Equilibrado",
        "semilla": "7",
        "tokens": "3",
        "final": "fin del modelo",
        "error": "",
    }
    assert (found[1]["error"], found[2]["error"]) == (texts.ROW_EMPTY, texts.ROW_NOT_WRITTEN)
    assert result_name(table.layout) == "frases-continuado.csv"


def test_objects_keep_what_they_had_and_lines_stay_lines():
    table = read('{"texto": "El mar", "error": 5, "x": [1]}\nroto\n', "f.jsonl")
    rows = [BatchRow(number=i, cells=c, outcome=WRITTEN) for i, c in enumerate(table.rows)]
    first, second = map(json.loads, result_file(table.layout, rows, "Loco").decode().splitlines())
    assert (first["error"], first["error_"], first["x"]) == (5, "", [1])
    assert second["texto"] == "roto"
    table = read("uno\tdos\n", "a.txt")
    row = BatchRow(number=0, cells=table.rows[0], outcome=Outcome(text="a\nb", finish="eos"))
    lines = result_file(table.layout, [row], "").decode().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("uno\\tdos\ta\\nb\t")


@settings(max_examples=40)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00\r")), min_size=1))
def test_any_cells_come_back_as_they_were(cells):
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(("n", "texto"))
    writer.writerows((str(i), cell) for i, cell in enumerate(cells))
    table = read(file.getvalue())
    assert prompts(table, "texto") == cells
    assert Layout.from_dict(table.layout.to_dict()) == table.layout


@pytest.mark.parametrize(
    ("name", "line"), [("a.txt", "\n"), ("a.csv", "uno,dos\n"), ("a.jsonl", "{}\n")]
)
def test_rows_of_a_file_of_too_many_are_counted_and_not_kept(name, line):
    with pytest.raises(TooManyRowsError) as caught:
        read("texto\n" * (name == "a.csv") + line * (MOST_ROWS + 2), name)
    assert caught.value.rows >= MOST_ROWS + 1


def test_a_wide_first_row_does_not_make_every_row_as_wide():
    for name, text in (
        ("a.csv", "," * 100_000 + "\nuno\n"),
        ("a.jsonl", json.dumps({f"c{n}": n for n in range(MOST_COLUMNS + 1)}) + "\n{}\n"),
    ):
        with pytest.raises(UnreadableFileError, match="columnas y leo hasta 500"):
            read(text, name)


def test_blank_lines_below_a_csv_are_no_rows():
    assert len(read("texto,n\nEl mar,1\n" + ",\n" * (MOST_ROWS + 1)).rows) == 1


def test_json_nested_without_end_is_a_row_that_cannot_be_read():
    table = read('{"texto": "El mar"}\n' + "[" * 200_000 + "\n", "a.jsonl")
    assert [UNREADABLE in row for row in table.rows] == [False, True]
