"""The picture of a text's surprise, and what it says to who cannot see it."""

from pathlib import Path

from bot.features.explorer.surprise.chart import MAX_TOKENS, SurpriseToken, surprise_chart
from bot.features.explorer.surprise.words import surprise_alt
from bot.render.alt import ALT_LIMIT
from bot.render.markdown import fits
from bot.render.numbers import plain_spaces
from tests.bot.render.pictures import TEXT, difference, many_tokens, pixels

BASELINE = Path(__file__).with_name("surprise.png")


def test_the_picture_looks_as_it_did():
    assert difference(surprise_chart(TEXT), BASELINE) < 1.5


def test_the_comparison_sees_a_change():
    changed = TEXT[::-1]
    assert difference(surprise_chart(changed), BASELINE) > 1.5


def test_tokens_beyond_the_limit_are_counted():
    at_limit = pixels(surprise_chart(many_tokens(MAX_TOKENS)))
    above = pixels(surprise_chart(many_tokens(MAX_TOKENS + 50)))
    assert above.shape[0] - at_limit.shape[0] == 24


def test_surprise_alt_names_the_most_surprising():
    assert plain_spaces(surprise_alt(TEXT)) == (
        "Texto de 12 tokens, cada uno con un color según su sorpresa. Los que más: "
        "«␣🦄» 15,3 bits; «你好» 12 bits; «⏎» 10 bits; «␣Man» 7,5 bits; «حياة» 5 bits"
    )
    long = [SurpriseToken(text="x" * 400, bits=1.0)] * 3
    assert fits(surprise_alt(long), ALT_LIMIT)
    assert fits(surprise_alt(()), ALT_LIMIT)


if __name__ == "__main__":  # after a wanted change: look at the new picture, then commit it
    BASELINE.write_bytes(surprise_chart(TEXT))
