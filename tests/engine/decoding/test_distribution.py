import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.decoding.distribution import Distribution


def some_scores(seed, vocab, spread, alive):
    """Random scores, some equal, of which a part is at −inf."""
    torch.manual_seed(seed)
    scores = (torch.randn(vocab) * spread).round(decimals=1)
    gone = torch.randperm(vocab)[max(1, round(alive * vocab)) :]
    scores[gone] = -torch.inf
    return scores


scores_of = st.builds(
    some_scores,
    st.integers(0, 2**31),
    st.sampled_from([1, 2, 40, 3000]),
    st.sampled_from([0.1, 4.0, 200.0]),
    st.sampled_from([0.001, 0.1, 0.5, 1.0]),
)


@given(scores_of, st.floats(0, 1))
def test_it_is_the_softmax(scores, part):
    probs = torch.softmax(scores.double(), -1)
    distribution = Distribution(scores)
    everybody = np.arange(len(scores))
    assert distribution.probs(everybody) == pytest.approx(probs.numpy(), abs=1e-14)
    assert distribution.probs(everybody).sum() == pytest.approx(1.0, abs=1e-12)
    entropy = float(torch.special.entr(probs).sum()) / math.log(2)
    assert distribution.entropy_bits == pytest.approx(entropy, abs=1e-10)
    assert distribution.count == int((scores > -torch.inf).sum())
    left = scores.masked_fill(torch.rand(len(scores)) < part, -torch.inf)
    kept = float(probs[left > -torch.inf].sum())
    assert distribution.mass_of(Distribution(left)) == pytest.approx(kept, abs=1e-12)
    assert 0.0 <= distribution.mass_of(Distribution(left)) <= 1.0 + 1e-12


@given(scores_of, st.integers(0, 50))
def test_tokens_stand_by_probability_and_equals_by_id(scores, count):
    order = sorted(range(len(scores)), key=lambda i: (-scores[i].item(), i))
    distribution = Distribution(scores)
    assert distribution.best(count) == order[:count]
    for place in {0, len(order) // 2, len(order) - 1}:
        assert distribution.rank_of(order[place]) == place + 1


def test_a_share_that_is_next_to_nothing_is_none_below_it():
    torch.manual_seed(40)
    scores = torch.randn(40) * 60
    left = scores.clone()
    left[scores.topk(13).indices] = -torch.inf
    share = Distribution(scores).mass_of(Distribution(left))
    assert 0.0 < share < 1e-30


def test_where_nothing_is_left_nothing_is_probable():
    nothing = Distribution(torch.full((3,), -torch.inf))
    assert nothing.probs(np.arange(3)).tolist() == [0.0, 0.0, 0.0]
    assert (nothing.count, nothing.entropy_bits) == (0, 0.0)
    assert Distribution(torch.zeros(3)).mass_of(nothing) == 0.0
