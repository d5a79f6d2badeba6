import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render import tables

HEADER = ["token", "crudo", "final"]


def lines(block: str) -> list[str]:
    return block.removeprefix("```\n").removesuffix("\n```").split("\n")


def test_columns_line_up():
    rows = [["1 ␣amor", "22,5\u00a0%", "25,0 %"], ["✂ 262\u202f103", "10,0 %", "0 %"]]
    assert lines(tables.table(HEADER, rows)) == [
        "token       crudo   final",
        "1 ␣amor    22,5 %  25,0 %",
        "✂ 262 103  10,0 %     0 %",
    ]


def test_the_flexible_column_is_cut():
    row = ["1 ␣" + "x" * 40, "8,1 %", "9,0 %"]
    assert lines(tables.table(HEADER, [row]))[1] == "1 ␣" + "x" * 12 + "…  8,1 %  9,0 %"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("vida", 4), ("e\u0301", 1),
        ("你好", 4), ("🦄", 2), ("👨‍👩‍👧", 2), ("❤\ufe0f", 2), ("\u200b", 0), ("حياة", 4),
    ],
)  # fmt: skip
def test_width(text, columns):
    assert tables.width(text) == columns


def test_no_header_and_no_rows():
    assert lines(tables.table((), [["a", "1"], ["bb", "22"]])) == ["a    1", "bb  22"]
    assert tables.table((), []) == "```\n\n```"


def test_short_rows_are_filled_up():
    assert lines(tables.table(HEADER, [["a"]]))[1] == "a"


def test_sides_can_be_chosen():
    assert lines(tables.table((), [["1", "a"], ["10", "b"]], align="><", flexible=1)) == [
        " 1  a",
        "10  b",
    ]


@given(
    st.lists(
        st.text(max_size=50) | st.sampled_from(["```", "`", "👨‍👩‍👧" * 9, "حياة\nx"]), max_size=6
    )
)
def test_any_cell_stays_in_its_line_and_block(cells):
    block = tables.table(["token", "p"], [[cell, "100,0 %"] for cell in cells])
    inside = block[4:-4]
    assert "```" not in inside
    assert "``" not in f"{inside.strip(' ')}"
    assert len(inside.split("\n")) == 1 + len(cells)
    assert all(tables.width(line) <= tables.MAX_COLUMNS for line in inside.split("\n"))


def test_right_to_left_cells_are_isolated():
    cell = lines(tables.table((), [["حياة" * 12, "1 %"]]))[0].split("  ")[0]
    assert cell.startswith("\u2068")
    assert cell.endswith("…\u2069")
