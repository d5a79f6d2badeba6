"""A text goes on behind its limit up to the end of a sentence."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.decoding.sentence_end import SentenceEnd, SentenceIndex
from engine.sentences import LIFT_NATS, ends_paragraph, ends_sentence
from engine.utf8 import visible
from tests.engine.decoding.vocabularies import ListedVocabulary
from tests.engine.tiny import N_POSITIONS, complete, request

TEXTS = (
    *("", "casa", " Sr", "sr", "S", "r", "a", " a", "12", "1", "500", "1990", "pá", "g", "gs"),
    *(".", "..", "...", "…", "?", "!", ".»", ".)", " .", ". ", ".\n\n", "?»\n", "r.", "g.", "gs."),
    *("a.", "5.", "12.", "casa.", " Sr.", "etc.", "»", ")", " ", "\n", "\n\n", ":", ",", "¿", ".a"),
)
INDEX = SentenceIndex(ListedVocabulary(TEXTS), len(TEXTS))
IDS = st.lists(st.integers(0, len(TEXTS) - 1), max_size=6)


def text_of(ids):
    return "".join(TEXTS[i] for i in ids)


@given(ids=IDS)
def test_what_ends_a_sentence_is_found_whatever_stands_before(ids):
    text = text_of(ids)
    if ends_sentence(text):
        return
    expected = [i for i, added in enumerate(TEXTS) if ends_sentence(text + added)]
    assert INDEX.ending(ids).tolist() == expected


@given(ids=IDS)
def test_the_end_is_found_whatever_the_tokens_are(ids):
    text = text_of(ids)
    assert INDEX.is_end(ids) == (ends_sentence(text) or ends_paragraph(text))


def test_the_lift_grows_with_every_token_behind_the_limit():
    stage = SentenceEnd(INDEX, first=3, tokens=4)
    word, dot = TEXTS.index("casa"), TEXTS.index(".")
    scores = torch.randn(1, len(TEXTS))
    before = torch.tensor([[word, word]])
    assert stage(before, scores) is scores
    for behind, share in enumerate((0.25, 0.5, 0.75, 1.0)):
        lifted = stage(torch.tensor([[word] * (3 + behind)]), scores)
        assert lifted[0, dot] - scores[0, dot] == pytest.approx(share * LIFT_NATS, abs=1e-5)
        assert lifted[0, word] == scores[0, word]


STRATEGIES = (
    {},
    {"strategy": "sample", "temperature": 1.5, "attempts": 5},
    {"strategy": "sample_and_rank", "attempts": 4},
    {"strategy": "beam", "num_beams": 4, "attempts": 4},
    {"strategy": "beam_sample", "num_beams": 3, "attempts": 3},
    {"strategy": "diverse_beam", "num_beams": 4, "num_beam_groups": 2, "attempts": 4},
    {"strategy": "contrastive", "top_k": 6, "penalty_alpha": 0.4},
)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.get("strategy", "greedy"))
def test_texts_end_with_a_sentence_or_have_used_all_their_tokens(tiny_model, strategy):
    loaded = tiny_model("llama", spread=0.1)
    reasons = set()
    for seed in range(4):
        asked = request(seed=seed, max_new_tokens=5, sentence_end_tokens=20, **strategy)
        for attempt in complete(loaded, asked).attempts:
            reasons.add(attempt.finish_reason)
            tokens = len(attempt.token_ids)
            if attempt.finish_reason == "sentence":
                assert 5 <= tokens <= 25
                text = visible(b"".join(map(loaded.vocabulary.bytes_of, attempt.token_ids)))
                assert ends_sentence(text) or ends_paragraph(text)
            elif attempt.finish_reason == "length":
                assert tokens == 25
    assert "sentence" in reasons


def test_a_text_is_the_same_up_to_its_limit(tiny_model):
    loaded = tiny_model("llama", spread=0.1)
    for strategy in STRATEGIES[:3]:
        plain = complete(loaded, request(seed=3, max_new_tokens=8, **strategy))
        longer = complete(
            loaded, request(seed=3, max_new_tokens=8, sentence_end_tokens=9, **strategy)
        )
        by_die = {longer.die_of(i): a.token_ids for i, a in enumerate(longer.attempts)}
        for i, attempt in enumerate(plain.attempts):
            assert by_die[plain.die_of(i)][: len(attempt.token_ids)] == attempt.token_ids


def test_a_sentence_that_ends_at_the_limit_ends_the_text(tiny_model):
    loaded = tiny_model("llama", spread=0.1)
    found = 0
    for seed in range(8):
        drawn = {"seed": seed, "strategy": "sample", "temperature": 1.5}
        (plain,) = complete(loaded, request(max_new_tokens=30, **drawn)).attempts
        data = [loaded.vocabulary.bytes_of(i) for i in plain.token_ids]
        texts = [visible(b"".join(data[:length])) for length in range(1, len(data))]
        for length, text in enumerate(texts, start=1):
            if ends_sentence(text):
                found += 1
                asked = request(max_new_tokens=length, sentence_end_tokens=20, **drawn)
                (attempt,) = complete(loaded, asked).attempts
                assert attempt.finish_reason == "sentence"
                assert attempt.token_ids == plain.token_ids[:length]
    assert found


def test_the_model_s_sight_is_a_limit_too(tiny_model):
    loaded = tiny_model("llama", spread=0.1)
    asked = request("La", max_new_tokens=N_POSITIONS - 4, sentence_end_tokens=200, bad_words=("x",))
    (attempt,) = complete(loaded, asked).attempts
    assert attempt.finish_reason in ("context", "eos", "sentence")
    assert len(attempt.token_ids) < N_POSITIONS
