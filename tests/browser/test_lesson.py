"""A lesson and a game are read on a phone: its buttons, its cells, a round and what it shows."""

from __future__ import annotations

import pytest

from tests.browser.screens import FIRST, PAGE, WIDE_PAGE, WORDS

CELLS = ("Tres familias", "El modelo", "Greedy a mano")
"""The first cells, in their order, by their titles: the longest of all is among them."""
TALL = {"Greedy a mano": WIDE_PAGE}
"""The table of twelve steps, with the notebook's four below."""
WIDE_CELL = 1400
"""CSS pixels of a cell on a desktop, where its picture is twice as wide as on a phone."""


@pytest.fixture(scope="module")
def lesson(demo):
    demo.slash("clase empezar", hilo="False")
    return demo


def test_a_round_of_the_game_fits_a_phone(demo, judge):
    demo.slash("adivina", texto=WORDS, rondas=2)
    game = demo.last_id()
    wrong = judge("adivina", FIRST, message_id=game)
    demo.click("B", game)
    demo.click("Ver ya", game)
    wrong += judge("adivina-vista", PAGE, message_id=game) + demo.complaints()
    assert not wrong, "\n".join(wrong)


def test_the_teachers_buttons_fit_a_phone(lesson, judge):
    wrong = judge("clase", FIRST) + lesson.complaints()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("title", CELLS)
def test_a_cell_is_read_on_a_phone(lesson, judge, title):
    number = CELLS.index(title) + 1
    if number > 1:
        lesson.click("Siguiente")
    cell = lesson.named(f"{number} · {title}")
    wrong = judge(f"clase-{number}", FIRST, message_id=cell)
    lesson.click("Ejecutar")
    lesson.wait_for("Hecha.")
    done = TALL.get(title, PAGE)
    wrong += judge(f"clase-{number}-hecha", done, WIDE_CELL, message_id=cell)
    assert not wrong, "\n".join(wrong)
