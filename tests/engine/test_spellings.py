"""The list of known words: what it finds, and that it comes back from its file."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.letters import bare, unaccented
from engine.spellings import NOTHING_KNOWN, Spellings, words_in

LINES = ("\testa está\t", "\tsociólogo\t", "\tpapá papa\t", "el\tpapa\t", "\tpapa\tfrancisco")
KNOWN = Spellings(LINES)


def test_forms_are_those_of_the_list():
    assert KNOWN.forms("esta") == ("esta", "está")
    assert KNOWN.forms("papa", "el") == ("papa",)
    assert KNOWN.forms("papa", "", "francisco") == ("papa",)
    assert KNOWN.forms("papa", "mi") == ()
    assert KNOWN.forms("sociologa") == ()
    assert NOTHING_KNOWN.forms("esta") == ()


@given(st.sets(st.text("aáeéñ", min_size=1, max_size=3)), st.text("aeñ", min_size=1, max_size=3))
def test_a_word_is_found_wherever_it_stands_in_the_list(words, asked):
    forms = {}
    for word in sorted(words):
        forms.setdefault(unaccented(word), []).append(word)
    known = Spellings(f"\t{' '.join(found)}\t" for found in forms.values())
    assert known.forms(asked) == tuple(forms.get(asked, ()))


def test_a_neighbour_decides_between_the_forms_of_a_word_and_two_that_disagree_do_not():
    known = Spellings([*LINES, "\tpapá\tno"])
    places = known.places("el papa y mi papa dijo el papa no")
    assert places == {3: ("papa",), 13: ("papá", "papa"), 26: ("papá", "papa")}
    between = Spellings([*LINES, "\tpapá\tno", "el\tpapá\tno"])
    assert between.places("el papa no") == {3: ("papá",)}


def test_a_name_has_its_capitals_and_a_neighbour_says_nothing_of_them():
    known = Spellings([*LINES[3:], "\tONU\t", "\t·día\t", "\tpapá ·papa\t", "\tÁna Ana\t"])
    assert known.forms("onu") == ("ONU",)
    assert known.forms("dia") == ("·día",)
    assert known.forms("ana") == ("Ána", "Ana")
    assert known.places("papa onu el papa") == {
        0: ("papá", "·papa"),
        5: ("ONU",),
        12: ("·papa",),
    }


def test_words_with_other_signs_in_them_are_not_known():
    letters = bare("¿«Esta»? @esta www.esta.es esta-esta 3esta — esta")
    assert KNOWN.places(letters) == {1: ("esta", "está"), len(letters) - 4: ("esta", "está")}
    assert words_in("¿«Esta»? @esta — 3") == ["Esta", "", ""]


def test_the_file_gives_the_list_back_and_is_the_same_each_time(tmp_path):
    first, second = tmp_path / "a.gz", tmp_path / "b.gz"
    KNOWN.write(first)
    Spellings(reversed(LINES)).write(second)
    assert first.read_bytes() == second.read_bytes()
    assert Spellings.read(first).forms("papa", "el") == ("papa",)
    assert Spellings.read(tmp_path / "none.gz").forms("esta") == ()


@given(st.text("aé\t\n ", max_size=12))
def test_a_file_that_is_no_list_is_refused_when_it_is_read(tmp_path_factory, text):
    file = tmp_path_factory.getbasetemp() / "odd.gz"
    file.write_bytes(gzip.compress(text.encode()))
    if all(line.count("\t") == 2 for line in text.splitlines()):
        assert Spellings.read(file).places("el papa") is not None
    else:
        with pytest.raises(ValueError, match="no list of words"):
            Spellings.read(file)
