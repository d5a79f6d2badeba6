"""The picture of why a word came out."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bot.features.explorer.step.chart import (
    MOST_LINES,
    REACHES,
    WhyBar,
    WhyChart,
    quoted,
    why_chart,
)
from bot.render import coloured, sheet
from bot.render.coloured import ColouredWord
from bot.render.sheet import PHONE_SMALL, PHONE_WIDTH, Sheet
from tests.bot.render.pictures import STEP, difference, pixels, run_of

BASELINE = Path(__file__).with_name("step.png")
TALLEST = 300
"""At 275 pixels of width: the rest of the page takes the other half of a phone's screen."""


def long_text(count: int, at: int, word: str = " palabra") -> tuple[ColouredWord, ...]:
    return tuple(
        ColouredWord(text=f"{word}{i}", bits=1.0, is_current=i == at) for i in range(count)
    )


def test_the_picture_looks_as_it_did():
    assert difference(why_chart(STEP), BASELINE) < 1.5


def test_the_comparison_sees_a_change():
    changed = replace(STEP, bars=(*STEP.bars[1:], STEP.bars[0]))
    assert difference(why_chart(changed), BASELINE) > 1.5


def test_bars_are_as_long_as_their_probabilities():
    bars = tuple(WhyBar(label="x", final=final) for final in (0.8, 0.4, 0.2))
    picture = pixels(why_chart(WhyChart(words=(), bars=bars)))
    lengths = [max(run_of(picture, y, sheet.FINAL) for y in rows) for rows in _thirds(picture)]
    assert lengths == pytest.approx([249, 125, 62], abs=4)


def _thirds(picture):
    """Return the rows of pixels of three bars: the last ones of the picture."""
    scale = 700 / PHONE_WIDTH
    ends = [picture.shape[0] - round((6 + 20 * i) * scale) for i in (2, 1, 0)]
    return [range(end - round(20 * scale) + 4, end - 4) for end in ends]


def test_the_chosen_word_has_a_mark_that_is_no_colour(monkeypatch):
    drawn = []
    monkeypatch.setattr(Sheet, "arrow", lambda _, x, y, size=7.0: drawn.append(size))
    why_chart(STEP)
    assert len(drawn) == 1


@pytest.mark.parametrize("chart", [STEP, replace(STEP, words=long_text(300, 150))])
def test_no_letter_is_smaller_than_eleven_pixels_on_a_phone(monkeypatch, chart):
    sizes = []
    write = Sheet.text

    def noted(self, x, y, text, *, size=sheet.SIZE, **options):
        sizes.append(size * 275 / self.width)
        write(self, x, y, text, size=size, **options)

    monkeypatch.setattr(Sheet, "text", noted)
    why_chart(chart)
    assert min(sizes) >= 11
    assert PHONE_SMALL >= 11


@pytest.mark.parametrize("at", [0, 1, 13, 150, 299])
@pytest.mark.parametrize("word", [" palabra", " a", " extraordinariamente", "x" * 400])
def test_a_long_text_is_quoted_around_the_word(at, word):
    shown = quoted(long_text(300, at, word))
    assert shown[-1].line < MOST_LINES
    assert [one.word.is_current for one in shown].count(True) == 1
    words = [one for one in shown if one.label != "…"]
    assert len(words) <= 2 * REACHES[0] + 1
    here = next(i for i, one in enumerate(words) if one.word.is_current)
    assert here <= REACHES[0]
    assert all(one.x + one.width <= PHONE_WIDTH - sheet.MARGIN + 0.01 for one in shown)


def test_a_short_text_is_shown_whole():
    assert len(quoted(long_text(25, 3, " a"))) == 25


def test_the_largest_picture_leaves_room_on_a_phone():
    bars = tuple(WhyBar(label="extraordinariamente", final=0.1) for _ in range(6))
    chart = WhyChart(words=long_text(300, 150), bars=bars, rest="palabra " * 60)
    height, width, _ = pixels(why_chart(chart)).shape
    assert height / width * PHONE_WIDTH <= TALLEST


def test_colours_grow_lighter_with_surprise():
    def light(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    shades = [light(colour) for colour in coloured.COLOURS]
    assert shades == sorted(shades)
    assert all(b - a > 12 for a, b in pairwise(shades))


def test_threads_draw_the_same_picture():
    with ThreadPoolExecutor(4) as pool:
        pngs = {future.result() for future in [pool.submit(why_chart, STEP) for _ in range(8)]}
    assert pngs == {why_chart(STEP)}


if __name__ == "__main__":  # after a wanted change: look at the new picture, then commit it
    BASELINE.write_bytes(why_chart(STEP))
