"""The lean step gives the logits of the model's own code, or does not run."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.models import kernels
from engine.runtime.batch import lean
from engine.runtime.batch.backend import BatchBackend
from engine.runtime.batch.forward import RowForward
from engine.runtime.batch.lean import lean_step
from engine.runtime.batch.probe import ROUNDED_TOLERANCE, TOLERANCE, prove
from tests.engine.runtime.batch.lean_variants import EXACT_TOLERANCE, LONGEST, VARIANTS, variant
from tests.engine.runtime.batch.stepping import FAMILIES, LEAN_FAMILIES


def swapped(loaded, precision):
    model = copy.deepcopy(loaded.model)
    return replace(loaded, model=model, precision=kernels.install(model, precision).precision)


class Pair:
    """The same rows in two caches, one for the model's own code and one for the lean step."""

    def __init__(self, loaded) -> None:
        self._own = RowForward(loaded)
        self._lean = RowForward(loaded, lean_step(loaded.model))
        self._caches = []
        self.lengths: list[int] = []

    @torch.inference_mode()
    def join(self, ids) -> None:
        prefill = self._own.prefill(ids)
        prefill.read(len(ids))
        if not self._caches:
            self._caches = [self._own.slots(prefill.cache) for _ in range(2)]
        for cache in self._caches:
            cache.reserve(len(self.lengths) + 1, 64, len(self.lengths), max([0, *self.lengths]))
            cache.adopt(len(self.lengths), prefill.cache, len(ids))
        self.lengths.append(len(ids))

    @torch.inference_mode()
    def leave(self, row: int) -> None:
        last = len(self.lengths) - 1
        for cache in self._caches:
            cache.clear(row, self.lengths[row])
            if row != last:
                cache.copy([last], [row], self.lengths[last])
                cache.clear(last, self.lengths[last])
        self.lengths[row] = self.lengths[last]
        self.lengths.pop()

    @torch.inference_mode()
    def step(self, tokens) -> float:
        """Return the greatest difference as a share of the range of the logits."""
        own, ours = (
            forward.decode(tokens, self.lengths, cache)
            for forward, cache in zip((self._own, self._lean), self._caches, strict=True)
        )
        self.lengths = [length + 1 for length in self.lengths]
        return float((own - ours).abs().max() / (own.max() - own.min()))


@pytest.mark.parametrize("family", LEAN_FAMILIES)
def test_rows_that_come_and_go_get_the_logits_of_the_own_code(tiny_model, family):
    loaded = tiny_model(family)
    token = st.integers(0, loaded.vocab_size - 1)
    joins = st.tuples(st.just("join"), st.lists(token, min_size=1, max_size=LONGEST))
    leaves = st.tuples(st.just("leave"), st.integers(0, 9))
    steps = st.tuples(st.just("step"), st.integers(1, 3))

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(joins | leaves | steps, min_size=2, max_size=12), st.randoms())
    def check(events, rng):
        pair = Pair(loaded)
        for what, value in events:
            rows = len(pair.lengths)
            if what == "join" and rows < 6:
                pair.join(value)
            elif what == "leave" and rows > 1:
                pair.leave(value % rows)
            elif what == "step" and rows:
                for _ in range(value):
                    tokens = [rng.randrange(loaded.vocab_size) for _ in range(rows)]
                    assert pair.step(tokens) < TOLERANCE

    check()


@pytest.mark.parametrize("precision", ["exact", "fast", "turbo"])
@pytest.mark.parametrize("family", LEAN_FAMILIES)
def test_every_precision_has_its_own_products(tiny_model, family, precision):
    loaded = swapped(tiny_model(family), precision)
    pair = Pair(loaded)
    for length in (3, 30, 11):
        pair.join(range(5, 5 + length))
    tolerance = EXACT_TOLERANCE if loaded.precision == "exact" else ROUNDED_TOLERANCE
    assert max(pair.step([7, 8, 9]) for _ in range(12)) < tolerance
    assert prove(loaded).is_lean


@pytest.mark.parametrize("name", VARIANTS)
def test_what_configurations_ask_for_is_done(monkeypatch, tmp_path, name):
    loaded = variant(monkeypatch, tmp_path, *VARIANTS[name])
    pair = Pair(loaded)
    for length in (2, 30, 13):
        pair.join(range(5, 5 + length))
    assert max(pair.step([7, 8, 9]) for _ in range(12)) < EXACT_TOLERANCE
    assert prove(loaded).is_lean


@pytest.mark.parametrize(
    ("family", "option"),
    [
        ("gpt2", {"add_cross_attention": True}),
        ("gemma3_text", {"final_logit_softcapping": 30.0}),
        ("gemma3_text", {"attn_logit_softcapping": 50.0}),
    ],
)
def test_what_no_formula_here_does_is_left_to_the_own_code(
    monkeypatch, tmp_path, caplog, family, option
):
    loaded = variant(monkeypatch, tmp_path, family, option)
    with caplog.at_level("INFO", logger="engine.runtime.batch.lean"):
        assert lean_step(loaded.model) is None
    assert next(iter(option)) in caplog.text


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - set(LEAN_FAMILIES)))
def test_other_families_run_by_their_own_code(tiny_model, family):
    assert lean_step(tiny_model(family).model) is None
    assert not prove(tiny_model(family)).is_lean


def test_a_class_of_its_own_is_another_family(tiny_model):
    model = copy.deepcopy(tiny_model("llama").model)
    model.__class__ = type("Changed", (type(model),), {})
    assert lean_step(model) is None


def shifted(past):
    return past if past.mask is None else past._replace(mask=past.mask.roll(1, -1))


def blind(past):
    return past._replace(mask=None)


@pytest.mark.parametrize("wrong", [shifted, blind])
@pytest.mark.parametrize("spread", [0.4, 0.02])
@pytest.mark.parametrize("family", LEAN_FAMILIES)
def test_a_lean_step_with_a_wrong_mask_gives_way(
    tiny_model, monkeypatch, caplog, family, spread, wrong
):
    past = lean.past_of
    monkeypatch.setattr(lean, "past_of", lambda *args: wrong(past(*args)))
    with caplog.at_level("INFO", logger="engine.runtime.batch.probe"):
        proof = prove(tiny_model(family, spread=spread))
    assert (proof.failure, proof.is_lean) == (None, False)
    assert "runs by its own code, not the lean step: logits differ" in caplog.text


def test_a_window_of_one_token_more_gives_way(tiny_model, monkeypatch):
    past = lean.past_of
    wider = lambda tokens, window: past(tokens, window and window + 1)  # noqa: E731
    monkeypatch.setattr(lean, "past_of", wider)
    assert not prove(tiny_model("gemma3_text")).is_lean


def test_a_lean_step_that_breaks_gives_way(tiny_model, monkeypatch):
    def refuse(*_args):
        raise TypeError("unexpected keyword")

    monkeypatch.setattr(lean, "attend", refuse)
    proof = prove(tiny_model("llama"))
    assert (proof.failure, proof.is_lean) == (None, False)


@pytest.mark.parametrize("is_broken", [False, True])
def test_a_batch_runs_as_it_was_proven(tiny_model, monkeypatch, is_broken):
    loaded = tiny_model("gpt2")
    if is_broken:
        past = lean.past_of
        monkeypatch.setattr(lean, "past_of", lambda *args: blind(past(*args)))
    with BatchBackend().open_batch(loaded) as batch:
        assert (batch._forward._step is None) == is_broken
