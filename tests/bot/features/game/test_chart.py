"""The picture of a round: drawn for any words, and its two bars differ without colours."""

import io
from random import Random

import pytest
from PIL import Image

from bot.features.game.chart import GameBar, GameChart, game_chart
from bot.features.game.words import chart_alt, chart_of
from bot.render.alt import ALT_LIMIT
from bot.render.markdown import fits
from bot.render.sheet import PHONE_WIDTH
from tests.bot.features.game.hands import guess, hand_of

WORDS = ("un", "descubrimiento", "electroencefalografista", "ñ", "雪", "🦄")


def chart(drawn, votes=(3, 0, 30, 1, 0, 4)):
    random = Random(3)
    shares = [random.random() / 6 for _ in WORDS]
    bars = tuple(
        GameBar(letter=letter, word=word, votes=count, share=share, came_out=i == drawn)
        for i, (letter, word, count, share) in enumerate(
            zip([*"ABCDE", ""], WORDS, votes, shares, strict=True)
        )
    )
    return GameChart(bars=bars, shares=tuple(shares), u=0.5, stretch=(0.48, 0.52))


@pytest.mark.parametrize("drawn", [0, 2, 5])
def test_a_picture_is_small_and_as_wide_as_all(drawn):
    png = game_chart(chart(drawn))
    image = Image.open(io.BytesIO(png))
    assert image.width == 700
    assert image.height * PHONE_WIDTH / image.width < 300
    assert len(png) < 100_000


def test_without_votes_there_is_a_picture_too():
    assert game_chart(chart(1, votes=(0,) * 6)).startswith(b"\x89PNG")


def test_the_two_bars_differ_in_grey():
    """Of the room's bar nearly all is light; the model's is mostly the dark between its stripes."""
    bars = (
        GameBar(letter="A", word="un", votes=1, share=1.0),
        GameBar(letter="B", word="la", votes=0, share=0.0),
    )
    png = game_chart(GameChart(bars=bars, shares=(1.0,), u=0.5, stretch=(0.0, 1.0)))
    image = Image.open(io.BytesIO(png)).convert("L")
    scale = image.width / PHONE_WIDTH

    def mean(top, bottom):
        box = (int(120 * scale), int(top * scale), int(180 * scale), int(bottom * scale))
        pixels = image.crop(box).tobytes()
        return sum(pixels) / len(pixels)

    middle = 22 + 17
    room, model = mean(middle - 11, middle - 3), mean(middle + 4, middle + 11)
    assert room > model + 60


def test_what_the_picture_says_is_in_its_words():
    hand = hand_of([0.4, 0.3, 0.2, 0.05, 0.04, 0.01], 1)
    votes = [guess(hand, token, voter) for voter, token in enumerate((0, 0, 1, 5))]
    shown = chart_of(hand, votes)
    assert [bar.votes for bar in shown.bars] == [2, 1, 0, 0, 0, 1]
    assert [bar.came_out for bar in shown.bars] == [False, True, False, False, False, False]
    alt = chart_alt(hand, shown)
    assert fits(alt, ALT_LIMIT)
    assert alt.startswith("Salió «p1».")
    assert "A p0: 2 votos, el modelo 40,0\u00a0%" in alt


def test_a_word_that_was_not_offered_stands_with_the_others():
    hand = hand_of([0.4, 0.3, 0.2, 0.05, 0.04, 0.01], 5)
    shown = chart_of(hand, [])
    assert shown.bars[-1].came_out
    assert "p5" in shown.bars[-1].word
