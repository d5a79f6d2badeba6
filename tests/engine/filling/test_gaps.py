from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import EngineError
from engine.filling import MAX_GAPS, find_gaps

SPELLINGS = ("__", "___", "________", "[MASK]", "<mask>", "[mask]", "<MASK>")


def _apart(text):
    return f" {text.replace('_', '')} "


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_gap_may_be_written_as_any_family_does(spelling):
    text = f"Un café con {spelling}, por favor"
    (gap,) = find_gaps(text)
    assert text[gap.start : gap.end] == spelling


def test_a_model_may_call_it_otherwise():
    with pytest.raises(EngineError):
        find_gaps("la <hueco> azul")
    (gap,) = find_gaps("la <hueco> azul", "<hueco>")
    assert (gap.start, gap.end) == (3, 10)


@pytest.mark.parametrize("text", ["Un café con leche", "un _ solo", "máscara", "[MASK", "mask"])
def test_a_text_without_gaps_is_refused(text):
    with pytest.raises(EngineError) as caught:
        find_gaps(text)
    error = caught.value
    assert (error.code, error.field, error.reason) == ("invalid_params", "text", "no_gap")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("la casa___ azul", "casa___"),
        ("una ___ción buena", "___ción"),
        ("des[MASK]ado", "des[MASK]ado"),
        ("la ___ y el niño<mask>", "niño<mask>"),
        ("son las 10___", "10___"),
    ],
)
def test_a_gap_inside_a_word_is_refused_and_named(text, word):
    with pytest.raises(EngineError) as caught:
        find_gaps(text)
    assert (caught.value.reason, caught.value.value) == ("gap_in_word", word)
    # What somebody wrote is not for the log.
    assert word not in str(caught.value)


def test_signs_may_touch_a_gap():
    assert len(find_gaps("¿___? («___», o-___… [MASK][MASK])")) == 5


def test_there_are_only_so_many_gaps():
    assert len(find_gaps("___ " * MAX_GAPS)) == MAX_GAPS
    with pytest.raises(EngineError) as caught:
        find_gaps("___ " * (MAX_GAPS + 1))
    assert (caught.value.reason, caught.value.limit) == ("too_many_gaps", MAX_GAPS)


@given(
    st.lists(
        st.tuples(st.text("aeñ ,.¿?_").map(_apart), st.sampled_from(SPELLINGS)),
        min_size=1,
        max_size=6,
    )
)
def test_gaps_are_where_they_were_written(parts):
    text, places = "", []
    for before, spelling in parts:
        text += before
        places.append((len(text), len(text) + len(spelling)))
        text += spelling
    assert [(gap.start, gap.end) for gap in find_gaps(text)] == places
