"""A request in a batch writes what it writes alone, whoever comes and goes."""

from __future__ import annotations

import functools
import random
import zlib
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from engine import EngineError
from engine.runtime.batch.batch import Batch
from engine.runtime.prefix_cache import PrefixCache, PrefixCounts
from tests.engine.runtime.batch.stepping import (
    LIMITS,
    RUNNERS,
    SETTINGS,
    leave,
    limits,
    tick,
    together,
)
from tests.engine.tiny import N_POSITIONS, complete, request

PROMPTS = (
    "x",
    "La vida es ",
    "¿Qué es la vida? Un frenesí. ",
    "Caminante, no hay camino, se hace camino al andar. Caminante, ",
)


def make_request(prompt: int, setting: int, tokens: int, seed: int):
    return request(PROMPTS[prompt], seed=seed, max_new_tokens=tokens, **SETTINGS[setting])


def written(completion) -> list:
    return [(a.token_ids, a.text, a.finish_reason) for a in completion.attempts]


def alone(loaded, item):
    return written(complete(loaded, item))


@st.composite
def schedules(draw):
    """Requests with the step at which each joins, and at which it is cancelled, if ever."""
    requests = draw(
        st.lists(
            st.tuples(
                st.integers(0, len(PROMPTS) - 1),
                st.integers(0, len(SETTINGS) - 1),
                st.integers(1, 14),
                st.integers(0, 2),
            ),
            min_size=1,
            max_size=6,
        )
    )
    joins = [draw(st.integers(0, 12)) for _ in requests]
    cancels = [draw(st.none() | st.integers(0, 12)) for _ in requests]
    return list(zip(requests, joins, cancels, strict=True))


@functools.cache
def expected(loaded_id, wanted, loaded):
    return alone(loaded.loaded, make_request(*wanted))


class Holder:
    """A model as a key of a cache."""

    def __init__(self, loaded) -> None:
        self.loaded = loaded


def prefix_cache(max_bytes=1 << 20):
    return PrefixCache(max_bytes, PrefixCounts())


@pytest.mark.parametrize("keeps_texts", [False, True])
@pytest.mark.parametrize(("family", "is_lean"), RUNNERS)
def test_ids_do_not_depend_on_who_else_is_there(tiny_model, family, is_lean, keeps_texts):
    holder = Holder(tiny_model(family))
    # Small enough that it forgets, and shared by all schedules.
    prefixes = prefix_cache(200_000) if keeps_texts else None

    # The same in each run, and others for each family: together they are hundreds.
    @seed(zlib.crc32(f"{family} {keeps_texts}".encode()))
    @settings(
        max_examples=30 if keeps_texts else 20,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(schedules())
    def check(schedule):
        batch = Batch(holder.loaded, LIMITS, prefixes, is_lean=is_lean)
        waiting = sorted(schedule, key=lambda item: item[1])
        present = {}
        step = 0
        while waiting or present:
            while waiting and waiting[0][1] <= step:
                run = batch.open_run(make_request(*waiting[0][0]))
                if not batch.has_room(run):
                    break
                wanted, _, cancel = waiting.pop(0)
                batch.add(run)
                present[run] = (wanted, None if cancel is None else step + cancel)
            for run, (wanted, cancel) in tuple(present.items()):
                if cancel is not None and cancel <= step and not run.is_done:
                    run.stop("cancelled")
                    leave(batch, run)
                if not run.is_done:
                    continue
                del present[run]
                if not run.has_tokens:
                    continue
                full = expected(id(holder.loaded), wanted, holder)
                if cancel is None or cancel > step:
                    assert written(run.completion(0.0)) == full, wanted
                elif SETTINGS[wanted[1]].get("strategy") in (None, "sample"):
                    for (ids, _, _), (all_ids, _, _) in zip(
                        written(run.completion(0.0)), full, strict=True
                    ):
                        assert ids == all_ids[: len(ids)], wanted
            tick(batch)
            step += 1

    check()
    assert prefixes is None or prefixes.counts.tokens > 100


@pytest.mark.parametrize(("family", "is_lean"), RUNNERS)
def test_a_text_goes_on_from_what_is_kept_of_it(tiny_model, family, is_lean):
    loaded = tiny_model(family)
    prefixes = prefix_cache()
    first = request(PROMPTS[3], strategy="sample", max_new_tokens=9, attempts=2)
    answer = together(Batch(loaded, LIMITS, prefixes, is_lean=is_lean), [first])[0]
    assert prefixes.counts.tokens == 0
    for tokens, attempt in ((9, 0), (9, 1), (4, 0), (1, 1), (0, 0)):
        prefix_ids = answer.attempts[attempt].token_ids[:tokens]
        item = replace(first, prefix_ids=prefix_ids)
        before = prefixes.counts.tokens
        again = together(Batch(loaded, LIMITS, prefixes, is_lean=is_lean), [item])[0]
        assert written(again) == alone(loaded, item)
        assert again.attempts[0].logprob == pytest.approx(
            complete(loaded, item).attempts[0].logprob, abs=1e-4
        )
        assert prefixes.counts.tokens - before == len(again.prompt_ids) - 1


def test_a_text_that_ended_at_once_is_kept_too(tiny_model):
    loaded = tiny_model("gemma3_text")
    prefixes = prefix_cache()
    first = request(PROMPTS[3], max_new_tokens=1)
    together(Batch(loaded, LIMITS, prefixes), [first])
    again = together(Batch(loaded, LIMITS, prefixes), [replace(first, seed=5)])[0]
    assert prefixes.counts.tokens == len(again.prompt_ids) - 1
    assert written(again) == alone(loaded, first)


@pytest.mark.parametrize(("family", "is_lean"), RUNNERS)
def test_greedy_and_beam_equal_transformers(tiny_model, family, is_lean):
    loaded = tiny_model(family)
    rng = random.Random(family)
    wanted = [
        request(
            rng.choice(PROMPTS),
            strategy=rng.choice(["greedy", "beam"]),
            num_beams=rng.randint(1, 4),
            max_new_tokens=rng.randint(1, 16),
            length_penalty=rng.choice([1.0, 0.0, -1.0]),
        )
        for _ in range(8)
    ]
    room = limits(rows=40, cells=40 * N_POSITIONS)
    answers = together(Batch(loaded, room, is_lean=is_lean), wanted)
    for item, answer in zip(wanted, answers, strict=True):
        ids = torch.tensor([answer.prompt_ids])
        output = loaded.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            num_beams=item.params.num_beams if item.params.strategy == "beam" else 1,
            max_new_tokens=item.params.max_new_tokens,
            length_penalty=item.params.length_penalty,
            eos_token_id=sorted(loaded.eos_ids),
            pad_token_id=0,
        )
        new = output[0, len(answer.prompt_ids) :].tolist()
        assert list(answer.attempts[0].token_ids) == new[: len(answer.attempts[0].token_ids)]


def test_traces_are_those_of_the_lone_run(tiny_model):
    loaded = tiny_model("llama")
    wanted = [
        request(PROMPTS[i % 4], trace_top_n=3, seed=i, max_new_tokens=8, **SETTINGS[i])
        for i in range(len(SETTINGS))
    ]
    for item, answer in zip(
        wanted,
        together(Batch(loaded, limits(rows=40, cells=40 * N_POSITIONS)), wanted),
        strict=True,
    ):
        single = complete(loaded, item)
        for ours, theirs in zip(answer.attempts, single.attempts, strict=True):
            assert ours.logprob == pytest.approx(theirs.logprob, abs=1e-4)
            for step, same in zip(ours.steps, theirs.steps, strict=True):
                assert [c.token_id for c in step.candidates] == [
                    c.token_id for c in same.candidates
                ]
                assert step.entropy_bits == pytest.approx(same.entropy_bits, abs=1e-4)
        assert (answer.beams is None) == (single.beams is None)


def test_a_long_context_is_read_in_pieces_while_the_others_write(tiny_model):
    batch = Batch(tiny_model("gpt2"), LIMITS)
    quick = batch.open_run(request("x", max_new_tokens=30))
    batch.add(quick)
    tick(batch)
    slow = batch.open_run(request("Caminante, no hay camino. " * 9, max_new_tokens=5))
    batch.add(slow)
    pieces = -(-len(slow.prompt_ids) // LIMITS.prefill_tokens)
    assert pieces > 5
    for piece in range(1, pieces + 1):
        before = quick.new_tokens
        tick(batch)
        assert quick.new_tokens == before + 1
        assert slow.has_tokens == (piece == pieces)


def test_short_contexts_do_not_wait_behind_a_long_one(tiny_model):
    batch = Batch(tiny_model("gpt2"), LIMITS)
    slow = batch.open_run(request("Caminante, no hay camino. " * 9, max_new_tokens=5))
    short = batch.open_run(request("x", max_new_tokens=5))
    batch.add(slow)
    batch.add(short)
    for _ in range(3):
        tick(batch)
    assert short.has_tokens
    assert not slow.has_tokens


def test_room_is_rows_and_cells_and_what_leaves_gives_it_back(tiny_model):
    loaded = tiny_model("gpt2")
    batch = Batch(loaded, limits(rows=4, cells=4 * 20))
    big = batch.open_run(request("x", strategy="beam", num_beams=3, max_new_tokens=20))
    assert batch.has_room(big)
    batch.add(big)
    long = batch.open_run(request("x", max_new_tokens=21))
    assert Batch(loaded, limits(rows=4, cells=4 * 20)).has_room(long)
    assert not batch.has_room(long)
    assert batch.has_room(batch.open_run(request("x", max_new_tokens=20)))
    assert not batch.has_room(batch.open_run(request("x", strategy="sample", attempts=2)))
    batch.remove(big)
    assert batch.has_room(long)
    too_long = batch.open_run(request("x", strategy="sample", attempts=4, max_new_tokens=21))
    assert not batch.has_room(too_long)
    unproven = Batch(loaded, limits(columns=10)).open_run(request("x", max_new_tokens=30))
    assert not Batch(loaded, limits(columns=10)).has_room(unproven)


def test_the_cache_grows_on_demand_and_goes_when_nobody_is_left(tiny_model):
    batch = Batch(tiny_model("gpt2"), LIMITS)
    first = batch.open_run(request("x", max_new_tokens=4))
    batch.add(first)
    tick(batch)
    assert batch._cache.slots[0].keys.shape[0] == 1
    second = batch.open_run(request("x", strategy="beam", num_beams=4, max_new_tokens=9))
    batch.add(second)
    tick(batch)
    assert batch._cache.slots[0].keys.shape[0] == 8
    while batch.writing():
        tick(batch)
    assert batch._cache is None


def test_numbers_that_are_none_stay_with_their_request(tiny_model):
    loaded = tiny_model("llama")
    good = request("La vida es ", max_new_tokens=12)
    bad = request("x", max_new_tokens=12)
    well = alone(loaded, good)
    seen_by_good = {*well[0][0], *complete(loaded, good).prompt_ids}
    (attempt,) = complete(loaded, bad).attempts
    poison = next(t for t in attempt.token_ids[2:] if t not in seen_by_good)
    at = attempt.token_ids.index(poison)
    weights = loaded.model.get_input_embeddings().weight
    kept = weights[poison].clone()
    with torch.no_grad():
        weights[poison] = torch.nan
    try:
        batch = Batch(loaded, LIMITS)
        runs = [batch.open_run(item) for item in (bad, good)]
        for run in runs:
            batch.add(run)
        failure = None
        while not runs[1].is_done:
            for run in batch.reading():
                logits = batch.read(run)
                if logits is not None:
                    batch.choose(run, logits)
            for run, logits in batch.decode().items():
                try:
                    batch.choose(run, logits)
                except EngineError as error:
                    failure = error
                    batch.remove(run)
                    # Somebody else gets the row at once.
                    late = batch.open_run(good)
                    batch.add(late)
                    runs.append(late)
        assert failure.code == "invalid_logits"
        assert failure.partial.attempts[0].token_ids == attempt.token_ids[: at + 1]
        batch.remove(runs[1])
        while not runs[2].is_done:
            tick(batch)
        assert written(runs[1].completion(0.0)) == written(runs[2].completion(0.0)) == well
    finally:
        with torch.no_grad():
            weights[poison] = kept
