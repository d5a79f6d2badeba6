"""Stop strings as they are typed, and written again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.stop_texts import SEPARATOR, parse_stop, stop_text
from engine import DecodingParams

# What has a meaning of its own cannot be written as itself.
TYPEABLE = (
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
    .map(lambda text: "".join(c for c in text if c not in f"{SEPARATOR}⏎⇥␣\\"))
    .filter(bool)
)


@given(st.lists(TYPEABLE, max_size=6, unique=True))
def test_what_is_written_is_read_as_the_same(strings):
    assert parse_stop(stop_text(tuple(strings))) == tuple(strings)


@given(st.text(st.characters()))
def test_whatever_is_typed_the_engine_takes_it(typed):
    strings = parse_stop(typed)
    assert DecodingParams(stop=strings).stop == strings
    assert parse_stop(stop_text(strings)) == strings


@pytest.mark.parametrize(
    ("typed", "strings"),
    [
        ("FIN", ("FIN",)),
        ("  FIN | Ana: |⏎⏎", ("FIN", "Ana:", "\n\n")),
        (r"Ana:␣ | \n\n|⇥", ("Ana: ", "\n\n", "\t")),
        ("dos palabras|dos palabras", ("dos palabras",)),
        ("\n\n|x", ("\n\n", "x")),
        ("|", ()),
        (" | | ", ()),
        ("", ()),
    ],
)
def test_marks_and_separators(typed, strings):
    assert parse_stop(typed) == strings


def test_none_and_spaces_are_written_so_that_they_are_seen():
    assert stop_text(()) == "|"
    assert stop_text((" a b ", "\n", "   ")) == "␣a b␣ | ⏎ | ␣␣␣"
