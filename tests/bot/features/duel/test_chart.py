"""The picture of a duel, and what it says to who cannot see it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from bot.features.duel.chart import DuelChart, DuelLine, duel_chart
from bot.features.duel.lesson import duel_alt
from bot.features.duel.results import name_of
from bot.render import sheet
from bot.render.alt import ALT_LIMIT
from bot.render.markdown import fits
from bot.render.numbers import plain_spaces
from engine.explain import contenders
from tests.bot.render.pictures import DUEL, difference, pixels

BASELINE = Path(__file__).with_name("duel.png")


def test_the_picture_looks_as_it_did():
    assert difference(duel_chart(DUEL), BASELINE) < 1.5


def test_the_comparison_sees_a_change():
    changed = DuelChart(lines=DUEL.lines[::-1])
    assert difference(duel_chart(changed), BASELINE) > 1.5


def stroke_at(picture: np.ndarray, x: int) -> int:
    """Return the y of the first pixel of a line in a column of the first row."""
    wanted = np.array(to_rgb(sheet.TEXT)) * 255
    return int(np.argmax(np.abs(picture[104:156, x] - wanted).max(axis=1) < 60)) + 104


def test_a_line_is_as_high_as_its_probabilities():
    picture = pixels(duel_chart(DuelChart(lines=(DuelLine(label="x", probs=(0.25, 0.25, 1.0)),))))
    left, _, right = 224, 452, 680
    quarter = stroke_at(picture, left + 100)
    assert quarter == pytest.approx(156 - 0.25 * 52, abs=3)
    assert stroke_at(picture, right - 4) == pytest.approx(104, abs=4)


def test_lines_that_would_run_together_show_means():
    def picture(probs):
        return pixels(duel_chart(DuelChart(lines=(DuelLine(label="x", probs=probs),))))

    flickering = picture((0.0, 1.0) * 2048)
    assert stroke_at(flickering, 452) == pytest.approx(130, abs=8)
    peaks = picture((0.0, 1.0) * 20)
    assert min(stroke_at(peaks, x) for x in range(440, 480)) < 116


def test_a_loop_is_hatched_from_where_it_begins():
    probs = (0.5,) * 11
    plain = pixels(duel_chart(DuelChart(lines=(DuelLine(label="x", probs=probs),))))
    looped = pixels(
        duel_chart(DuelChart(lines=(DuelLine(label="x", probs=probs, repeats_from=5),)))
    )
    changed = np.abs(plain[104:156].astype(int) - looped[104:156]).max(axis=2) > 40
    columns = np.flatnonzero(changed.any(axis=0))
    assert columns.min() == pytest.approx(224 + 0.5 * 456, abs=4)
    assert columns.max() == pytest.approx(680, abs=4)


def test_duel_alt_says_how_sure_each_strategy_was():
    assert plain_spaces(duel_alt(DUEL)) == (
        "Probabilidad cruda de cada token. Media: greedy 72 % (bucle desde 6); "
        "haces+2gram 45 %; T 2 8 %; top-k 200 50 %; min-p 0,05 —"
    )
    assert fits(duel_alt(replace(DUEL, lines=DUEL.lines * 4)), ALT_LIMIT)


def test_duel_alt_has_room_for_most_strategies_of_the_lesson():
    lines = tuple(
        DuelLine(label=name_of(None, contender.params), probs=(0.234,), repeats_from=start)
        for contender, start in zip(contenders(1), [99, 99] + [None] * 8, strict=True)
    )
    said = duel_alt(DuelChart(lines=lines))
    assert "…" not in said
    assert all(line.label in said for line in lines)
    assert fits(said, ALT_LIMIT)


if __name__ == "__main__":  # after a wanted change: look at the new picture, then commit it
    BASELINE.write_bytes(duel_chart(DUEL))
