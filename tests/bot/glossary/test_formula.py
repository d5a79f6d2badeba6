"""The formula's picture: bars as long as their shares, and nothing beyond the edge."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from bot.glossary.formula_chart import (
    FormulaBar,
    FormulaChart,
    FormulaPanel,
    formula_alt,
    formula_chart,
    tex_number,
    tex_percent,
)
from bot.render import sheet
from bot.render.alt import ALT_LIMIT
from bot.render.markdown import fits
from tests.bot.render.pictures import pixels

shares = st.floats(0, 1)


def coloured(picture, colour):
    """Return where the picture has a colour, the few colours of its palette taken into account."""
    wanted = np.array(to_rgb(colour)) * 255
    return (np.abs(picture.astype(float) - wanted) < 12).all(-1)


def chart(*bars, formula=r"$p$", filled=()):
    return FormulaChart(
        formula=formula,
        spoken="p",
        filled=filled,
        panels=(FormulaPanel(title="crudo", bars=bars),),
    )


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 1.0])
def test_a_bar_is_as_long_as_its_share(share):
    whole = FormulaBar(label="␣el", share=1.0)
    picture = pixels(formula_chart(chart(whole, FormulaBar(label="␣un", share=share))))
    scale = 700 / sheet.PHONE_WIDTH
    left, right = round(100 * scale), round(210 * scale)
    widths = coloured(picture, sheet.FINAL)[:, left:right].sum(1)
    # The middles of the last two rows, above the margin.
    first, second = (widths[-round((5 + 18 * row) * scale)] for row in (1.5, 0.5))
    assert first == pytest.approx(108 * scale, abs=4)
    assert second == pytest.approx(108 * scale * share, abs=4)


def test_what_a_filter_takes_is_hatched_and_not_filled():
    bars = [FormulaBar(label="␣el", share=0.5, is_removed=flag) for flag in (False, True)]
    kept, removed = (pixels(formula_chart(chart(bar))) for bar in bars)
    assert coloured(kept, sheet.FINAL).sum() > 4000
    assert not coloured(kept, sheet.REMOVED).any()
    assert coloured(removed, sheet.REMOVED).sum() > 500
    assert not coloured(removed, sheet.FINAL).any()


def test_a_long_formula_shrinks_into_the_picture():
    long = "$" + " + ".join(["p_i"] * 60) + "$"
    picture = pixels(formula_chart(chart(formula=long)))
    assert picture.shape[1] == 700
    background = picture[0, 0].astype(int)
    edge = np.abs(picture[:, 684:].astype(int) - background)
    assert edge.max() < 12


@given(st.floats(-1e6, 1e6), st.integers(0, 3))
def test_numbers_in_formulas_are_those_of_the_text(x, digits):
    shown = tex_number(x, digits)
    back = float(shown.replace(r"\ ", "").replace("{,}", "."))
    assert back == pytest.approx(x, abs=0.51 * 10**-digits)
    assert "," not in shown.replace("{,}", "")


@given(st.floats(0, 1))
def test_a_share_in_a_formula_keeps_its_size(p):
    shown = tex_percent(p)
    if p and p < 1e-5:
        mantissa, exponent = re.fullmatch(r"(.+) \\cdot 10\^\{(-\d+)\}", shown).groups()
        back = float(mantissa.replace("{,}", ".")) * 10 ** int(exponent)
        assert back == pytest.approx(p, rel=0.06, abs=1e-300)
    else:
        number = re.search(r"\d+(?:\{,\}\d+)?", shown)[0]
        assert float(number.replace("{,}", ".")) == pytest.approx(100 * p, abs=0.11)
        assert shown.endswith(r"\%")


@given(st.lists(st.tuples(st.text(max_size=30), shares, st.booleans()), max_size=8))
@settings(max_examples=25, deadline=None)
def test_any_bars_are_drawn_and_said(bars):
    made = [FormulaBar(label=label, share=p, is_removed=flag) for label, p, flag in bars]
    drawn = chart(*made)
    assert len(formula_chart(drawn)) < 100_000
    assert fits(formula_alt(drawn), ALT_LIMIT)
