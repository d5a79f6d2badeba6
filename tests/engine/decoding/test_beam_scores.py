"""Searches with beams under every length penalty: an answer always, and transformers' own.

transformers gives a place that nothing has taken the score −1e9. What its scores say where that is
no longer far below all real ones is known from the same code with a lower number.
"""

from __future__ import annotations

import inspect
import random
import textwrap
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.generation import utils

from tests.engine.decoding.beams.group_beams import transformers_groups
from tests.engine.decoding.beams.transformers_beams import transformers_beams, transformers_draws
from tests.engine.tiny import complete, request

EMPTY = -1e9
POSITIONS = 320
STRATEGIES = {
    "beam": {"num_beams": 4, "attempts": 4},
    "beam_sample": {"num_beams": 3, "attempts": 3, "seed": 5},
    "diverse_beam": {
        "num_beams": 4,
        "attempts": 4,
        "num_beam_groups": 2,
        "diversity_penalty": 1.0,
    },
}


@pytest.fixture(scope="module")
def loaded(tiny_model):
    torch.manual_seed(1)
    config = GPT2Config(
        vocab_size=320,
        n_embd=32,
        n_layer=1,
        n_head=2,
        n_positions=POSITIONS,
        initializer_range=0.2,
        bos_token_id=0,
        eos_token_id=0,
    )
    model = GPT2LMHeadModel(config).eval()
    rare_ends = frozenset({0, 77})
    return replace(tiny_model("gpt2"), model=model, n_positions=POSITIONS, eos_ids=rare_ends)


@pytest.fixture
def without_a_floor(monkeypatch):
    """Let an empty place of transformers be worse than anything that can be."""
    for name in (
        "_beam_search",
        "_check_early_stop_heuristic",
        "_get_running_beams_for_next_iteration",
        "_update_finished_beams",
    ):
        source = textwrap.dedent(inspect.getsource(getattr(utils.GenerationMixin, name)))
        changed = source.replace("-1.0e9", "-1.0e35").replace("-1e9", "-1e35")
        assert changed != source
        names = dict(vars(utils))
        exec(changed, names)
        monkeypatch.setattr(utils.GenerationMixin, name, names[name])


def theirs(monkeypatch, loaded, completion):
    """Return transformers' ids and scores, best first, and a length penalty's worth of noise."""
    params = completion.params
    if params.strategy == "diverse_beam":
        found = transformers_groups(monkeypatch, loaded, completion.prompt_ids, params)
        return [ids for ids, _ in found], [score for _, score in found]
    if params.strategy == "beam_sample":
        return transformers_draws(
            monkeypatch, loaded, completion.prompt_ids, params, completion.seed
        )
    return transformers_beams(loaded, completion.prompt_ids, params)


def require_equal(completion, ids, scores):
    assert len(completion.attempts) == completion.params.attempts
    for attempt, their_ids, their_score in zip(completion.attempts, ids, scores, strict=True):
        assert list(attempt.token_ids) == their_ids[: len(attempt.token_ids)]
        assert attempt.score == pytest.approx(their_score, rel=1e-4, abs=2e-4)


def write(loaded, strategy, **params):
    return complete(loaded, request(strategy=strategy, **STRATEGIES[strategy], **params))


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(
    ("tokens", "length_penalty"),
    [(64, -5.0), (64, -4.0), (64, 0.0), (64, 5.0), (256, -5.0), (256, -2.5), (256, 1.0)],
)
def test_long_texts_equal_transformers_without_its_floor(
    monkeypatch, without_a_floor, loaded, strategy, tokens, length_penalty
):
    completion = write(loaded, strategy, max_new_tokens=tokens, length_penalty=length_penalty)
    require_equal(completion, *theirs(monkeypatch, loaded, completion))
    if length_penalty == -5.0:
        assert min(attempt.score for attempt in completion.attempts) < EMPTY


@settings(
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    strategy=st.sampled_from(sorted(STRATEGIES)),
    length_penalty=st.floats(-5, 5),
    early_stopping=st.sampled_from([False, True, "never"]),
    tokens=st.integers(1, 40),
    ends=st.sets(st.integers(0, 319), min_size=1, max_size=60),
)
def test_every_penalty_has_an_answer_and_where_transformers_has_one_the_same(
    monkeypatch, loaded, strategy, length_penalty, early_stopping, tokens, ends
):
    loaded = replace(loaded, eos_ids=frozenset(ends))
    completion = write(
        loaded,
        strategy,
        max_new_tokens=tokens,
        length_penalty=length_penalty,
        early_stopping=early_stopping,
    )
    assert len(completion.attempts) == completion.params.attempts
    for attempt in completion.attempts:
        assert 0 < len(attempt.token_ids) <= tokens
        is_ended = attempt.token_ids[-1] in ends
        assert attempt.finish_reason == ("eos" if is_ended else "length")
        assert not ends.intersection(attempt.token_ids[:-1])
    ids, scores = theirs(monkeypatch, loaded, completion)
    if min(scores) > EMPTY / 2 and min(a.score for a in completion.attempts) > EMPTY / 2:
        require_equal(completion, ids, scores)


def test_the_empty_places_of_transformers_are_what_breaks_it(monkeypatch, loaded):
    completion = write(loaded, "beam", max_new_tokens=64, length_penalty=-5.0)
    _, scores = theirs(monkeypatch, loaded, completion)
    assert scores == [EMPTY] * 4
    assert all(attempt.score < 2 * EMPTY for attempt in completion.attempts)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_has_stopped_does_not_go_on(loaded, strategy):
    """Most of what a step looks at stops: there is less to go on with than there are beams."""
    stops = tuple("aeiou ,.lnrs")
    rng = random.Random(strategy)
    for _ in range(8):
        completion = write(
            loaded,
            strategy,
            max_new_tokens=30,
            stop=tuple(rng.sample(stops, rng.randint(4, len(stops)))),
            length_penalty=rng.uniform(-5, 5),
            early_stopping=rng.choice([False, True, "never"]),
            trace_top_n=1,
        )
        assert completion.attempts
        for attempt in completion.attempts:
            texts = [c.text for step in attempt.steps for c in step.candidates]
            assert len(texts) >= len(attempt.token_ids)
            assert not any(stop in attempt.text for stop in completion.params.stop)
            if attempt.finish_reason == "stop":
                shorter = loaded.vocabulary.decode(attempt.token_ids[:-1])
                assert not any(stop in shorter for stop in completion.params.stop)
        seen = [(n.step, n.parent, n.token_id, n.group) for n in completion.beams.nodes]
        assert len(set(seen)) == len(seen)
        kept = {n.node for n in completion.beams.nodes if n.status == "kept"}
        assert {n.parent for n in completion.beams.nodes} <= kept | {None}
