import subprocess
import sys
import textwrap
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb

from bot.features.duel.chart import DuelChart, DuelLine, duel_chart
from bot.features.explorer.files.notebook import NotebookRow, Option
from bot.features.explorer.files.notebook_chart import notebook_chart
from bot.features.explorer.step.chart import StepBar, StepChart, step_chart
from bot.features.explorer.surprise.chart import MAX_TOKENS, SurpriseToken, surprise_chart
from bot.render import sheet, typefaces
from tests.bot.render.pictures import BASELINE, DUEL, ROWS, STEP, TEXT, difference, pixels, run_of

ROOT = Path(__file__).parents[3]
PICTURES = {
    "step.png": lambda: step_chart(STEP),
    "notebook.png": lambda: notebook_chart(ROWS),
    "surprise.png": lambda: surprise_chart(TEXT),
    "duel.png": lambda: duel_chart(DUEL),
}
SCRIPTS = [
    "ñandú €", "e\u0301 a\u0308\u0323", "◌\u0301", "🦄 👩‍🏫 👍🏽 🇪🇸 ❤\ufe0f 1\ufe0f⃣", "حياة السلام",
    "你好 繁體 日本語 カナ", "한국어", "नमस्ते", "ไทย", "Ελλάδα Русский", "שלום", "␣⏎⇥⟨C3⟩✂◀",
    "\U00013000\U0001f9ff\ue000", "$x^2$ \\alpha %", "\u202eabc\x00\ufffd",
]  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_look_as_they_did(name):
    assert difference(PICTURES[name](), name) < 1.5


@pytest.mark.parametrize("name", PICTURES)
def test_the_comparison_sees_a_change(name):
    other = {
        "step.png": step_chart(replace(STEP, bars=(*STEP.bars[1:], STEP.bars[0]))),
        "notebook.png": notebook_chart((ROWS[1], ROWS[0])),
        "surprise.png": surprise_chart(TEXT[::-1]),
        "duel.png": duel_chart(DuelChart(lines=DUEL.lines[::-1])),
    }
    assert difference(other[name], name) > 1.5


def missing_glyphs(text: str, *, is_bold: bool = False) -> list[str]:
    """Lay a text out as the charts do, and return matplotlib's complaints."""
    properties = typefaces.font(text, 12.0, is_bold=is_bold)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        RendererAgg(1, 1, 100).get_text_width_height_descent(text, properties, ismath=False)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("text", SCRIPTS)
@pytest.mark.parametrize("is_bold", [False, True])
def test_every_script_is_drawn_without_missing_glyphs(text, is_bold):
    assert missing_glyphs(typefaces.drawable(text), is_bold=is_bold) == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=12))
def test_any_text_is_drawn_without_missing_glyphs(text):
    assert missing_glyphs(typefaces.drawable(text)) == []


def test_missing_glyphs_would_be_noticed():
    assert "missing" in missing_glyphs("\U00013000")[0]


@given(st.text(max_size=8))
def test_texts_share_few_combinations_of_fonts(text):
    families = [*typefaces.font(typefaces.drawable(text), 12.0).get_family()]
    assert len(families) in (1, 2, 1 + len(typefaces._FALLBACKS))
    if len(families) > 2:
        assert families == [*typefaces.font("a🦄日नท한", 12.0).get_family()]


@pytest.mark.skipif(sys.platform != "linux", reason="open files are listed there")
def test_the_fonts_of_all_scripts_together_keep_few_files_open():
    code = textwrap.dedent("""
        from itertools import combinations
        from pathlib import Path

        from bot.render.sheet import Sheet

        signs = ("a", "🦄", "⏎", "日", "한", "न", "ท")
        for count in range(1, len(signs) + 1):
            for some in combinations(signs, count):
                for is_bold in (False, True):
                    Sheet(50).text(0, 20, "".join(some), is_bold=is_bold)
        open_files = [link.resolve().suffix for link in Path("/proc/self/fd").iterdir()]
        print(sum(suffix in (".ttf", ".otf") for suffix in open_files))
    """)
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert 0 < int(ended.stdout) <= 2 * (1 + 1 + len(typefaces._FALLBACKS))


def test_what_no_font_draws_is_named():
    assert typefaces.drawable("\U00013000") == "⟨U+13000⟩"
    assert typefaces.drawable("a\u2068b\u2069\n") == "ab⏎"
    assert typefaces.drawable("8,1\u00a0%") == "8,1 %"


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
    bars = tuple(
        StepBar(label=text[i:], rank=i + 1, raw=0.1, final=0.1, is_chosen=i == 3) for i in range(8)
    )
    start_s = time.thread_time()
    notebook_chart(rows)
    step_chart(StepChart(bars=bars, title=text, cuts=text))
    surprise_chart([SurpriseToken(text=text, bits=3.0)] * 20)
    # Of the thread alone: a busy machine does not matter.
    assert time.thread_time() - start_s < sheet.DRAWING_LIMIT_S


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


def many_bars(count: int) -> StepChart:
    bars = tuple(
        StepBar(label="␣extraordinariamente", rank=i + 1, raw=0.9**i / 10, final=0.9**i / 9)
        for i in range(count)
    )
    return replace(STEP, bars=bars)


def many_rows(count: int) -> tuple[NotebookRow, ...]:
    options = tuple(Option(label="␣extraordinariamente", raw=0.1) for _ in range(5))
    return tuple(NotebookRow(entry="palabra " * i, options=options) for i in range(count))


def many_tokens(count: int) -> list[SurpriseToken]:
    return [SurpriseToken(text=f" pal{i % 50}", bits=i % 15) for i in range(count)]


def many_lines(count: int, tokens: int) -> DuelChart:
    probs = tuple((i * 37 % 101) / 100 for i in range(tokens))
    line = DuelLine(label="extraordinariamente", probs=probs, repeats_from=tokens // 2)
    return DuelChart(lines=(line,) * count)


def stroke_at(picture: np.ndarray, x: int) -> int:
    """Return the y of the first pixel of a line in a column of the first row."""
    wanted = np.array(to_rgb(sheet.TEXT)) * 255
    return int(np.argmax(np.abs(picture[88:162, x] - wanted).max(axis=1) < 60)) + 88


def test_a_line_is_as_high_as_its_probabilities():
    picture = pixels(duel_chart(DuelChart(lines=(DuelLine(label="x", probs=(0.25, 0.25, 1.0)),))))
    left, _, right = 208, 444, 680
    quarter = stroke_at(picture, left + 100)
    assert quarter == pytest.approx(162 - 0.25 * 74, abs=3)
    assert stroke_at(picture, right - 4) == pytest.approx(88, abs=4)


def test_lines_that_would_run_together_show_means():
    def picture(probs):
        return pixels(duel_chart(DuelChart(lines=(DuelLine(label="x", probs=probs),))))

    flickering = picture((0.0, 1.0) * 2048)
    assert stroke_at(flickering, 444) == pytest.approx(125, abs=8)
    peaks = picture((0.0, 1.0) * 20)
    assert min(stroke_at(peaks, x) for x in range(440, 480)) < 100


def test_a_loop_is_hatched_from_where_it_begins():
    probs = (0.5,) * 11
    plain = pixels(duel_chart(DuelChart(lines=(DuelLine(label="x", probs=probs),))))
    looped = pixels(
        duel_chart(DuelChart(lines=(DuelLine(label="x", probs=probs, repeats_from=5),)))
    )
    changed = np.abs(plain[88:162].astype(int) - looped[88:162]).max(axis=2) > 40
    columns = np.flatnonzero(changed.any(axis=0))
    assert columns.min() == pytest.approx(208 + 0.5 * 472, abs=4)
    assert columns.max() == pytest.approx(680, abs=4)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: step_chart(StepChart(bars=())),
        lambda: step_chart(many_bars(1)),
        lambda: step_chart(many_bars(26)),
        lambda: notebook_chart(()),
        lambda: notebook_chart(many_rows(1)),
        lambda: notebook_chart(many_rows(10)),
        lambda: duel_chart(DuelChart(lines=())),
        lambda: duel_chart(many_lines(1, 1)),
        lambda: duel_chart(many_lines(8, 60)),
        lambda: duel_chart(many_lines(8, 4096)),
        lambda: surprise_chart(()),
        lambda: surprise_chart(many_tokens(1)),
        lambda: surprise_chart(many_tokens(60)),
        lambda: surprise_chart(many_tokens(400)),
        lambda: surprise_chart([SurpriseToken(text="x" * 999 + "\n\n", bits=99.0)]),
    ],
)
def test_pictures_are_small_at_any_size(draw):
    png = draw()
    assert len(png) <= 100_000
    assert pixels(png).shape[1] in {700, 525}


def test_forty_rows_fit_one_picture():
    assert pixels(notebook_chart(many_rows(40))).shape[0] < 2500


def test_text_stays_inside_the_margins():
    charts = (step_chart(many_bars(8)), notebook_chart(many_rows(5)), surprise_chart(TEXT))
    for png in (*charts, duel_chart(DUEL)):
        picture = pixels(png)
        background = picture[0, 0]
        assert (np.abs(picture[:, -6:].astype(int) - picture[:, -1:].astype(int)) < 9).all()
        assert (np.abs(picture[-4:].astype(int) - background) < 12).all()


def test_tokens_beyond_the_limit_are_counted():
    at_limit = pixels(surprise_chart(many_tokens(MAX_TOKENS)))
    above = pixels(surprise_chart(many_tokens(MAX_TOKENS + 50)))
    assert above.shape[0] - at_limit.shape[0] == 24


def test_threads_draw_the_same_picture():
    with ThreadPoolExecutor(4) as pool:
        pngs = {future.result() for future in [pool.submit(step_chart, STEP) for _ in range(8)]}
    assert pngs == {step_chart(STEP)}


if __name__ == "__main__":  # after a wanted change: look at the new pictures, then commit them
    BASELINE.mkdir(exist_ok=True)
    for file, draw_picture in PICTURES.items():
        (BASELINE / file).write_bytes(draw_picture())
