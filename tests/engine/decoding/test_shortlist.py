"""The shortlist against the filters that it stands for."""

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from engine import DecodingParams
from engine.decoding.glance import glance
from engine.decoding.heads import Heads
from engine.decoding.sampling import draw_token
from engine.decoding.shortlist import Shortlist, Throw, draw_rows, position_of
from engine.decoding.stages import apply_filters, build_filters
from tests.engine.tiny import complete, request

CPU = torch.device("cpu")
NO_IDS = torch.zeros((1, 0), dtype=torch.long)

settings_of = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.sampled_from([0.05, 0.7, 0.8, 1.5, 5.0]),
        "top_k": st.sampled_from([1, 2, 5, 50, 300]),
        "top_p": st.one_of(st.sampled_from([0.01, 0.5, 0.9, 0.95, 1.0]), st.floats(0.01, 1.0)),
        "min_p": st.sampled_from([0.001, 0.05, 0.5, 1.0]),
    },
)
throws = st.one_of(st.sampled_from([0.0, 1 - 2**-53]), st.floats(0, 1, exclude_max=True))


def sampling(**settings):
    return DecodingParams(strategy="sample", **settings).resolved()


def behind_the_filters(params, scores, u):
    filters = build_filters(params, {}, CPU)
    return draw_token(apply_filters(filters, NO_IDS, scores[None])[0], u)[0]


@given(
    settings_of,
    throws,
    st.sampled_from([1, 2, 5, 40, 700, 40_000]),
    st.sampled_from([0.1, 1.0, 4.0, 20.0]),
    st.sampled_from(["all different", "ties", "removed tokens"]),
    st.sampled_from([-130.0, -35.0, 0.0, 300.0]),
    st.integers(0, 2**31),
)
@example({"temperature": 0.9, "top_p": 0.95}, 0.8929469543476547, 50257, 2.0, "", -130.0, 1)
def test_it_draws_what_stands_behind_the_filters(settings, u, vocab, spread, kind, offset, seed):
    torch.manual_seed(seed)
    scores = torch.randn(vocab) * spread + offset
    if kind == "ties":
        scores = scores.round()
    if kind == "removed tokens":
        scores[1::2] = -torch.inf
    params = sampling(**{**settings, "top_k": min(settings.get("top_k", 0), vocab)})
    token = Shortlist(params).draw(scores.numpy(), u)
    assert token is None or token == behind_the_filters(params, scores, u)


@pytest.mark.parametrize(
    "settings",
    [{"temperature": 0.8, "top_p": 0.9}, {"top_k": 50}, {"min_p": 0.05}, {"top_p": 0.95}],
)
def test_as_a_rule_it_decides(settings):
    torch.manual_seed(0)
    shortlist = Shortlist(sampling(**settings))
    rows = (torch.randn(50_000) * 3.7 for _ in range(100))
    undecided = sum(shortlist.draw(row.numpy(), 0.5) is None for row in rows)
    assert undecided < 10


@pytest.mark.parametrize(
    ("settings", "scores", "u"),
    [
        ({"top_p": 0.5}, [2.0, 1.0, 1.0, 1.0, 0.0], 0.3),  # the edge lies between equals
        ({"top_p": 0.5}, [1.0, 1.0], 0.3),  # on the edge
        ({"min_p": 0.5}, [0.0, float(np.log(np.float32(0.5)))], 0.3),
        ({}, [0.0, 0.0], 0.5),
        ({"top_p": 0.99}, [0.0] * 400_000, 0.3),  # no head
        ({}, [float("nan"), 0.0], 0.5),
        ({}, [float("inf"), 0.0], 0.5),
        ({}, [-float("inf")] * 2, 0.5),
    ],
)
def test_it_leaves_to_the_filters_what_is_not_clear(settings, scores, u):
    assert Shortlist(sampling(**settings)).draw(np.float32(scores), u) is None


@pytest.mark.parametrize(
    ("settings", "scores", "u"),
    [
        # Equal only once they are divided.
        ({"temperature": 4.009201601713547}, [-138.37677, -138.37675476, -110.594933], 0.99853515),
        (
            {"temperature": 4.009201601713547, "top_k": 2},
            [-138.37677, -138.37675476, -110.594933],
            0.99853515,
        ),
        # Equal only as probabilities.
        ({"top_p": 0.983326288292455}, [5.0, 0.3, 0.30000004172325134, -1.0, -2.0], 0.999),
    ],
)
def test_it_sees_the_ties_that_the_filters_see(settings, scores, u):
    params, row = sampling(**settings), torch.tensor(scores)
    token = Shortlist(params).draw(row.numpy(), u)
    assert token is None or token == behind_the_filters(params, row, u)


def test_it_stands_for_the_usual_filters_only():
    usual = sampling(temperature=0.7, top_k=3, top_p=0.5, min_p=0.1)
    assert Shortlist.stands_for(build_filters(usual, {}, CPU))
    for other in ({"typical_p": 0.5}, {"eta_cutoff": 0.1}, {"epsilon_cutoff": 0.1}, {"top_h": 0.5}):
        assert not Shortlist.stands_for(build_filters(sampling(**other), {}, CPU))


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": 0.8, "top_p": 0.9},
        {"top_k": 5, "min_p": 0.1, "repetition_penalty": 1.5, "no_repeat_ngram_size": 2},
        {"typical_p": 0.8},
        {"bad_words": ("a",), "min_new_tokens": 4},
    ],
)
def test_a_traced_run_draws_the_same(tiny_model, settings):
    loaded = tiny_model("gpt2", spread=0.3)
    wanted = {"strategy": "sample", "attempts": 3, "max_new_tokens": 20, "seed": 4, **settings}
    plain = complete(loaded, request(**wanted))
    traced = complete(loaded, request(**wanted, trace_top_n=5))
    for one, other in zip(plain.attempts, traced.attempts, strict=True):
        assert one.token_ids == other.token_ids
        assert one.logprob == other.logprob


def test_a_share_that_rounds_to_the_total_means_the_last_possible_token():
    cumulative = np.array([0.5, 1.0, 1.0])
    assert position_of(1.0, cumulative, 1.0) == 1
    assert position_of(0.5, cumulative, 1.0) == 1
    assert position_of(0.9, cumulative, 2.0) == 3


@given(st.lists(st.tuples(settings_of, throws), min_size=1, max_size=9), st.integers(0, 2**31))
def test_rows_that_are_looked_at_together_draw_what_each_draws_alone(rows, seed):
    torch.manual_seed(seed)
    spreads = torch.tensor([(0.1, 1.0, 4.0)[n % 3] for n in range(len(rows))])
    scores = (torch.randn(len(rows), 400) * spreads[:, None]).numpy()
    scores[seed % len(rows), seed % 400] = (np.nan, np.inf, -np.inf, 0.0)[seed % 4]
    thrown = [Throw(Shortlist(sampling(**settings)), u) for settings, u in rows]
    alone = [throw.shortlist.draw(row, throw.u) for row, throw in zip(scores, thrown, strict=True)]
    assert draw_rows(scores, thrown) == alone
    seen = glance(torch.from_numpy(scores), thrown)
    assert [row.token for row in seen] == alone
    lone = [
        glance(torch.from_numpy(row[None]), [throw])
        for row, throw in zip(scores, thrown, strict=True)
    ]
    # As text, because NaN is no NaN's equal.
    assert str(seen) == str([row for (row,) in lone])


@given(
    st.lists(
        st.dictionaries(
            st.integers(0, 300_000),
            st.sampled_from([0.0, -0.0, 1e-45, -1e-45, -3e38, 3e38])
            | st.floats(-40, 40, width=32)
            | st.integers(-3, 3).map(float),
            max_size=9,
        ),
        min_size=1,
        max_size=40,
    )
)
def test_the_best_tokens_stand_by_falling_score_and_equals_by_id(heads):
    rows = [sorted(head.items()) for head in heads]
    of = np.array([row for row, head in enumerate(rows) for _ in head], dtype=np.int64)
    tokens = np.array([token for head in rows for token, _ in head], dtype=np.int64)
    values = np.array([value for head in rows for _, value in head], dtype=np.float32)
    with np.errstate(all="ignore"):
        found = Heads(of, tokens, values, np.ones(len(rows), dtype=np.float32))
    for row, head in enumerate(rows):
        expected = [token for token, _ in sorted(head, key=lambda one: (-one[1], one[0]))]
        assert found.ids[row, : len(head)].tolist() == expected
        assert found.scores[row, : len(head)].tolist() == sorted(head_scores(head), reverse=True)
        assert (found.weights[row, len(head) :] == 0).all()


def head_scores(head):
    return [float(np.float32(value)) for _, value in head]
