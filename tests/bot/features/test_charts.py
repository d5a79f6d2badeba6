"""What every chart keeps to, whatever it is given to draw."""

import sys
from collections.abc import Callable

import numpy as np
import pytest

from bot.features.duel.chart import DuelChart, duel_chart
from bot.features.explorer.files.notebook import NotebookRow, Option
from bot.features.explorer.files.notebook_chart import notebook_chart
from bot.features.explorer.step.chart import WhyBar, WhyChart, why_chart
from bot.features.explorer.surprise.chart import surprise_chart
from bot.features.tokens.chart import TokensChart, chips, tokens_chart
from bot.render.coloured import ColouredWord
from engine.explain import Tokenization, TokenPiece
from tests.bot.render.pictures import (
    DUEL,
    TEXT,
    many_bars,
    many_lines,
    many_rows,
    many_words,
    pixels,
)

ENDLESS = {
    "no spaces": ("", "abcdefghij"),
    "marks": ("a", "\u0301"),
    "stacked marks": ("", "e\u0301\u0323"),
    "one emoji": ("", "👩\u200d"),
    "emoji": ("", "👨\u200d👩\u200d👧\u200d👦"),
    "Arabic": ("", "مرحبا"),
    "Chinese": ("", "你好繁體日本語"),
    "invisible": ("", "\u200b"),
    "unknown": ("", "\U00013000"),
    "spaces": ("", " "),
    "points": ("", "."),
}


@pytest.mark.parametrize(("start", "again"), ENDLESS.values(), ids=ENDLESS)
def test_a_text_without_end_costs_no_more_than_what_is_seen_of_it(start, again):
    most = 1.05  # looking once at each character that is not seen would be much more
    shorter, longer = (calls(start + again * count) for count in (1500, 4500))
    for short, long in zip(shorter, longer, strict=True):
        assert long <= short * most


def calls(text: str) -> list[int]:
    """Count the function calls of each chart's drawing: work that no busy machine changes."""
    option = Option(label=text, raw=0.2, is_chosen=True)
    row = NotebookRow(entry=text, options=(option,) * 2, outside=option)
    words = [ColouredWord(text=text, bits=3.0, is_current=i == 1) for i in range(3)]
    bars = tuple(WhyBar(label=text[i:], final=0.1) for i in range(2))
    piece = TokenPiece(token_id=1, piece=text, data_hex="00", text=text)
    cut = Tokenization(
        model="m", text=text, tokens=(piece,), vocab_size=9, n_positions=None, is_exact=True
    )
    return [
        _calls(lambda: notebook_chart([row])),
        _calls(lambda: why_chart(WhyChart(words=tuple(words), bars=bars, rest=text))),
        _calls(lambda: surprise_chart(words)),
        _calls(lambda: tokens_chart(TokensChart(parts=((text, chips(cut)),)))),
    ]


def _calls(draw: Callable[[], object]) -> int:
    draw()  # fills the caches
    count = 0

    def notice(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(notice)
    try:
        draw()
    finally:
        sys.setprofile(None)
    return count


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
