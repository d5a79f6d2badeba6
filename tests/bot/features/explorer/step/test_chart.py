"""The picture of a step, and what it says to who cannot see it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.features.explorer.step.chart import StepBar, StepChart, step_chart
from bot.features.explorer.step.words import step_alt
from bot.render import sheet
from bot.render.alt import ALT_LIMIT
from bot.render.markdown import fits
from bot.render.numbers import plain_spaces
from tests.bot.render.pictures import STEP, difference, pixels, run_of

BASELINE = Path(__file__).with_name("step.png")


def test_the_picture_looks_as_it_did():
    assert difference(step_chart(STEP), BASELINE) < 1.5


def test_the_comparison_sees_a_change():
    changed = replace(STEP, bars=(*STEP.bars[1:], STEP.bars[0]))
    assert difference(step_chart(changed), BASELINE) > 1.5


def test_bars_are_as_long_as_their_probabilities():
    bars = tuple(
        StepBar(label="x", rank=i + 1, raw=0.1, final=final)
        for i, final in enumerate((0.8, 0.4, 0.2))
    )
    picture = pixels(step_chart(StepChart(bars=bars)))
    lengths = [run_of(picture, 2 * (26 + 26 * i + 13), sheet.FINAL) for i in range(3)]
    assert lengths == pytest.approx([224, 112, 56], abs=3)


def test_a_step_that_no_filter_touched_has_one_bar():
    bars = tuple(StepBar(label="x", rank=i + 1, raw=p, final=p) for i, p in enumerate((0.8, 0.4)))
    picture = pixels(step_chart(StepChart(bars=bars, is_filtered=False)))
    lengths = [run_of(picture, 2 * (26 + 26 * i + 13), sheet.FINAL) for i in range(2)]
    assert lengths == pytest.approx([320, 160], abs=3)
    assert run_of(picture, 2 * (26 + 13) + 12, sheet.RAW) == 0


def test_the_chosen_bar_is_outlined_and_the_removed_one_hatched():
    chosen = StepChart(bars=(StepBar(label="a", rank=1, raw=0.5, final=0.5, is_chosen=True),))
    removed = StepChart(bars=(StepBar(label="a", rank=1, raw=0.5, final=0.0, is_removed=True),))
    marked, cut = pixels(step_chart(chosen)), pixels(step_chart(removed))
    outline = max(run_of(marked, y, sheet.CHOSEN) for y in range(52, 62))
    assert outline >= 220
    stripes = [run_of(cut, y, sheet.REMOVED) for y in range(100, 130)]
    assert max(stripes) >= 220
    assert 10 < np.median(stripes) < 150


def test_threads_draw_the_same_picture():
    with ThreadPoolExecutor(4) as pool:
        pngs = {future.result() for future in [pool.submit(step_chart, STEP) for _ in range(8)]}
    assert pngs == {step_chart(STEP)}


def test_step_alt_says_what_the_picture_says():
    short = replace(STEP, bars=STEP.bars[2:])
    assert plain_spaces(step_alt(short)) == (
        "Paso 3 de 8. Barras: elegido «␣vida» 8,1 % crudo, 9,0 % final; "
        "«␣🦄» 14,5 % crudo, 16,1 % final; «你好» 2,0 % crudo, quitado; "
        "36 más: 31,5 % crudo, 35,0 % final; 262 103 quitados: 10,0 % crudo"
    )


def test_step_alt_of_one_probability():
    alone = replace(STEP, bars=STEP.bars[2:4], removed=None, is_filtered=False)
    assert plain_spaces(step_alt(alone)) == (
        "Paso 3 de 8. Barras: elegido «␣vida» 8,1 %; «␣🦄» 14,5 %; 36 más: 31,5 %"
    )


def test_step_alt_leaves_out_the_least_when_there_is_no_room():
    alt = plain_spaces(step_alt(replace(STEP, bars=STEP.bars * 5)))
    assert fits(alt, ALT_LIMIT)
    assert "elegido «␣vida»" in alt
    assert "…; 36 más" in alt


def test_step_alt_without_title_or_tail():
    alt = step_alt(replace(STEP, title="", rest=None, removed=None, bars=STEP.bars[:1]))
    assert plain_spaces(alt) == "Barras: «␣amor» 22,5 % crudo, 25,0 % final"


if __name__ == "__main__":  # after a wanted change: look at the new picture, then commit it
    BASELINE.write_bytes(step_chart(STEP))
