"""A product is done by a team where that is tried and found quicker, whatever waking costs."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.models import kernels, team_trial
from engine.models.choice import BUCKETS, bucket_of, only
from engine.models.kernel import Kernel
from engine.models.products import Product
from engine.models.team_trial import measure_teams, teams
from engine.models.teamwork import alone, together
from engine.models.trial import Shape, is_whole
from engine.precision import EXACT


class Work:
    """A product that says how many multiplications a row of it is, and how many threads do it."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self.weights = weight.numel()
        self.out = len(weight)
        self.threads: list[int] = []

    def __call__(self, x: Tensor) -> Tensor:
        self.threads.append(torch.get_num_threads())
        return x.new_zeros(*x.shape[:-1], self.out)


def pack(weight: Tensor, bias: Tensor | None) -> Product:
    return Work(weight, bias)


COUNTED = Kernel(EXACT, "counted", pack, torch.float32, True, torch.float32)
SHAPES = [Shape(8, 4, 1), Shape(64, 16, 1), Shape(128, 128, 1)]


@given(
    wake_s=st.floats(0, 1e6),
    row_s=st.floats(0, 10),
    share=st.floats(0.4, 1.5),
    disturbed=st.floats(1, 100),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_who_is_quicker_in_a_team_gets_one_whatever_disturbs_half_of_the_turns(
    monkeypatch: pytest.MonkeyPatch, wake_s: float, row_s: float, share: float, disturbed: float
) -> None:
    def cost(weights: int, rows: int, *, in_team: bool) -> float:
        work = weights * (1 + row_s * rows)
        return wake_s + work * share if in_team else work

    turns: Counter[Any] = Counter()

    def seconds(run: Callable[..., object], product: Any, x: Tensor) -> float:
        turn = product, len(x), run is together
        turns[turn] += 1
        taken = cost(product.weights, len(x), in_team=run is together)
        return taken * (disturbed if turns[turn] % 2 else 1)

    monkeypatch.setattr(team_trial, "_seconds", seconds)
    monkeypatch.setattr(team_trial, "_LULL_BYTES", 4)
    times = measure_teams([(shape, COUNTED) for shape in SHAPES], budget_s=0)
    for shape in SHAPES:
        found = teams(times[shape.name], [COUNTED] * len(BUCKETS))
        for rows, is_team in zip(BUCKETS, found, strict=True):
            one = cost(shape.weights, rows, in_team=False)
            all_together = cost(shape.weights, rows, in_team=True)
            assume(abs(all_together / one - 0.9) > 1e-6)
            assert is_team == (all_together < 0.9 * one)


def test_what_was_not_tried_is_done_alone() -> None:
    assert not any(teams({}, [COUNTED] * len(BUCKETS)))


def test_a_machine_without_time_for_a_turn_leaves_everybody_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(team_trial, "_PATIENCE_S", -1.0)
    times = measure_teams([(shape, COUNTED) for shape in SHAPES], budget_s=0)
    assert set(times) == {shape.name for shape in SHAPES}
    # What is not whole is not remembered.
    assert not is_whole(times)
    assert not any(any(teams(times[shape.name], [COUNTED] * len(BUCKETS))) for shape in SHAPES)


def test_a_layer_wakes_others_in_the_buckets_of_a_team_only() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        in_team = (False, True, False, True)
        layer = kernels.FastLinear(only(COUNTED), torch.zeros(5, 4), None, in_team)
        (work,) = {id(product): product for product in map(bare, layer._products)}.values()
        with alone():
            for rows in (1, 2, 4, 5, 16, 17, 64, 65, 900):
                x = torch.zeros(rows, 4)
                assert layer(x).shape == (rows, 5)
                assert layer.is_team(x) == in_team[bucket_of(rows)]
        layer(torch.zeros(1, 4))
        assert work.threads == [1, 3, 3, 1, 1, 3, 3, 3, 3, 3]
    finally:
        torch.set_num_threads(before)


def bare(product: Any) -> Any:
    return product.args[0] if hasattr(product, "args") else product


def test_teams_are_tried_once_and_remembered(
    tiny_model: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    tried, quiet = [], []

    @contextmanager
    def alone_here() -> Iterator[None]:
        quiet.append(True)
        yield
        quiet.clear()

    def trial(products: Any) -> Any:
        assert quiet
        tried.append(products)
        return measure_teams(products, 0)

    monkeypatch.setattr(kernels, "measure_teams", trial)
    monkeypatch.setattr(kernels, "_tried", {})
    plain = tiny_model("gpt2").model
    kernels.install(copy.deepcopy(plain), "exact", tmp_path, alone_here)
    kernels.install(copy.deepcopy(plain), "exact", tmp_path, alone_here)
    kernels._tried.clear()
    kernels.install(copy.deepcopy(plain), "exact", tmp_path, alone_here)
    assert len(tried) == (torch.get_num_threads() > 1)
