"""The table of the notebook as a picture, and what it says to who cannot see it."""

from pathlib import Path

from bot.features.explorer.files.notebook import notebook_alt
from bot.features.explorer.files.notebook_chart import ROWS as ROWS_DRAWN
from bot.features.explorer.files.notebook_chart import notebook_chart
from bot.render.alt import ALT_LIMIT
from bot.render.markdown import fits
from bot.render.numbers import plain_spaces
from bot.render.sheet import PHONE_WIDTH
from tests.bot.render.pictures import ROWS, difference, many_rows, pixels

BASELINE = Path(__file__).with_name("notebook.png")


def test_the_picture_looks_as_it_did():
    assert difference(notebook_chart(ROWS), BASELINE) < 1.5


def test_the_comparison_sees_a_change():
    changed = (ROWS[1], ROWS[0])
    assert difference(notebook_chart(changed), BASELINE) > 1.5


def test_two_pictures_leave_a_page_of_a_phone_room_for_its_words():
    height, width, _ = pixels(notebook_chart(many_rows(ROWS_DRAWN))).shape
    assert 2 * height / width * PHONE_WIDTH < 820


def test_notebook_alt():
    assert plain_spaces(notebook_alt(ROWS)) == (
        "Tabla de 2 pasos con sus opciones más probables, en crudo: «Ésta» 38,3 %, «El» 10,0 %; "
        "«␣1» 50,0 %, «␣2» 25,0 % (salió «␣unicornio»)"
    )
    assert notebook_alt(ROWS[:1]).startswith("Tabla de un paso")
    assert fits(notebook_alt(ROWS * 20), ALT_LIMIT)


if __name__ == "__main__":  # after a wanted change: look at the new picture, then commit it
    BASELINE.write_bytes(notebook_chart(ROWS))
