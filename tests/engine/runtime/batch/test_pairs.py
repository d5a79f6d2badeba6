"""Encoder-decoders in a batch: each row has a source of its own, and writes what it does alone."""

import random
from dataclasses import replace

import pytest
import torch

from engine.runtime.batch import pairs as row_pairs
from engine.runtime.batch.batch import Batch
from engine.runtime.batch.pairs import PairCache, PairForward
from engine.runtime.batch.probe import prove
from engine.runtime.batch.row_positions import Places, placed
from tests.engine import pairs
from tests.engine.runtime.batch.stepping import SETTINGS, leave, limits, tick
from tests.engine.tiny import complete, request

SOURCES = (
    "x",
    "La vida es sueño",
    "¿Qué es la vida? Un frenesí. ",
    "Caminante, no hay camino, se hace camino al andar. Caminante, ",
)
LIMITS = limits(cells=10 * 2 * pairs.N_POSITIONS, columns=pairs.N_POSITIONS)


@pytest.fixture(scope="module", params=pairs.FAMILIES)
def loaded(request, tmp_path_factory):
    loaded = pairs.build(request.param, tmp_path_factory.mktemp(request.param), seed=3).loaded
    forced = replace(loaded.transformation, first_id=40, last_ids=(0,), never_ids=(1,))
    return replace(loaded, transformation=forced)


def items(rng, count):
    return [
        request(
            rng.choice(SOURCES),
            seed=rng.randint(0, 3),
            max_new_tokens=rng.randint(1, 12),
            prefix_ids=rng.choice([(), (), (40, 9)]),
            **rng.choice(SETTINGS),
        )
        for _ in range(count)
    ]


def check_unused(batch):
    """A row that nobody has holds nothing of anybody's source."""
    rows = len(batch._owners)
    if isinstance(batch._cache, PairCache):
        for tensor in (t for pair in batch._cache.sources for t in pair):
            assert not tensor[rows:].any()
            assert tensor.isfinite().all()


def test_ids_and_scores_do_not_depend_on_who_else_is_there(loaded):
    rng = random.Random(11)
    for _ in range(4):
        waiting = items(rng, 9)
        batch, present, step = Batch(loaded, LIMITS), {}, 0
        while waiting or present:
            while waiting and rng.random() < 0.6:
                run = batch.open_run(waiting[0])
                if not batch.has_room(run):
                    break
                batch.add(run)
                present[run] = waiting.pop(0)
            if rng.random() < 0.05 and present:
                run = rng.choice(list(present))
                run.stop("cancelled")
                leave(batch, run)
                del present[run]
            tick(batch)
            check_unused(batch)
            for run in [run for run in present if run.is_done]:
                item = present.pop(run)
                alone, done = complete(loaded, item), run.completion(0.0)
                assert [a.token_ids for a in done.attempts] == [a.token_ids for a in alone.attempts]
                scores = [a.score for a in alone.attempts]
                assert [a.score for a in done.attempts] == pytest.approx(scores, abs=2e-3)
                assert done.source_ids == alone.source_ids
            step += 1
            assert step < 300


def test_the_probe_proves_them(loaded):
    proof = prove(loaded)
    assert proof.failure is None
    assert proof.columns == pairs.N_POSITIONS


def test_the_probe_finds_a_mask_that_shows_the_padding_of_a_source(loaded, monkeypatch):
    monkeypatch.setattr(
        PairCache, "source_lengths", lambda self, rows: [max(self._lengths[:rows])] * rows
    )
    assert "differ" in prove(loaded).failure


def test_the_probe_finds_positions_that_are_not_the_rows_own(loaded, monkeypatch):
    class Same(Places):
        @property
        def positions(self):
            return torch.full_like(self._positions, int(self._positions.max()))

        @positions.setter
        def positions(self, value):
            self._positions = value

    real = placed(loaded.model)
    wrong = Same()
    for part in real.model.modules():
        bias = vars(part).get("compute_bias")
        for holder in (part, bias):
            if hasattr(holder, "_places"):
                monkeypatch.setattr(holder, "_places", wrong)
    monkeypatch.setattr(row_pairs, "placed", lambda _: real._replace(places=wrong))
    assert "differ" in prove(loaded).failure


def test_the_model_that_others_use_stays_as_it_is(loaded):
    source = torch.tensor([[5, 6, 7]])
    target = torch.tensor([[loaded.transformation.start_id, 9]])
    with torch.inference_mode():
        before = loaded.model(input_ids=source, decoder_input_ids=target).logits
        PairForward(loaded)
        prove(loaded)
        after = loaded.model(input_ids=source, decoder_input_ids=target).logits
    assert torch.equal(before, after)


def test_beams_of_one_source_do_not_copy_it_again(loaded, monkeypatch):
    batch = Batch(loaded, LIMITS)
    run = batch.open_run(request(SOURCES[3], strategy="beam", num_beams=4, max_new_tokens=12))
    batch.add(run)
    while not run.is_done:
        tick(batch)
        if isinstance(batch._cache, PairCache) and run.rows:
            owners = {id(batch._cache._owners[row]) for row in run.rows}
            assert len(owners) == 1
