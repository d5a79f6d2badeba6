import random
from itertools import pairwise

import pytest
import torch

from engine import DecodingParams, EngineError
from engine.decoding.banned_words import BannedWords
from engine.decoding.choices import require_finite
from engine.decoding.stages import TopP, apply_filters, build_filters
from tests.engine.decoding.processors import PROMPT_TOKENS, random_settings, reference

CPU = torch.device("cpu")
ENDS = frozenset({0})
EVERYTHING = {
    "repetition_penalty": 1.3,
    "no_repeat_ngram_size": 2,
    "min_new_tokens": 3,
    "temperature": 0.7,
    "top_h": 0.8,
    "top_k": 40,
    "top_p": 0.9,
    "min_p": 0.02,
    "typical_p": 0.95,
    "epsilon_cutoff": 0.0003,
    "eta_cutoff": 0.0006,
}


def knobs(processor):
    """The numbers that a processor was built with."""
    values = {**vars(processor)}
    return {
        name: value.tolist() if isinstance(value, torch.Tensor) else value
        for name, value in values.items()
        if name not in ("filter_value", "prompt_ignore_length", "logits_processor")
    }


def random_scores(rng, vocab, rows):
    scores = torch.randn(rows, vocab) * rng.choice([0.5, 2.0, 8.0])
    if rng.random() < 0.4:
        scores = (scores * 2).round() / 2  # ties
    if rng.random() < 0.4:
        scores[torch.rand(rows, vocab) < 0.3] = -torch.inf
        scores[:, 0] = 0.0
    return scores


def is_same_distribution(ours, theirs):
    """Equal probabilities; among equals at a boundary either may have been kept."""
    if torch.equal(ours, theirs):
        return True
    mine, other = torch.softmax(ours, -1), torch.softmax(theirs, -1)
    return torch.allclose(mine.sort(-1).values, other.sort(-1).values, atol=1e-7)


def test_filters_are_those_of_transformers_in_their_order(tiny_model):
    loaded = tiny_model("gpt2")
    words = BannedWords(loaded.vocabulary, loaded.vocab_size, ("nada",))
    params = DecodingParams(strategy="sample", bad_words=("nada",), **EVERYTHING)
    ours = build_filters(params, {"bad_words": words}, CPU, ENDS, PROMPT_TOKENS)
    theirs = reference(loaded.model, {**EVERYTHING, "bad_words_ids": [[5]]}, do_sample=True)
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        if mine.name == "bad_words":
            assert type(other).__name__ == "NoBadWordsLogitsProcessor"
        else:
            assert isinstance(mine.process, type(other))
            assert knobs(mine.process) == knobs(other)


def test_only_active_filters_are_built_and_warpers_only_when_sampling():
    assert build_filters(DecodingParams(strategy="sample"), {}, CPU) == ()
    greedy = build_filters(DecodingParams(**EVERYTHING), {}, CPU, ENDS, PROMPT_TOKENS)
    names = ["repetition_penalty", "no_repeat_ngram_size", "min_new_tokens"]
    assert [f.name for f in greedy] == names
    without_ends = build_filters(DecodingParams(**EVERYTHING), {}, CPU)
    assert [f.name for f in without_ends] == names[:2]


@pytest.mark.parametrize("vocab", [1, 2, 3, 11, 300, 3000])
def test_processed_distributions_equal_transformers(tiny_model, vocab):
    model = tiny_model("gpt2").model
    rng = random.Random(vocab)
    torch.manual_seed(vocab)
    compared = 0
    for _ in range(60 if vocab < 3000 else 25):
        settings = random_settings(rng)
        scores = random_scores(rng, vocab, rows=rng.randint(1, 3))
        ids = torch.randint(0, vocab, (len(scores), rng.randint(1, 12)))
        params = DecodingParams(strategy="sample", **settings)
        filters = build_filters(params, {}, CPU, ENDS, PROMPT_TOKENS)
        try:
            ours = apply_filters(filters, ids, scores.clone())
        except EngineError:
            # Nothing is left that neither repeats nor ends: transformers fails or draws from NaN.
            assert settings.get("no_repeat_ngram_size") == 1 or vocab <= 11
            continue
        theirs = reference(model, settings, do_sample=True)(ids, scores.clone())
        assert is_same_distribution(ours, theirs), settings
        compared += 1
    assert compared > 20


def test_top_p_does_not_sort_everything_when_the_nucleus_is_small(monkeypatch):
    torch.manual_seed(0)
    scores = torch.randn(3, 9000) * 4
    expected = TopP.__mro__[1](0.8)(None, scores)
    sort, sizes = torch.sort, []
    monkeypatch.setattr(torch, "sort", lambda x, **how: (sizes.append(len(x)), sort(x, **how))[1])
    assert torch.equal(TopP(0.8)(None, scores), expected)
    assert max(sizes) < 1000


def test_top_p_falls_back_when_the_nucleus_is_wide():
    scores = torch.randn(2, 9000) * 0.1
    assert torch.equal(TopP(0.95)(None, scores), TopP.__mro__[1](0.95)(None, scores))


def test_every_stage_keeps_and_removes_the_whole_mass():
    torch.manual_seed(1)
    rng = random.Random(1)
    for _ in range(30):
        scores = random_scores(rng, 200, rows=2)
        ids = torch.randint(0, 200, (2, 10))
        params = DecodingParams(strategy="sample", **random_settings(rng))
        records = []
        filters = build_filters(params, {}, CPU)
        processed = apply_filters(filters, ids, scores, records)
        assert [r.name for r in records] == ["vocabulary", *(f.name for f in filters)]
        for row, left in zip(records[-1].rows, processed, strict=True):
            assert (row.alive == (left > -torch.inf).numpy()).all()
        for before, record in pairwise(records):
            for old, new, kept in zip(before.rows, record.rows, record.mass_kept, strict=True):
                assert not (new.alive & ~old.alive).any()
                assert kept == pytest.approx(old.probs(new.alive.nonzero()[0]).sum(), abs=1e-12)
                assert kept == 1.0 or record.kind == "cut"


def test_masses_are_those_of_the_distribution_that_enters():
    scores = torch.log(torch.tensor([[0.5, 0.3, 0.2]]))
    params = DecodingParams(strategy="sample", top_k=2, top_p=0.6)
    records = []
    apply_filters(build_filters(params, {}, CPU), torch.tensor([[0]]), scores, records)
    assert records[1].mass_kept == pytest.approx((0.8,))
    assert records[2].mass_kept == pytest.approx((0.5 / 0.8,))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused(bad):
    logits = torch.zeros(2, 5)
    logits[1, 3] = bad
    with pytest.raises(EngineError) as error:
        require_finite(logits)
    assert error.value.code == "invalid_logits"


def test_a_row_without_any_token_left_is_refused():
    with pytest.raises(EngineError):
        require_finite(torch.full((1, 4), -torch.inf))


@pytest.mark.parametrize("vocab", [300, 3000, 40_000])
@pytest.mark.parametrize("top_p", [0.05, 0.6, 0.9, 0.99, 0.9999])
def test_the_bounded_nucleus_is_the_one_of_a_full_sort(vocab, top_p):
    torch.manual_seed(vocab)
    for sharpness in (0.1, 1.0, 4.0):
        scores = torch.randn(3, vocab) * sharpness
        for tied in (scores, (scores * 4).round() / 4):
            tied[1, ::3] = -torch.inf
            ours, theirs = TopP(top_p)(None, tied), TopP.__mro__[1](top_p)(None, tied.clone())
            # Which of equals at the boundary stays is free; how many, and their mass, is not.
            for mine, other in zip(ours, theirs, strict=True):
                kept = mine[mine > -torch.inf].sort().values
                assert torch.equal(kept, other[other > -torch.inf].sort().values)
