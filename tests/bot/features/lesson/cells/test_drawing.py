"""The cells with a die, and those about the shares that it is thrown on, against transformers."""

import pytest
import torch
from transformers import TopKLogitsWarper, TopPLogitsWarper

from bot.features.lesson.cells import cell_of, probabilities, temperature
from bot.features.lesson.cells.cuts import mean_left, mean_mass
from bot.features.lesson.cells.probabilities_chart import CurveChart, Cut, curve_chart
from bot.features.lesson.cells.temperature import shares_table
from bot.render.numbers import percent, plain_spaces
from bot.render.sheet import WIDTH
from engine.explain import CurvePoint
from tests.bot.features.lesson.cells.labs import build, executed, reference, run_cells
from tests.bot.render.pictures import pixels

TEXT = "Toda la vida es sueño, y los "
KEYS = ("temperature", "probabilities", "top_k", "top_p")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("drawing")
    build(path, spread=0.2)
    return path


@pytest.fixture(scope="module")
def theirs(folder):
    return reference(folder)


@pytest.fixture(scope="module")
def seen():
    return {"tables": [], "charts": []}


@pytest.fixture(scope="module")
def found(folder, seen):
    """Run the cells once, and keep what they draw and tabulate."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            temperature,
            "shares_table",
            lambda steps: seen["tables"].append(steps) or shares_table(steps),
        )
        patch.setattr(
            probabilities,
            "curve_chart",
            lambda chart: seen["charts"].append(chart) or curve_chart(chart),
        )
        return run_cells(*KEYS, models=[str(folder)], text=TEXT)


@pytest.fixture(scope="module")
def probs(theirs):
    return theirs.next_probs(TEXT)


def test_the_first_shares_at_each_temperature(found, seen, probs):
    (steps,) = seen["tables"]
    logits = probs.log()
    for step, value in zip(steps, (0.75, 1.0, 2.0), strict=True):
        expected = (logits / value).softmax(-1)
        for candidate in step.candidates:
            assert candidate.final_prob == pytest.approx(float(expected[candidate.token_id]), 1e-3)
    best = float(probs.max())
    assert f"{percent(best, 0)}" in plain_spaces(found["temperature"].text).replace(" %", "\u00a0%")


def test_the_texts_of_both_temperatures_throw_one_die(found):
    hot, cold = (trace.completion for trace in found["temperature"].traces)
    assert (hot.params.temperature, cold.params.temperature) == (2.0, 0.75)
    assert hot.seed == cold.seed == 42
    assert hot.attempts[0].steps[0].draw.u == cold.attempts[0].steps[0].draw.u
    assert {hot.params.top_k, cold.params.top_k} == {0}


def test_the_cuts_of_the_curve(found, seen, probs):
    (chart,) = seen["charts"]
    logits = probs.log()[None].float()
    ids = torch.tensor([[0]])
    warpers = (TopPLogitsWarper(0.5), TopKLogitsWarper(50), TopKLogitsWarper(200))
    for cut, warper in zip(chart.cuts, warpers, strict=True):
        left = warper(ids, logits)[0] > -torch.inf
        assert cut.rank == int(left.sum())
        assert cut.mass == pytest.approx(float(probs[left].sum()), abs=1e-4)
    ordered = probs.sort(descending=True).values
    sums = ordered.cumsum(-1)
    for point in chart.curve:
        assert point.prob == pytest.approx(float(ordered[point.rank - 1]), abs=1e-5)
        assert point.cumulative == pytest.approx(float(sums[point.rank - 1]), abs=1e-5)
    nucleus = chart.cuts[0].rank
    assert f"De {len(probs)} tokens, {nucleus} ya suman el 50" in found["probabilities"].text
    shown = executed(
        cell_of("probabilities").code,
        model=lambda _: type("Output", (), {"logits": probs.log()[None, None]}),
        ids=None,
    )
    assert shown.tolist() == pytest.approx(sums.tolist())


def test_what_top_k_leaves_is_its_share_of_each_step(found, theirs):
    (trace,) = found["top_k"].traces
    prompt_ids = theirs.ids(TEXT)[0].tolist()
    ids = trace.completion.attempts[0].token_ids
    with torch.inference_mode():
        logits = theirs.model(torch.tensor([[*prompt_ids, *ids]])).logits[0]
    rows = logits[len(prompt_ids) - 1 : -1].double().softmax(-1)
    expected = float(rows.topk(200).values.sum(-1).mean())
    assert mean_mass(trace, "top_k") == pytest.approx(expected, abs=1e-4)
    assert f"el {percent(expected)} del total" in found["top_k"].text
    assert found["top_k"].rows[0].ours == "200 ✔"


def test_the_hidden_top_k_narrows_the_nucleus(found, probs):
    alone, hidden = found["top_p"].traces
    assert (alone.completion.params.top_k, hidden.completion.params.top_k) == (0, 50)
    logits = probs.log()[None].float()
    ids = torch.tensor([[0]])
    cut = TopKLogitsWarper(50)(ids, logits)
    counts = [int((TopPLogitsWarper(0.5)(ids, x) > -torch.inf).sum()) for x in (logits, cut)]
    assert counts[0] >= counts[1]
    lines = found["top_p"].text.split("\n")
    table = [line.split() for line in lines if line.startswith(("sin top-k", "con top-k 50"))]
    assert [int(line[-2]) for line in table] == counts
    means = [round(mean_left(trace)) for trace in (alone, hidden)]
    assert [int(line[-1]) for line in table] == means


def test_where_the_texts_part(found):
    one, other = (trace.completion.attempts[0].token_ids for trace in found["top_p"].traces)
    first = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    text = found["top_p"].text
    if first is None:
        assert "no cambió nada" in text
    else:
        assert f"desde el token {first + 1}," in text


def test_every_cell_with_a_die_says_that_it_is_our_own(found):
    for key in ("temperature", "top_k", "top_p"):
        assert "su dado no es el nuestro" in found[key].why
        assert found[key].traces[0].completion.seed == 42


def test_cuts_that_meet_are_told_apart():
    curve = tuple(
        CurvePoint(rank=rank, prob=1 / 40, cumulative=rank / 40, final=1 / 40)
        for rank in range(1, 41)
    )
    cuts = tuple(Cut(name=f"corte {i}", rank=10 + i // 2, mass=0.25) for i in range(4))
    apart = tuple(Cut(name="corte", rank=rank, mass=0.5) for rank in (1, 5, 20, 40))
    heights = [pixels(curve_chart(CurveChart(curve=curve, cuts=c))).shape[0] for c in (cuts, apart)]
    assert heights[0] > heights[1]


@pytest.mark.parametrize("last", [1, 2, 262_144])
def test_a_curve_of_any_length_is_drawn(last):
    ranks = sorted({1, min(2, last), last})
    curve = tuple(CurvePoint(rank=r, prob=1 / r, cumulative=1.0) for r in ranks)
    cuts = (Cut(name="top-k 50", rank=last, mass=1.0),)
    picture = pixels(curve_chart(CurveChart(curve=curve, cuts=cuts)))
    assert picture.shape[1] == 2 * WIDTH
