"""What is said about a loop, and about what a remedy changed."""

import pytest

from bot.features.continuation.remedy_words import change_line, loop_line
from engine import DecodingParams
from tests.bot.features.continuation.completions import attempt, completion


@pytest.mark.parametrize(
    ("ids", "line"),
    [
        ([9, *[1, 2] * 5], "↻ Se repite «la vida» desde el token 4."),
        ([3] * 6, "↻ Se repite «⏎» desde el token 2."),
        ([7] * 6, "↻ Se repite «␣» desde el token 2."),
        ([8, *[4, 5] * 5], "↻ Se repite «🦄» desde el token 4."),
        ([8, 5, *[4, 5] * 5], "↻ Se repite «⟨A6⟩⟨84⟩⟨F0⟩⟨9F⟩» desde el token 4."),
        ([6] * 6, "↻ Se repite «\\*\\*@\u200beveryone\\*\\*» desde el token 2."),
    ],
)
def test_the_loop_is_named(ids, line):
    assert loop_line(attempt(ids)) == line


def test_a_long_loop_is_cut_and_one_without_trace_is_not_quoted():
    unit = list(range(20, 60))
    line = loop_line(attempt(unit * 3))
    assert line.startswith("↻ Se repite «t20 t21")
    assert line.endswith("…» desde el token 41.")
    assert loop_line(attempt([1] * 6, is_traced=False)) == "↻ Se repite desde el token 2."
    assert loop_line(attempt([1, 2, 8, 9, 10, 11])) is None


def test_what_changed_is_said_in_words():
    before = completion(attempt([8]), attempt([1, 2] * 6))
    mended = DecodingParams(no_repeat_ngram_size=4)
    after = completion(attempt([1, 2, *range(20, 30)]), params=mended)
    assert change_line(before, 1, after).endswith(
        "ningún grupo de 4 palabras o trozos sale ya dos veces."
    )
    assert "es el mismo texto hasta donde empezaba a repetirse" in change_line(before, 1, after)
    assert change_line(after, 0, after) == "Con «greedy, sin repetir 4» sale el mismo texto."
    drawn = completion(attempt([5]), params=DecodingParams(strategy="sample"))
    assert change_line(before, 1, drawn) == "Escrito otra vez con un dado, para que no se repita."


@pytest.mark.parametrize("written", [[9, 2, *range(20, 30)], [1, 9], [1]])
def test_a_text_that_is_another_before_the_loop_is_not_called_the_same(written):
    before = completion(attempt([1, 2] * 6))
    after = completion(attempt(written), params=DecodingParams(no_repeat_ngram_size=4))
    assert change_line(before, 0, after) == (
        "Repetición arreglada: ha salido otro texto, y ningún grupo de 4 palabras o trozos sale "
        "dos veces."
    )
