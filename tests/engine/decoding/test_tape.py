"""What is worked out later, and what is edited in place, against what is done at once."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decoding.distribution import Distribution, Sheet
from engine.decoding.filter import Filter
from engine.decoding.tape import Tape
from engine.decoding.task import model_filters
from engine.ordering import best_ids, best_of_rows
from tests.engine.tiny import complete, request

FOR_PEOPLE = {"whole_word_start": True, "plain_text": True, "sentence_end_tokens": 6}
SETTINGS = [
    {"temperature": 0.5, "top_p": 0.9, "repetition_penalty": 1.15, **FOR_PEOPLE},
    {"temperature": 1.5, "min_p": 0.05, "repetition_penalty": 1.05, **FOR_PEOPLE},
    {"top_k": 9, "top_p": 0.8, "min_p": 0.1, "no_repeat_ngram_size": 2, "bad_words": ("a",)},
    {"temperature": 0.8, "top_p": 0.95},
]


@pytest.mark.parametrize("chosen", SETTINGS)
def test_steps_worked_out_later_are_those_worked_out_at_once(tiny_model, monkeypatch, chosen):
    loaded = tiny_model("gpt2", spread=0.3)
    wanted = {"strategy": "sample", "attempts": 2, "max_new_tokens": 20, "seed": 8, **chosen}
    later = complete(loaded, request(trace_top_n=5, **wanted))
    kept = []
    with monkeypatch.context() as patch:
        patch.setattr(Tape, "keep", lambda _self, *frame: kept.append(frame))
        complete(loaded, request(trace_top_n=5, **wanted))
    assert len(kept) > 10
    monkeypatch.setattr(Tape, "takes", lambda _filters: False)
    at_once = complete(loaded, request(trace_top_n=5, **wanted))
    assert later.attempts == at_once.attempts


@pytest.mark.parametrize("chosen", SETTINGS)
def test_a_row_is_edited_to_what_the_filter_makes_of_it(tiny_model, chosen):
    loaded = tiny_model("gpt2", spread=0.3)
    params = request(strategy="sample", max_new_tokens=4, **chosen).params.resolved()
    stages = [f for f in model_filters(loaded, params, context_tokens=6) if not f.is_warper]
    torch.manual_seed(1)
    for length in (6, 7, 10, 12):
        ids = torch.randint(0, loaded.vocab_size, (1, length))
        scores = torch.randn(1, loaded.vocab_size) * 5
        for stage in stages:
            row = scores[0].numpy().copy()
            has_acted = stage.edit(ids[0].numpy(), row)
            processed = stage.process(ids, scores)
            assert row.tobytes() == processed[0].numpy().tobytes()
            assert has_acted == (processed is not scores) or not stage.is_momentary


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.sampled_from([5, 300, 3000]), st.sampled_from([0.0, 0.4, 0.95]))
def test_rows_of_a_sheet_are_the_distributions_of_each(seed, vocab, share):
    rng = np.random.default_rng(seed)
    rows = rng.normal(scale=4, size=(4, vocab)).astype(np.float32).round(rng.integers(0, 3))
    rows[1:][rng.random((3, vocab)) < share] = -np.inf
    cut = rows.copy()
    cut[2:][rng.random((2, vocab)) < 0.5] = -np.inf
    before = Sheet(rows)
    after = Sheet(cut, before)
    ids = np.arange(vocab)
    for sheet, scores in ((before, rows), (after, cut)):
        for one, row in zip(sheet.rows, scores, strict=True):
            lone = Distribution(torch.from_numpy(row))
            assert one.count == lone.count
            assert one.entropy_bits == lone.entropy_bits
            assert (one.probs(ids) == lone.probs(ids)).all()
            assert one.best(4) == lone.best(4) == best_ids(row, 4)[:4].tolist()
    for i in range(4):
        whole, left = (Distribution(torch.from_numpy(scores[i])) for scores in (rows, cut))
        assert before.rows[i].mass_of(after.rows[i]) == whole.mass_of(left)
    assert best_of_rows(rows, 3) == [best_ids(row, 3)[:3].tolist() for row in rows]


def test_an_edit_that_fails_ends_its_own_request_only(tiny_model, monkeypatch):
    loaded = tiny_model("gpt2", spread=0.3)
    wanted = {"strategy": "sample", "max_new_tokens": 6, "seed": 8, "repetition_penalty": 1.2}
    unharmed = complete(loaded, request(**wanted))
    monkeypatch.setattr(Filter, "edit", lambda *_: 1 / 0)
    assert complete(loaded, request(**wanted)).attempts == unharmed.attempts


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.sampled_from([3, 40, 9000]))
def test_sums_without_logarithms_are_those_with_them(seed, vocab):
    rows = np.random.default_rng(seed).normal(scale=9, size=(3, vocab)).astype(np.float32)
    rows[1, ::2] = -np.inf
    alone, first = Sheet(rows), Sheet(rows)
    ids = np.arange(vocab)
    for one, other in zip(alone.rows, first.rows, strict=True):
        assert (one.probs(ids).tobytes(), one.surprisal_bits(1)) == (
            # Its entropy is asked for before, so that all sums are known.
            (other.entropy_bits >= 0 and other.probs(ids).tobytes()),
            other.surprisal_bits(1),
        )
        assert one.entropy_bits == other.entropy_bits
