"""A gap in words and in its picture, whatever the model says."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.fill import texts
from bot.features.fill.chart import gap_chart
from bot.features.fill.numbers import details
from bot.features.fill.words import (
    alt_of,
    chart_of,
    filled_text,
    heading,
    label_of,
    notes,
    told,
    why,
)
from bot.render.markdown import fits
from engine.filling import FillRequest
from tests.bot.fillings import candidate, fill

TEXT = "Me gusta el café con ___ y un poco de canela."
WORDS = st.text(min_size=1, max_size=60)
AROUND = st.text("aeñ ,.¿?@*`\n#>|🦄漢", max_size=60)


def filled(text=TEXT, **given):
    return fill(FillRequest(text=text, **given))


def with_chance(chance, filling=None):
    filling = filling or filled()
    (gap,) = filling.gaps
    chosen = replace(gap.chosen, raw_prob=chance)
    return replace(filling, gaps=(replace(gap, chosen=chosen),))


@pytest.mark.parametrize(
    ("chance", "expected"),
    [
        (0.97, "### En el hueco va «leche»: 97 de cada 100"),
        (0.41, "### En el hueco cabe «leche» (41 de cada 100)"),
        (0.08, "### En el hueco caben muchas: «leche», 8 de cada 100"),
    ],
)
def test_the_verdict_says_how_sure_it_is(chance, expected):
    assert heading(with_chance(chance), 0) == expected


def test_nothing_that_can_be_written_is_said():
    filling = filled()
    nothing = replace(filling, gaps=(replace(filling.gaps[0], chosen=None),))
    assert heading(nothing, 0) == texts.NOTHING_FITS
    assert why(nothing, 0) == ""
    assert [bar.is_chosen for bar in chart_of(nothing, 0, TEXT).halves[0].bars] == [False] * 5


def test_the_same_word_on_the_left_alone_is_said_so():
    filling = filled()
    gap = filling.gaps[0]
    same = replace(filling, gaps=(replace(gap, hidden_candidates=gap.candidates),))
    assert why(same, 0) == texts.HIDDEN_SAME.format(word="**leche**", often="2 de cada 100")


def test_the_end_of_a_word_and_a_sign_are_told_apart():
    assert label_of(candidate("ción")) == "…ción"
    assert told(candidate("ción")) == "**…ción**"
    assert told(candidate(".")) == "«.»"


def test_what_the_model_reads_as_an_order_is_said():
    filling = replace(filled(), control_tokens=("[SEP]",))
    assert "«\\[SEP]»" in notes(filling, 0)[0]


def test_the_order_says_when_a_gap_was_filled():
    two = filled("El ___ y la ___.", order="left_to_right")
    assert notes(two, 0) == ["-# Orden: de izquierda a derecha. Este hueco se rellenó el primero."]
    assert "se rellenó el 2.º, con los anteriores ya puestos" in notes(two, 1)[0]
    assert notes(filled("El ___ y la ___."), 0) == []


def test_without_an_end_token_a_piece_may_be_the_beginning_of_a_word():
    closed = filled()
    assert texts.HIDDEN_OPEN not in details(closed, 0)
    assert texts.HIDDEN_OPEN in details(replace(closed, has_end_token=False), 0)


def test_a_gap_before_it_is_read_filled_only_where_the_order_says_so():
    three = "El ___ y la ___ van."
    alone = chart_of(filled(three), 1, three).halves[0].words
    assert [word.text for word in alone[:3]] == ["El", " ___", " y"]
    in_order = chart_of(filled(three, order="left_to_right"), 1, three).halves[0].words
    assert [word.text for word in in_order[:3]] == ["El", " leche", " y"]
    assert [word.is_current for word in in_order].index(True) == 4


def test_two_gaps_side_by_side_are_bold_together():
    assert filled_text(filled("[MASK][MASK] y ___"), "[MASK][MASK] y ___") == (
        "> **lecheleche** y **leche**"
    )


def test_a_place_in_the_picture_is_not_cut_with_its_word():
    filling = filled()
    (gap,) = filling.gaps
    odd = replace(gap.chosen, text="extraordinariamente", hidden_rank=4321)
    filling = replace(filling, gaps=(replace(gap, chosen=odd, hidden_candidates=()),))
    bar = chart_of(filling, 0, TEXT).halves[1].bars[-1]
    assert (bar.label, bar.rank) == ("extraordinariamente", " · 4321.ª")
    assert "extraordinariamente · 4321.ª" in alt_of(chart_of(filling, 0, TEXT), filling)


@settings(max_examples=20, deadline=None)
@given(word=WORDS, before=AROUND, after=AROUND, joins=st.booleans())
def test_any_word_in_any_text_is_shown(word, before, after, joins):
    text = f"{before} ___ {after}"
    filling = filled(text)
    gap = filling.gaps[0]
    odd = replace(gap.chosen, text=word, joins=joins)
    filling = replace(filling, text=text, gaps=(replace(gap, chosen=odd), *filling.gaps[1:]))
    chart = chart_of(filling, 0, text)
    assert gap_chart(chart).startswith(b"\x89PNG")
    assert fits(alt_of(chart, filling), 1024)
    quoted = filled_text(filling, text)
    assert all(line.startswith("> ") for line in quoted.split("\n"))
    assert "@everyone" not in quoted


def test_a_long_text_shows_its_gap():
    text = f"{'una casa muy grande ' * 14}___ {'y otra casa ' * 40}"[:590]
    chart = chart_of(filled(text), 0, text)
    png = gap_chart(chart)
    assert png.startswith(b"\x89PNG")
    assert len(png) < 100_000
