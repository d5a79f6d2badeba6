"""The picture and the words of a step that is drawn again."""

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from bot.features.explorer.redraw.chart import DieStrip, RedrawBar, RedrawChart, redraw_chart
from bot.features.explorer.redraw.words import (
    RedrawView,
    changed_settings,
    redraw_alt,
    redraw_chart_of,
    redraw_sentences,
)
from bot.render import sheet
from bot.render.alt import ALT_LIMIT
from bot.render.markdown import fits
from bot.render.step import StepView
from engine import (
    Attempt,
    Candidate,
    Completion,
    DecodingParams,
    Draw,
    Rest,
    Stage,
    Step,
)
from engine.explain import CurveCut, CurvePoint, Redraw
from tests.bot.render.pictures import difference, pixels

BASELINE = Path(__file__).with_name("redraw.png")

VOCABULARY = 1000
RANKS = (*range(1, 33), 40, 60, 100, 200, 400, 700, VOCABULARY)
TEMPERATURES = {"before": 1.0, "now": 2.0}


def shares(temperature):
    """Return probabilities that fall as a power of the rank."""
    weights = [rank ** (-1.6 / temperature) for rank in range(1, VOCABULARY + 1)]
    total = sum(weights)
    return [weight / total for weight in weights]


def curve(temperature, kept=VOCABULARY):
    probs = shares(temperature)
    mass = sum(probs[:kept])
    return tuple(
        CurvePoint(
            rank=rank,
            prob=probs[rank - 1],
            cumulative=sum(probs[:rank]),
            final=probs[rank - 1] / mass if rank <= kept else 0.0,
        )
        for rank in RANKS
    )


def step_of(temperature, u, kept=VOCABULARY, cut="top_k", listed=(), words=()):
    """Return a step whose token with id i is the one of rank i + 1."""
    probs, raw = shares(temperature), shares(1.0)
    mass, low, chosen = sum(probs[:kept]), 0.0, 0
    while low + probs[chosen] / mass <= u:
        low += probs[chosen] / mass
        chosen += 1
    ids = [*range(5), *sorted({chosen, *listed} - set(range(5)))]
    candidates = tuple(
        Candidate(
            token_id=i,
            text=dict(words).get(i, f" palabra{i}"),
            raw_prob=raw[i],
            raw_rank=i + 1,
            final_prob=probs[i] / mass if i < kept else 0.0,
            removed_by=None if i < kept else cut,
        )
        for i in ids
    )
    final = [candidate.final_prob for candidate in candidates]
    entropy = -sum(p / mass * math.log2(p / mass) for p in probs[:kept])
    return Step(
        chosen=chosen,
        entropy_bits=4.0,
        surprisal_bits=-math.log2(raw[chosen]),
        final_entropy_bits=entropy,
        draw=Draw(u=u, low=low, high=low + probs[chosen] / mass),
        candidates=candidates,
        stages=tuple(
            Stage(
                name=name,
                kind="cut",
                tokens_kept=count,
                tokens_removed=removed,
                mass_kept=1.0,
                mass_removed=0.0,
                raw_mass=1.0,
            )
            for name, count, removed in (
                ("vocabulary", VOCABULARY, 0),
                (cut, kept, VOCABULARY - kept),
                ("draw", 1, kept - 1),
            )
        ),
        rest=Rest(
            count=VOCABULARY - len(ids),
            raw_mass=1.0 - sum(raw[i] for i in ids),
            final_mass=1.0 - sum(final),
        ),
    )


def view_of(u=0.55, temperature=2.0, kept=12, words=(), candidates=5, **params):
    """Return a step of T 1 drawn again with another temperature and top-k."""
    params = {"temperature": temperature, "top_k": kept, **params}
    own, changed = DecodingParams(strategy="sample"), DecodingParams(strategy="sample", **params)
    both = {step_of(1.0, u).chosen, step_of(temperature, u, kept).chosen}
    before = step_of(1.0, u, listed=both, words=words)
    now = step_of(temperature, u, kept, listed=both, words=words)
    attempt = Attempt(
        token_ids=(before.chosen,),
        text="",
        logprob=-1.0,
        score=-1.0,
        finish_reason="length",
        steps=(before,),
    )
    done = Completion(
        request_id="0" * 32,
        model="m",
        revision=None,
        precision="exact",
        device="cpu",
        seed=7,
        params=own,
        inactive=(),
        prompt_tokens=1,
        truncated_tokens=0,
        queue_s=0,
        prefill_s=0,
        decode_s=0,
        attempts=(attempt,),
        prompt_ids=(1,),
    )
    at = StepView(before="El", completion=done, attempt=0, step=0, candidates=candidates)
    answer = Redraw(
        step=now,
        curve=curve(temperature, kept),
        cuts=(CurveCut(name="top_k", rank=kept),) if kept < VOCABULARY else (),
        before=before,
        curve_before=curve(1.0),
    )
    return RedrawView(at=at, redraw=answer, params=changed, values=params)


VIEW = view_of()
CHART = redraw_chart_of(VIEW)


def test_the_picture_looks_as_it_did():
    assert difference(redraw_chart(CHART), BASELINE) < 1.0


@pytest.mark.parametrize(
    "change",
    [
        {"bars": tuple(replace(bar, before=None) for bar in CHART.bars)},
        {"bars": tuple(replace(bar, would_come_out=False) for bar in CHART.bars)},
        {"strips": CHART.strips[::-1]},
        {"bars": CHART.bars[::-1]},
        {"cuts": ()},
    ],
)
def test_the_comparison_sees_a_change(change):
    changed = redraw_chart(replace(CHART, **change))
    is_as_high = pixels(changed).shape == pixels(BASELINE.read_bytes()).shape
    assert not is_as_high or difference(changed, BASELINE) > 0.3


SCALE = 700 / sheet.PHONE_WIDTH
BARS_LEFT, BARS_TOP, ROW = 116, 38, 20
"""Where the bars begin, and how far apart they are, in the phone's pixels."""


def columns_of(picture, colour, top, bottom):
    """Return the columns in which a colour is seen between two heights of the phone's pixels."""
    wanted = np.array(to_rgb(colour)) * 255
    found = np.abs(picture[int(SCALE * top) : int(SCALE * bottom)] - wanted).max(axis=2) < 14
    return np.flatnonzero(found.any(axis=0)), found


def bar(label="x", final=0.5, **facts):
    return RedrawBar(label=label, final=final, **facts)


def row_of(bars, place, colour):
    """Return the columns right of the labels in which a bar's row has a colour."""
    top = BARS_TOP + place * ROW
    picture = pixels(redraw_chart(RedrawChart(title="x", bars=tuple(bars))))
    columns, _ = columns_of(picture, colour, top + 1, top + ROW - 1)
    # The percentages are letters of the colour of marked bars.
    return columns[(columns >= int(SCALE * (BARS_LEFT - 1))) & (columns < SCALE * 215)]


def test_bars_are_as_long_as_their_final_probabilities():
    bars = bar(final=0.8), bar(final=0.4)
    long, short = (np.ptp(row_of(bars, place, sheet.FINAL)) for place in (0, 1))
    assert long / short == pytest.approx(2.0, abs=0.06)


def test_what_comes_out_now_stands_out_and_what_is_cut_has_no_bar():
    bars = bar(before=0.1), bar(before=0.1, would_come_out=True), bar(final=0.0, before=0.2)
    assert not row_of(bars, 0, sheet.CHOSEN).size
    assert row_of(bars, 1, sheet.CHOSEN).size
    assert not row_of(bars, 2, sheet.FINAL).size
    own = bar(), bar(final=0.2, came_out=True)
    assert row_of(own, 1, sheet.CHOSEN).size


def test_a_line_stands_where_a_bar_ended_before():
    bars = bar(final=0.4, before=0.8), bar(final=0.8, before=0.2)
    for place, share in ((0, 1.0), (1, 0.25)):
        line = row_of(bars, place, sheet.TEXT)
        assert line.mean() == pytest.approx(SCALE * (BARS_LEFT + share * 92), abs=4)


def test_the_die_points_at_the_same_place_of_both_shares():
    strips = (
        DieStrip(label="antes", token="a", shares=(0.5, 0.25), u=0.3, low=0.0, high=0.5),
        DieStrip(label="ahora", token="b", shares=(0.2, 0.2), u=0.3, low=0.2, high=0.4),
    )
    chart = RedrawChart(title="x", bars=(bar(),), strips=strips)
    picture = pixels(redraw_chart(chart))
    height, width = picture.shape[0] / SCALE, sheet.PHONE_WIDTH - 20
    for row, strip in enumerate(strips):
        top = height - 10 - (2 - row) * 42 + 19
        chosen, _ = columns_of(picture, sheet.CHOSEN, top + 6, top + 12)
        assert chosen.min() == pytest.approx(SCALE * (10 + strip.low * width), abs=3)
        assert chosen.max() == pytest.approx(SCALE * (10 + strip.high * width), abs=5)
        mark, _ = columns_of(picture, sheet.TEXT, top - 6, top)
        assert mark.mean() == pytest.approx(SCALE * (10 + 0.3 * width), abs=10)


@pytest.mark.parametrize(
    "chart",
    [
        RedrawChart(title="", bars=()),
        RedrawChart(title="x", bars=(bar("x" * 300, came_out=True, would_come_out=True),)),
        CHART,
        replace(CHART, cuts=tuple(f"corte {'x' * 60}" for _ in range(9))),
    ],
)
def test_pictures_are_small_and_keep_their_margins(chart, drawn):
    png = drawn(lambda: redraw_chart(chart))
    assert len(png) <= 100_000
    picture = pixels(png).astype(int)
    assert picture.shape[1] == 700
    background = np.array([int(sheet.BACKGROUND[i : i + 2], 16) for i in (1, 3, 5)])
    assert (np.abs(picture[:, -6:] - background) < 12).all()


def test_the_picture_shows_what_the_words_say():
    (would,) = (one for one in CHART.bars if one.would_come_out)
    (came,) = (one for one in CHART.bars if one.came_out)
    assert would.label == f"␣palabra{VIEW.redraw.step.chosen}"
    assert came.label == f"␣palabra{VIEW.came_out}"
    assert [one.before for one in CHART.bars] == [then for _, then in VIEW.compared]
    before, now = CHART.strips
    assert before.u == now.u == 0.55
    assert before.low <= 0.55 < before.high
    assert now.low <= 0.55 < now.high
    assert sum(now.shares) == pytest.approx(1.0)
    for strip in CHART.strips:
        start = sum(strip.shares[: int(strip.token.removeprefix("␣palabra"))])
        assert strip.low == pytest.approx(start)
    assert CHART.cuts == ("top-k 12",)


def test_a_cut_that_does_not_say_its_rank_has_it_beside():
    cuts = (CurveCut(name="top_p", rank=12), CurveCut(name="no_repeat_ngram_size", rank=999))
    view = replace(VIEW, redraw=replace(VIEW.redraw, cuts=cuts), params=DecodingParams(top_p=0.9))
    assert redraw_chart_of(view).cuts == ("top-p 0,9 → 12.ª",)


@pytest.mark.parametrize("before_the_edge", [1e-2, 1e-5, 1e-8])
@pytest.mark.parametrize("settings", [(1.0, VOCABULARY), (2.0, 12)])
def test_as_many_decimals_as_the_die_needs(settings, before_the_edge):
    temperature, kept = settings
    edge = curve(temperature, kept)[0].final
    text = redraw_sentences(view_of(u=edge - before_the_edge)).split("\n")[0]
    u, *ends = (float(n.replace(",", ".")) for n in re.findall(r"\d,\d{3,}", text))
    assert len(ends) == 4
    for low, high in (ends[:2], ends[2:]):
        assert low <= u < high
    assert u == pytest.approx(edge - before_the_edge, abs=5e-4)


def test_what_came_out_and_what_would_are_listed_wherever_they_stand():
    view = view_of(u=0.93, kept=VOCABULARY, candidates=2)
    shown = redraw_chart_of(view).bars
    assert view.came_out != view.would_come_out
    marked = {one.label for one in shown if one.came_out or one.would_come_out}
    assert marked == {f"␣palabra{token}" for token in (view.came_out, view.would_come_out)}
    assert len(shown) == 4


def test_hostile_tokens_can_be_drawn_and_said():
    view = view_of(words=((0, "```\n@everyone"), (1, "\u202e"), (2, "🦄" * 30), (3, " " * 40)))
    assert pixels(redraw_chart(redraw_chart_of(view))).shape[1] == 700
    assert fits(redraw_alt(view), ALT_LIMIT)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"temperature": 0.5}, "T 0,5"),
        ({"temperature": 0.5, "top_p": 0.9}, "T 0,5 y top-p 0,9"),
        ({"top_k": 0, "top_p": 0.9}, "top-p 0,9 y sin top-k"),
        ({"temperature": 2.0, "top_k": 0, "top_p": 1.0}, "T 2, sin top-k y sin top-p"),
    ],
)
def test_changes_in_words(values, words):
    assert changed_settings(values) == words


if __name__ == "__main__":  # after a wanted change: look at the new picture, then commit it
    BASELINE.write_bytes(redraw_chart(CHART))
