"""The first new token begins a word, or goes on with none."""

import pytest
import torch

from engine.decoding.filter import Filter
from engine.decoding.stages import apply_filters
from engine.decoding.word_start import WholeWordStart, WordStartIndex
from engine.text import Vocabulary
from tests.engine import tokenizers
from tests.engine.decoding.vocabularies import ListedVocabulary
from tests.engine.tiny import byte_level_tokenizer, complete, request

PIECES = (
    b"",
    *(
        text.encode()
        for text in (" ", "Andes", "a", "ña", "7", "\u0301", "-", ".", " a", "«", "的")
    ),
    "ñ".encode()[:1],
    "ñ".encode()[1:],
    "🦄".encode()[:2],
    "🦄".encode()[:1],
    "—".encode()[:2],
)
JOINED = {
    "Andes",
    "a",
    "ña",
    "7",
    "\u0301",
    "的",
    "ñ".encode()[:1],
    "🦄".encode()[:1],
    # «🄀» is a digit with a dot.
    "🦄".encode()[:2],
}
INDEX = WordStartIndex(ListedVocabulary(PIECES), len(PIECES))


def removed(before, scores=None):
    ids = [PIECES.index(text.encode()) for text in before]
    scores = torch.zeros(1, len(PIECES)) if scores is None else scores
    process = WholeWordStart(INDEX, prompt_tokens=len(ids))
    processed = process(torch.tensor([ids]), scores)
    gone = (processed[0] == -torch.inf) & (scores[0] > -torch.inf)
    return {PIECES[i] for i in gone.nonzero().flatten().tolist()}


def test_what_would_go_on_with_the_last_word_is_cut():
    expected = {text if isinstance(text, bytes) else text.encode() for text in JOINED}
    for before in (["Andes"], [" ", "7"], ["a", "\u0301"]):
        assert removed(before) == expected


@pytest.mark.parametrize("before", [["Andes", " "], ["a", "."], ["a", "-"], [" ", "的"]])
def test_elsewhere_nothing_is(before):
    assert removed(before) == set()


def test_a_row_that_has_nothing_else_keeps_what_it_has():
    scores = torch.full((1, len(PIECES)), -torch.inf)
    scores[0, [0, PIECES.index(b"a")]] = 0.0
    assert removed(["Andes"], scores) == set()
    scores[0, PIECES.index(b".")] = -9.0
    assert removed(["Andes"], scores) == {b"a"}


def test_only_the_first_new_token_counts():
    process = WholeWordStart(INDEX, prompt_tokens=1)
    scores = torch.zeros(1, len(PIECES))
    ids = torch.tensor([[PIECES.index(b"Andes"), PIECES.index(b"a")]])
    assert process(ids, scores) is scores


@pytest.mark.parametrize("kind", ["bytes", "gemma", "llama", "gpt1", "words"])
def test_every_tokenizer_has_tokens_that_begin_a_word(kind):
    makers = {
        "bytes": byte_level_tokenizer,
        "gemma": tokenizers.gemma,
        "llama": tokenizers.llama,
        "gpt1": tokenizers.gpt1,
        "words": tokenizers.words,
    }
    tokenizer = makers[kind]()
    vocabulary = Vocabulary(tokenizer)
    ids = tokenizer("la vida", add_special_tokens=False)["input_ids"]
    process = WholeWordStart(WordStartIndex(vocabulary, len(tokenizer)), len(ids))
    processed = process(torch.tensor([ids]), torch.zeros(1, len(tokenizer)))
    for token_id in (processed[0] > -torch.inf).nonzero().flatten().tolist():
        text = vocabulary.decode([*ids, token_id])
        added = text.removeprefix(vocabulary.decode(ids))
        assert not added[:1].isalnum(), added


@pytest.mark.parametrize(
    "strategy",
    [
        {},
        {"strategy": "sample", "temperature": 2.0, "attempts": 8},
        {"strategy": "beam", "num_beams": 4, "attempts": 4},
        {"strategy": "contrastive", "top_k": 5, "penalty_alpha": 0.6},
    ],
)
def test_every_strategy_begins_with_a_word(tiny_model, strategy):
    loaded = tiny_model("gpt2", spread=0.2)
    asked = request("La vida", max_new_tokens=4, whole_word_start=True, **strategy)
    done = complete(loaded, asked)
    assert not any(attempt.text[:1].isalnum() for attempt in done.attempts)


def test_a_text_that_is_gone_on_with_may_go_on_in_a_word(tiny_model):
    loaded = tiny_model("gpt2", spread=0.2)
    whole = complete(loaded, request("La vida", max_new_tokens=6, whole_word_start=True))
    ids = whole.attempts[0].token_ids
    for start in range(1, 6):
        rest = request(
            "La vida", prefix_ids=ids[:start], max_new_tokens=6 - start, whole_word_start=True
        )
        assert complete(loaded, rest).attempts[0].token_ids == ids[start:]


def test_a_cut_that_spares_everything_is_recorded_as_one_that_removed_nothing():
    scores = torch.full((1, len(PIECES)), -torch.inf)
    scores[0, PIECES.index(b"a")] = 0.0
    process = WholeWordStart(INDEX, prompt_tokens=1)
    stage = Filter("whole_word_start", "cut", False, process, is_momentary=True)
    records = []
    apply_filters([stage], torch.tensor([[PIECES.index(b"Andes")]]), scores, records)
    assert [record.name for record in records] == ["vocabulary", "whole_word_start"]
    assert records[-1].mass_kept == (1.0,)
    assert records[-1].rows[0].count == 1
