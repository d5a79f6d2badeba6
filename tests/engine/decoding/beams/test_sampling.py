import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import DecodingParams
from engine.decoding.stages import build_filters
from engine.runtime.plain import PlainRun
from tests.engine.decoding.beams.transformers_beams import transformers_draws
from tests.engine.decoding.processors import PROMPT_TOKENS, random_settings, reference
from tests.engine.tiny import complete, request

EMPTY = -1e9
"""What transformers gives a place that nothing has taken."""


def random_case(rng):
    num_beams = rng.randint(2, 5)
    return {
        "strategy": "beam_sample",
        "num_beams": num_beams,
        "attempts": rng.randint(1, num_beams),
        "max_new_tokens": rng.randint(1, 9),
        "length_penalty": rng.choice([-1.0, 0.0, 1.0, 5.0]),
        "early_stopping": rng.choice([False, True, "never"]),
        "repetition_penalty": rng.choice([1.0, 1.3]),
        "no_repeat_ngram_size": rng.choice([0, 0, 2]),
        "temperature": rng.choice([1.0, 0.7, 2.5]),
        "top_k": rng.choice([0, 0, 30, 100]),
        "top_p": rng.choice([1.0, 0.9, 0.999]),
        "min_p": rng.choice([0.0, 0.0, 0.001]),
        "typical_p": rng.choice([1.0, 1.0, 0.95]),
    }


@pytest.mark.parametrize("family", ["gpt2", "llama", "gemma3_text", "openai-gpt", "gpt_neo"])
def test_with_our_die_transformers_draws_the_same(tiny_model, monkeypatch, family):
    base = tiny_model(family, spread=0.1)
    rng = random.Random(family)
    for case in range(7):
        eos_ids = frozenset(rng.sample(range(base.vocab_size), (1, 3, 8)[case % 3]))
        loaded = replace(base, eos_ids=eos_ids)
        seed = rng.randrange(2**32)
        wanted = request("La vida es", seed=seed, **random_case(rng))
        completion = complete(loaded, wanted)
        prompt_ids, params = completion.prompt_ids, wanted.params
        ids, scores = transformers_draws(monkeypatch, loaded, prompt_ids, params, seed)
        for attempt, their_ids, their_score in zip(completion.attempts, ids, scores, strict=False):
            assert list(attempt.token_ids) == their_ids[: len(attempt.token_ids)], params
            assert attempt.score == pytest.approx(their_score, abs=2e-4, rel=1e-4)
        # Where the filters left too few continuations, transformers fills up.
        assert all(score < EMPTY / 2 for score in scores[len(completion.attempts) :])


def test_the_filters_leave_room_for_beams_as_in_transformers(tiny_model):
    model = tiny_model("gpt2").model
    rng = random.Random(4)
    torch.manual_seed(4)
    for _ in range(40):
        chosen = random_settings(rng)
        eos_ids = frozenset(rng.sample(range(200), rng.randint(0, 3)))
        logprobs = torch.log_softmax(torch.randn(3, 200) * rng.choice([1.0, 5.0]), -1)
        ids = torch.randint(0, 200, (3, 9))
        params = DecodingParams(strategy="beam_sample", num_beams=3, **chosen)
        filters = build_filters(params, {}, torch.device("cpu"), eos_ids, PROMPT_TOKENS)
        theirs = reference(
            model, {**chosen, "num_beams": 3}, do_sample=True, eos=sorted(eos_ids) or None
        )
        assert [getattr(f.process, "min_tokens_to_keep", None) for f in filters] == [
            getattr(processor, "min_tokens_to_keep", None) for processor in theirs
        ]
        ours = logprobs
        for stage in filters:
            ours = stage.process(ids, ours)
        assert torch.equal(ours, theirs(ids, logprobs.clone())), chosen


@pytest.fixture
def traced(tiny_model):
    loaded = replace(tiny_model("llama", spread=0.1), eos_ids=frozenset(range(0, 320, 10)))
    wanted = request(
        strategy="beam_sample", num_beams=4, attempts=3, max_new_tokens=7, trace_top_n=4, seed=6
    )
    return complete(loaded, wanted)


def test_the_tree_holds_the_throws_and_adds_up(traced):
    nodes = traced.beams.nodes
    assert len({(n.step, n.parent, n.token_id) for n in nodes}) == len(nodes)
    for step in range(max(n.step for n in nodes) + 1):
        considered = [n for n in nodes if n.step == step]
        for k, node in enumerate(considered):
            assert node.draw.u == random.Random(f"6:{k}:{step}").random()
            assert node.draw.low <= node.draw.u <= node.draw.high
            parent_score = nodes[node.parent].score if step else 0.0
            assert node.score == pytest.approx(parent_score + node.token_score, abs=1e-4)
    for winner, attempt in zip(traced.beams.winners, traced.attempts, strict=True):
        assert nodes[winner].normalised_score == pytest.approx(attempt.score, rel=1e-5)


def test_the_first_throw_of_a_step_is_over_the_whole_distribution(traced):
    first = next(n for n in traced.beams.nodes if n.step == 0)
    share = first.draw.high - first.draw.low
    # At first there is one beam: the continuation's share is the token's final probability.
    assert share == pytest.approx(np.exp(first.token_score), rel=1e-4)


def test_another_seed_draws_another_text_and_the_same_one_the_same(tiny_model):
    loaded = tiny_model("gpt2", spread=0.1)
    settings = {"strategy": "beam_sample", "num_beams": 3, "max_new_tokens": 8, "top_p": 0.95}
    texts = [complete(loaded, request(seed=seed, **settings)).attempts for seed in (1, 1, 2)]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


def test_few_continuations_give_few_texts(tiny_model):
    wanted = request(
        strategy="beam_sample", num_beams=5, attempts=5, max_new_tokens=1, top_k=1, seed=3
    )
    completion = complete(tiny_model("llama"), wanted)
    # One end token: the cuts leave two tokens at least.
    assert len(completion.attempts) == 2


@pytest.mark.parametrize(
    ("settings", "meant"),
    [
        ({"num_beams": 1}, "sample"),
        ({"num_beams": 3, "temperature": 0}, "beam"),
        ({"num_beams": 1, "temperature": 0}, "greedy"),
        ({"num_beams": 3}, "beam_sample"),
    ],
)
def test_what_the_settings_mean(settings, meant):
    assert DecodingParams(strategy="beam_sample", **settings).resolved().strategy == meant


def test_a_stopped_search_gives_its_best_hypotheses(tiny_model):
    run = PlainRun(
        tiny_model("llama"), request(strategy="beam_sample", num_beams=3, attempts=2, seed=1)
    )
    for _ in range(4):
        run.step()
    run.stop("deadline")
    attempts = run.completion(0.0).attempts
    assert [len(a.token_ids) for a in attempts] == [4, 4]
    assert attempts[0].score >= attempts[1].score
