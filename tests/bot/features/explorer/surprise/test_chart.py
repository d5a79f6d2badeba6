"""The picture of a text's surprise, and what it says to who cannot see it."""

from pathlib import Path

import pytest

from bot.features.explorer.surprise.chart import MOST_LINES, shown_words, surprise_chart
from bot.features.explorer.surprise.words import surprise_alt
from bot.render import sheet
from bot.render.alt import ALT_LIMIT
from bot.render.coloured import EDGES_BITS, ColouredWord, level_of
from bot.render.markdown import fits
from bot.render.numbers import plain_spaces
from bot.render.sheet import PHONE_WIDTH, Sheet
from tests.bot.render.pictures import TEXT, difference, many_words, pixels

BASELINE = Path(__file__).with_name("surprise.png")


def test_the_picture_looks_as_it_did():
    assert difference(surprise_chart(TEXT), BASELINE) < 1.5


def test_the_comparison_sees_a_change():
    changed = TEXT[::-1]
    assert difference(surprise_chart(changed), BASELINE) > 1.5


def test_words_beyond_the_last_line_are_counted():
    assert len(shown_words(many_words(40))) == 40
    shown = shown_words(many_words(500))
    assert shown[-1].line == MOST_LINES - 1
    height, width, _ = pixels(surprise_chart(many_words(500))).shape
    assert height / width * PHONE_WIDTH <= 540


def test_no_letter_is_smaller_than_eleven_pixels_on_a_phone(monkeypatch):
    sizes = []
    write = Sheet.text

    def noted(self, x, y, text, *, size=sheet.SIZE, **options):
        sizes.append(size * 275 / self.width)
        write(self, x, y, text, size=size, **options)

    monkeypatch.setattr(Sheet, "text", noted)
    surprise_chart(many_words(500))
    assert min(sizes) >= 11


@pytest.mark.parametrize(("bits", "level"), [(0.0, 0), (1.0, 1), (EDGES_BITS[-1], 5), (1e9, 5)])
def test_every_surprise_has_a_colour(bits, level):
    assert level_of(bits) == level


def test_surprise_alt_names_the_most_surprising():
    assert plain_spaces(surprise_alt(TEXT)) == (
        "Texto de 11 palabras, cada una con un color según su sorpresa. Las que más: "
        "«🦄»; «你好»; «salto de línea»; «Mancha»; «حياة»"
    )
    long = [ColouredWord(text="x" * 400, bits=1.0)] * 3
    assert fits(surprise_alt(long), ALT_LIMIT)
    assert fits(surprise_alt(()), ALT_LIMIT)


if __name__ == "__main__":  # after a wanted change: look at the new picture, then commit it
    BASELINE.write_bytes(surprise_chart(TEXT))
