"""Stop strings as they are typed, and written again."""

import unicodedata
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.render.stop_texts import SEPARATOR, STOP_LIMIT, parse_stop, stop_text
from engine import DecodingParams

# What has a meaning of its own cannot be written as itself.
TYPEABLE = (
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
    .map(lambda text: "".join(c for c in text if c not in f"{SEPARATOR}⏎⇥␣\\"))
    .map(partial(unicodedata.normalize, "NFC"))
    .filter(bool)
)


def units(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(st.lists(TYPEABLE, max_size=6, unique=True))
def test_what_is_written_is_read_as_the_same(strings):
    assert parse_stop(stop_text(tuple(strings))) == tuple(strings)


@given(st.text(st.characters()))
def test_whatever_is_typed_the_engine_takes_it(typed):
    strings = parse_stop(typed)
    assert DecodingParams(stop=strings).stop == strings
    assert parse_stop(stop_text(strings)) == strings


@given(
    st.one_of(
        st.text(st.characters(), max_size=STOP_LIMIT),
        st.text(st.sampled_from("ab🦄 |⏎␣\\n\n"), max_size=STOP_LIMIT),
        st.lists(TYPEABLE, min_size=15, unique=True).map(SEPARATOR.join),
    ).filter(lambda typed: units(typed) <= STOP_LIMIT)
)
@example("|".join(f"{i:03}" for i in range(17)))
@example("|".join("🦄" * i for i in range(1, 9)))
def test_what_fits_when_it_is_typed_fits_when_it_is_shown(typed):
    strings = parse_stop(typed)
    shown = stop_text(strings)
    assert units(shown) <= STOP_LIMIT
    assert parse_stop(shown) == strings


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


def test_accents_are_composed_as_models_write_them():
    assert parse_stop("an\u0303o | cafe\u0301") == ("a\u00f1o", "caf\u00e9")
