"""What every chart keeps to, whatever it is given to draw."""

import time

import numpy as np
import pytest

from bot.features.duel.chart import DuelChart, duel_chart
from bot.features.explorer.files.notebook import NotebookRow, Option
from bot.features.explorer.files.notebook_chart import notebook_chart
from bot.features.explorer.step.chart import WhyBar, WhyChart, why_chart
from bot.features.explorer.surprise.chart import surprise_chart
from bot.render import sheet
from bot.render.coloured import ColouredWord
from tests.bot.render.pictures import (
    DUEL,
    TEXT,
    many_bars,
    many_lines,
    many_rows,
    many_words,
    pixels,
)

LONG = 6000
ENDLESS = {
    "no spaces": "abcdefghij" * (LONG // 10),
    "marks": "a" + "\u0301" * (LONG - 1),
    "stacked marks": "e\u0301\u0323" * (LONG // 3),
    "one emoji": "👩\u200d" * (LONG // 2),
    "emoji": "👨\u200d👩\u200d👧\u200d👦" * (LONG // 7),
    "Arabic": "مرحبا" * (LONG // 5),
    "Chinese": "".join(chr(0x4E00 + i) for i in range(LONG)),
    "invisible": "\u200b" * LONG,
    "unknown": "\U00013000" * LONG,
    "spaces": " " * LONG,
    "points": "." * LONG,
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_a_text_without_end_costs_no_more_than_what_is_seen_of_it(text):
    option = Option(label=text, raw=0.2, is_chosen=True)
    rows = [NotebookRow(entry=text, options=(option,) * 5, outside=option)] * 3
    bars = tuple(WhyBar(label=text[i:], final=0.1) for i in range(8))
    words = [ColouredWord(text=text, bits=3.0, is_current=i == 9) for i in range(20)]
    why = WhyChart(words=tuple(words), bars=bars, rest=text)
    for draw in (
        lambda: notebook_chart(rows),
        lambda: why_chart(why),
        lambda: surprise_chart(words),
    ):
        start_s = time.thread_time()
        draw()
        # Of the thread alone: a busy machine does not matter.
        assert time.thread_time() - start_s < sheet.DRAWING_LIMIT_S


@pytest.mark.parametrize(
    "draw",
    [
        lambda: why_chart(WhyChart(words=(), bars=())),
        lambda: why_chart(many_bars(1)),
        lambda: why_chart(many_bars(26)),
        lambda: notebook_chart(()),
        lambda: notebook_chart(many_rows(1)),
        lambda: notebook_chart(many_rows(10)),
        lambda: duel_chart(DuelChart(lines=())),
        lambda: duel_chart(many_lines(1, 1)),
        lambda: duel_chart(many_lines(8, 60)),
        lambda: duel_chart(many_lines(8, 4096)),
        lambda: surprise_chart(()),
        lambda: surprise_chart(many_words(1)),
        lambda: surprise_chart(many_words(60)),
        lambda: surprise_chart(many_words(400)),
        lambda: surprise_chart([ColouredWord(text="x" * 999 + "\n\n", bits=99.0)]),
    ],
)
def test_pictures_are_small_at_any_size(draw):
    png = draw()
    assert len(png) <= 100_000
    assert pixels(png).shape[1] in {700, 525}


def test_text_stays_inside_the_margins():
    charts = (why_chart(many_bars(8)), notebook_chart(many_rows(5)), surprise_chart(TEXT))
    for png in (*charts, duel_chart(DUEL)):
        picture = pixels(png)
        background = picture[0, 0]
        assert (np.abs(picture[:, -6:].astype(int) - picture[:, -1:].astype(int)) < 9).all()
        assert (np.abs(picture[-4:].astype(int) - background) < 12).all()
