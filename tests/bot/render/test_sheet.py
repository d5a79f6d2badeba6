"""What every chart is drawn on."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from bot.render import sheet, typefaces


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.floats(10, 200))
def test_the_end_that_is_kept_is_the_longest_that_fits(text, width):
    shown = sheet.fitted_end(text, width)
    if sheet.text_width(text) <= width:
        assert shown == typefaces.drawable(text)
        return
    units = typefaces.drawable_units(text)
    assert shown == "…" or sheet.text_width(shown) <= width
    kept = next(n for n in range(len(units) + 1) if shown == "…" + "".join(units[len(units) - n :]))
    longer = "…" + "".join(units[len(units) - kept - 1 :])
    assert kept == len(units) - 1 or sheet.text_width(longer) > width


def luminance(colour: str) -> float:
    return float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114)))


def test_the_colours_differ_in_grey():
    shades = sorted(map(luminance, (sheet.BACKGROUND, sheet.RAW, sheet.FINAL, sheet.CHOSEN)))
    assert min(np.diff(shades)) > 0.1
    assert luminance(sheet.TEXT) - luminance(sheet.BACKGROUND) > 0.6
