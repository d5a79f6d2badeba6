"""Whatever numbers a model makes, every result can be written as JSON and read back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import GPT2Config, GPT2LMHeadModel

from engine import EngineError, ScoreRequest
from engine.decoding.scoring import score
from engine.explain import (
    AttentionRequest,
    LogitLensRequest,
    Moment,
    RedrawRequest,
    TokenVectorsRequest,
    WhyNotRequest,
    contenders,
    measure,
)
from engine.explain.answers import answer
from engine.runtime.rates import Rates
from engine.trace import EngineStats
from tests.engine.tiny import complete, request
from tests.engine.tokenizers import words

VOCABULARY = 5
LOGITS = st.lists(
    st.floats(-(2.0**100), 2.0**100, width=32)
    | st.just(-float("inf"))
    | st.integers(-3, 3).map(float),
    min_size=VOCABULARY,
    max_size=VOCABULARY,
).filter(lambda logits: max(logits) > -float("inf"))
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "length_penalty": st.floats(-5, 5),
        "repetition_penalty": st.floats(0.1, 10),
        "temperature": st.floats(0, 5),
        "top_p": st.floats(0.01, 1),
        "typical_p": st.floats(0.01, 1),
        "eta_cutoff": st.floats(0, 0.9),
        "no_repeat_ngram_size": st.integers(0, 2),
        "min_new_tokens": st.integers(0, 3),
    },
)
STRATEGIES = st.sampled_from([contender.params for contender in contenders(6)]).map(
    lambda params: {"strategy": params.strategy, "num_beams": 2, "attempts": 2, "top_k": 3}
) | st.sampled_from(
    [
        {"strategy": "beam_sample", "num_beams": 2},
        {"strategy": "diverse_beam", "num_beams": 4, "num_beam_groups": 2, "attempts": 3},
        {"strategy": "contrastive", "penalty_alpha": 0.6, "top_k": 3},
    ]
)


@pytest.fixture(scope="module")
def five_words(tiny_model):
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=VOCABULARY, n_embd=8, n_layer=1, n_head=2, n_positions=64)
    model = GPT2LMHeadModel(config).eval()
    changes = {"model": model, "tokenizer": words(), "vocab_size": VOCABULARY}
    return replace(tiny_model("gpt2"), **changes, eos_ids=frozenset({0}))


@pytest.fixture
def with_logits(five_words, monkeypatch):
    """Let the model answer everything with the same logits."""

    def change(logits):
        row = torch.tensor(logits)
        monkeypatch.setattr(
            five_words.model.lm_head,
            "forward",
            lambda hidden: row.expand(*hidden.shape[:-1], VOCABULARY).clone(),
        )
        return five_words

    return change


def require_json(value):
    text = json.dumps(value.to_dict(), allow_nan=False)
    assert type(value).from_dict(json.loads(text)) == value


def possible(work):
    """Return what comes out, or None where the settings or the numbers leave nothing."""
    try:
        return work()
    except EngineError as error:
        if error.code not in ("invalid_logits", "unsupported"):
            raise
        return None


@settings(
    deadline=None,
    derandomize=True,
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(LOGITS, STRATEGIES, CHANGES, st.integers(0, 9))
def test_what_is_written_can_be_stored(with_logits, logits, strategy, changes, seed):
    loaded = with_logits(logits)
    asked = request(
        "la vida", max_new_tokens=6, trace_top_n=VOCABULARY, seed=seed, **{**strategy, **changes}
    )
    completion = possible(lambda: complete(loaded, asked))
    if completion is not None:
        assert completion.attempts
        require_json(completion)
        for attempt in range(len(completion.attempts)):
            require_json(measure(completion, attempt))


@settings(
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(LOGITS, STRATEGIES, CHANGES, st.integers(0, VOCABULARY - 1))
def test_what_is_explained_can_be_stored(with_logits, logits, strategy, changes, token):
    loaded = with_logits(logits)
    params = request(max_new_tokens=6, **{**strategy, **changes}).params
    moment = Moment(context_ids=(1, 2), params=params, chosen=token)
    scoring = ScoreRequest(
        prompt="la vida", continuation=(token, 3), params=params, trace_top_n=VOCABULARY
    )
    for step in possible(lambda: score(loaded, scoring)) or ():
        require_json(step)
    questions = [
        WhyNotRequest(moment=moment, word="sueño"),
        RedrawRequest(moment=moment, params=params),
        AttentionRequest(context_ids=(1, 2, token)),
        LogitLensRequest(context_ids=(1, 2), target=token),
        TokenVectorsRequest(context_ids=(1, token)),
    ]
    for question in questions:
        found = possible(lambda question=question: answer(loaded, question))
        if found is not None:
            require_json(found)


def test_a_token_that_the_model_rules_out_has_no_surprise(with_logits):
    loaded = with_logits([0.0, 0.0, 0.0, -float("inf"), -3000.0])
    ruled_out, hopeless, expected = score(
        loaded, ScoreRequest(prompt="la", continuation=(3, 4, 1), trace_top_n=1)
    )
    assert ruled_out.surprisal_bits is None
    assert ruled_out.chosen_candidate.raw_prob == hopeless.chosen_candidate.raw_prob == 0.0
    # Too small for a probability, but not for its logarithm.
    assert hopeless.surprisal_bits == pytest.approx(3000 / 0.6931471805599453 + 1.584962500721156)
    assert expected.surprisal_bits == pytest.approx(1.584962500721156)


def test_the_counters_of_a_moment_without_work_are_numbers():
    rates = Rates()
    require_json(
        EngineStats(
            queued=0,
            running=0,
            queue_limit=1,
            tokens_per_s=rates.tokens_per_s(),
            cache_hits=0,
            cache_lookups=0,
            cache_tokens=0,
            completed=0,
            failed=0,
            workers=1,
            device=None,
            precision="exact",
            loaded_models=(),
            expected_wait_s=rates.seconds_per_place(),
        )
    )
