"""The pictures and words of «Por dentro»."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from bot.features.explorer.inside.attention import (
    attention_alt,
    attention_chart_of,
    attention_sentences,
    attention_view,
)
from bot.features.explorer.inside.attention_chart import (
    MOST_TOKENS,
    AttentionChart,
    attention_chart,
)
from bot.features.explorer.inside.layers import evenly, layer_label
from bot.features.explorer.inside.lens import MOST_LINES, lens_alt, lens_chart_of
from bot.features.explorer.inside.lens_chart import lens_chart
from bot.features.explorer.inside.summary import inside_alt, inside_chart_of, inside_sentences
from bot.features.explorer.inside.summary_chart import inside_chart
from bot.features.explorer.inside.vector import vector_alt, vector_chart_of, vector_sentences
from bot.features.explorer.inside.vector_chart import POSITIVE, VectorChart, vector_chart
from bot.render import sheet
from bot.render.joining import joined
from bot.render.step import StepView
from tests.bot import insides
from tests.bot.features.explorer.word.answers import view_of
from tests.bot.render.pictures import difference, pixels

BASELINES = Path(__file__).parent
SCALE = 700 / sheet.PHONE_WIDTH

IDS = (0, 1, 13, 3, 15, 5, 12, 8)
LONG = tuple(i % 16 for i in range(30))
VIEW: StepView = view_of()
ATTENTION = attention_chart_of(attention_view(insides.attention(IDS), 0, 0))
STRETCH = attention_chart_of(attention_view(insides.attention(LONG), 1, 0))
LENS = lens_chart_of(VIEW, insides.lens(IDS, 12))
VECTOR = vector_chart_of(VIEW, insides.vectors(IDS))
SUMMARY = inside_chart_of(VIEW, insides.lens(IDS, 12), insides.vectors(IDS))
PICTURES = {
    "attention.png": (attention_chart, ATTENTION),
    "lens.png": (lens_chart, LENS),
    "vector.png": (vector_chart, VECTOR),
    "inside.png": (inside_chart, SUMMARY),
}
OTHERS = {
    "attention.png": replace(ATTENTION, rows=ATTENTION.rows[::-1]),
    "lens.png": replace(LENS, lines=LENS.lines[::-1]),
    "vector.png": replace(VECTOR, lines=VECTOR.lines[::-1], table=VECTOR.table[::-1]),
    "inside.png": replace(SUMMARY, lines=SUMMARY.lines[::-1], options=SUMMARY.options[::-1]),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_look_as_they_did(name):
    draw, chart = PICTURES[name]
    assert difference(draw(chart), BASELINES / name) < 1.5
    assert difference(draw(OTHERS[name]), BASELINES / name) > 1.5


@pytest.mark.parametrize("name", PICTURES)
def test_baselines_are_small(name):
    assert (BASELINES / name).stat().st_size <= 60_000


def has_colour(picture, colour) -> np.ndarray:
    wanted = np.array(to_rgb(colour)) * 255
    return np.abs(picture.astype(int) - wanted).max(axis=2) < 12


def test_the_future_is_hatched_and_has_no_colour_of_a_weight():
    """All attention on oneself: white squares on the diagonal, only stripes on its right."""
    rows = tuple(tuple(float(i == j) for j in range(8)) for i in range(8))
    chart = AttentionChart(title="", tokens=("x",) * 8, rows=rows)
    picture = pixels(attention_chart(chart))
    cell = SCALE * (sheet.PHONE_WIDTH - 66 - 16) / 8
    left, top = SCALE * 66, SCALE * (4 + 56)
    white = has_colour(picture, "#ffffff")
    nothing = has_colour(picture, "#373a41")
    for i in range(8):
        for j in range(8):
            y, x = round(top + (i + 0.5) * cell), round(left + (j + 0.5) * cell)
            square = np.s_[y - 20 : y - 12, x - 20 : x + 20]
            assert white[square].all() == (i == j)
            assert nothing[square].all() == (j < i)
            if j > i and i > 1:
                stripes = has_colour(picture, sheet.RAW)[y - 24 : y + 24, x - 24 : x + 24]
                assert 0.05 < stripes.mean() < 0.9


def test_weights_have_lighter_colours_the_greater_they_are():
    weights = (0.005, 0.02, 0.1, 0.2, 0.4, 0.9)
    shades = []
    for weight in weights:
        chart = AttentionChart(title="", tokens=("x",), rows=((weight,),))
        y, x = round(SCALE * (4 + 56)) + 6, round(SCALE * 66) + 6
        shades.append(float(pixels(attention_chart(chart))[y, x] @ (0.299, 0.587, 0.114)))
    assert shades == sorted(shades)
    assert min(np.diff(shades)) > 10


def test_the_row_that_decides_is_marked_only_where_it_is_drawn():
    assert (ATTENTION.marked, ATTENTION.has_earlier) == (7, False)
    assert (STRETCH.marked, STRETCH.has_earlier) == (MOST_TOKENS - 1, True)
    earlier = attention_chart_of(attention_view(insides.attention(LONG), 1, 25))
    assert earlier.marked is None
    assert has_colour(pixels(attention_chart(STRETCH)), sheet.CHOSEN).sum() > 500
    assert has_colour(pixels(attention_chart(earlier)), sheet.CHOSEN).sum() == 0


def test_a_stretch_sums_up_what_lies_before_it():
    whole = insides.attention(LONG).maps[1].weights
    first = len(LONG) - MOST_TOKENS
    for i, row in enumerate(STRETCH.rows, start=first):
        assert len(row) == MOST_TOKENS + 1
        assert row[0] == pytest.approx(sum(whole[i][:first]))
        assert sum(row) == pytest.approx(1.0)
        assert all(weight == 0.0 for weight in row[i - first + 2 :])


def test_a_vectors_bars_go_up_and_down_by_its_numbers():
    table = (1.0, 0.5, -1.0, -0.25)
    chart = VectorChart(title="", token="x", token_id=1, size=4, table=table, lines=())
    picture = pixels(vector_chart(chart))
    up, down = has_colour(picture, POSITIVE), has_colour(picture, "#e69f00")
    top, step = round(SCALE * (30 + 4)), SCALE * (sheet.PHONE_WIDTH - 28) / 4
    box = np.s_[top : top + round(SCALE * 36)]
    heights = []
    for i in range(4):
        x = round(SCALE * 14 + (i + 0.5) * step)
        heights.append((int(up[box][:, x].sum()), int(down[box][:, x].sum())))
    assert [h[0] for h in heights] == pytest.approx([46, 23, 0, 0], abs=3)
    assert [h[1] for h in heights] == pytest.approx([0, 0, 46, 11], abs=3)


def test_of_many_layers_the_first_and_the_last_are_drawn():
    chart = lens_chart_of(VIEW, insides.lens(IDS, 12, layers=80, found_at=50))
    assert len(chart.lines) == MOST_LINES
    assert (chart.lines[0].label, chart.lines[-1].label) == ("entrada", "capa 80")


@pytest.mark.parametrize(("count", "most"), [(1, 5), (5, 5), (6, 5), (81, 26), (1000, 7)])
def test_some_of_many_are_spread_evenly(count, most):
    chosen = evenly(count, most)
    assert len(chosen) == min(count, most)
    assert (chosen[0], chosen[-1]) == (0, count - 1)
    gaps = np.diff(chosen)
    assert len(gaps) == 0 or (gaps.min() >= 1 and gaps.max() - gaps.min() <= 1)


def test_the_chosen_token_is_always_among_the_options_of_the_summary():
    lens = insides.lens(IDS, 12, found_at=99)
    options = inside_chart_of(VIEW, lens, insides.vectors(IDS)).options
    assert [option.is_chosen for option in options] == [False] * 4 + [True]
    assert options[-1].prob == 0.001
    assert "queda 900.ª" in inside_sentences(lens)


def test_the_words_of_small_models_and_texts():
    assert "Su única capa mezcla" in inside_sentences(insides.lens(IDS, 12, layers=1, found_at=1))
    alone = attention_view(insides.attention((3,)), 0, 0)
    assert "mira sobre todo a sí mismo (100\u00a0%)." in attention_sentences(alone)
    assert "El más parecido en la tabla" in vector_sentences(insides.vectors(IDS, neighbours=1))
    assert "en la tabla:" not in vector_sentences(insides.vectors(IDS, neighbours=0))
    assert (layer_label(0), layer_label(3)) == ("entrada", "capa 3")
    assert [joined(["a", "b", "c"][:n]) for n in (1, 2, 3)] == ["a", "a y b", "a, b y c"]


def test_alt_texts_say_what_the_pictures_say():
    said = {
        "inside": inside_alt(SUMMARY),
        "lens": lens_alt(LENS),
        "attention": attention_alt(STRETCH),
        "vector": vector_alt(VECTOR),
    }
    assert "8 tokens; el último es «␣los», id 8" in said["inside"]
    assert "Después sale «␣ñandú» 50,0" in said["inside"]
    assert "capa 3, «␣ñandú» 50" in said["lens"]
    assert "«antes»" in said["attention"]
    assert said["attention"].endswith("al futuro, 0 %")
    assert "Norma en cada capa: entrada 17,9; capa 1 178,9" in said["vector"]


@pytest.mark.parametrize("name", PICTURES)
def test_a_large_picture_is_light(name, drawn):
    large = {
        "attention.png": STRETCH,
        "lens.png": lens_chart_of(VIEW, insides.lens(LONG, 12, layers=80)),
        "vector.png": vector_chart_of(VIEW, insides.vectors(LONG, layers=80)),
        "inside.png": inside_chart_of(
            VIEW, insides.lens(LONG, 12, layers=80), insides.vectors(LONG)
        ),
    }[name]
    draw, _ = PICTURES[name]
    assert len(drawn(lambda: draw(large))) <= 100_000


if __name__ == "__main__":  # after a wanted change: look at the new pictures, then commit them
    for file, (draw_picture, shown) in PICTURES.items():
        (BASELINES / file).write_bytes(draw_picture(shown))
