import random
from collections import Counter

import numpy as np
import pytest
import torch

from engine.decoding.sampling import draw_token, throw_die
from tests.engine.tiny import complete, request


def brute_force(scores, u):
    probs = torch.softmax(scores.double(), -1).numpy()
    order = sorted(range(len(probs)), key=lambda i: (-probs[i], i))
    cumulative = np.cumsum(probs[order])
    possible = int((probs > 0).sum())
    exceeding = (i for i, c in enumerate(cumulative) if c > u * probs.sum())
    position = min(next(exceeding, possible - 1), possible - 1)
    return order[position], cumulative[position] - probs[order[position]], cumulative[position]


def test_the_die_is_the_one_of_the_standard_library():
    assert throw_die(7, 2, 30) == random.Random("7:2:30").random()


@pytest.mark.parametrize("vocab", [1, 2, 17, 700, 5000])
def test_a_draw_is_the_first_token_whose_cumulative_exceeds_the_throw(vocab):
    torch.manual_seed(vocab)
    rng = random.Random(vocab)
    for case in range(25):
        scores = torch.randn(vocab) * rng.choice([0.01, 1.0, 6.0])
        if case % 3 == 0:
            scores = scores.round()
        if case % 4 == 0:
            scores[1::2] = -torch.inf
        u = rng.choice([0.0, rng.random(), rng.random()])
        token, draw = draw_token(scores, u)
        expected, low, high = brute_force(scores, u)
        assert token == expected
        assert draw.low == pytest.approx(low, abs=1e-12)
        assert draw.high == pytest.approx(high, abs=1e-12)
        assert draw.low <= u <= draw.high


def test_the_highest_throw_never_means_a_removed_token():
    scores = torch.tensor([-torch.inf, 0.1, 0.3, -torch.inf])
    assert draw_token(scores, 1 - 2**-53)[0] == 1


def test_ties_stand_in_the_order_of_their_ids():
    scores = torch.tensor([0.0, 1.0, 1.0, 1.0])
    tokens = [draw_token(scores, u)[0] for u in (0.0, 0.4, 0.7, 0.999)]
    assert tokens == [1, 2, 3, 0]


def test_frequencies_follow_the_distribution():
    scores = torch.tensor([2.0, 1.0, 0.0, -torch.inf, 0.5, -1.0, 1.0, -0.5])
    probs = torch.softmax(scores, -1).tolist()
    throws = 6000
    counts = Counter(draw_token(scores, throw_die(3, 0, t))[0] for t in range(throws))
    assert 3 not in counts
    statistic = sum(
        (counts[i] - throws * p) ** 2 / (throws * p) for i, p in enumerate(probs) if p > 0
    )
    # 99.9 % quantile of chi-square with 6 degrees of freedom.
    assert statistic < 22.46


def test_attempts_do_not_depend_on_how_many_there_are(tiny_model):
    loaded = tiny_model("llama")
    settings = {"strategy": "sample", "max_new_tokens": 12, "top_p": 0.95, "seed": 11}
    several = complete(loaded, request(attempts=4, **settings))
    assert len({a.token_ids for a in several.attempts}) > 1
    for attempts in (1, 2):
        fewer = complete(loaded, request(attempts=attempts, **settings))
        for one, other in zip(fewer.attempts, several.attempts, strict=False):
            assert one.token_ids == other.token_ids
            assert one.logprob == pytest.approx(other.logprob, abs=1e-3)


def test_a_run_can_be_resumed_at_any_token(tiny_model):
    loaded = tiny_model("gpt2")
    settings = {"strategy": "sample", "temperature": 1.5, "seed": 5, "repetition_penalty": 1.2}
    whole = complete(loaded, request(max_new_tokens=10, **settings)).attempts[0].token_ids
    for t in range(1, len(whole)):
        rest = complete(
            loaded, request(max_new_tokens=10 - t, prefix_ids=whole[:t], **settings)
        ).attempts[0]
        assert rest.token_ids == whole[t:]


def test_an_attempt_that_finishes_leaves_the_others_alone(tiny_model):
    loaded = tiny_model("gpt2", spread=0.02)
    settings = {"strategy": "sample", "max_new_tokens": 25, "seed": 1}
    free = complete(loaded, request(attempts=6, **settings))
    ending = free.attempts[2].token_ids[4]
    object.__setattr__(loaded, "eos_ids", frozenset({ending}))
    try:
        ended = complete(loaded, request(attempts=6, **settings))
    finally:
        object.__setattr__(loaded, "eos_ids", frozenset({loaded.model.config.eos_token_id}))
    reasons = {a.finish_reason for a in ended.attempts}
    assert reasons == {"eos", "length"}
    for one, other in zip(ended.attempts, free.attempts, strict=True):
        assert one.token_ids == other.token_ids[: len(one.token_ids)]
        assert (one.token_ids[-1] == ending) == (one.finish_reason == "eos")


@pytest.mark.parametrize("alive", [1, 255, 256, 257, 258, 4096, 6000])
def test_a_draw_looks_as_far_as_it_must(alive):
    torch.manual_seed(alive)
    scores = torch.full((6000,), -torch.inf)
    places = torch.randperm(6000)[:alive]
    for values in (torch.randn(alive) * 0.01, torch.zeros(alive), torch.randn(alive).round()):
        scores[places] = values
        for u in (0.0, 0.03, 0.5, 0.97, 1 - 2**-53):
            token, draw = draw_token(scores, u)
            expected, low, high = brute_force(scores, u)
            # The sums differ by rounding, and here thousands of stretches are as thin as that.
            assert (
                (token == expected) or abs(draw.low - high) < 1e-12 or abs(draw.high - low) < 1e-12
            )
            assert draw.low - 1e-12 <= u <= draw.high + 1e-12
            assert scores[token] > -torch.inf
