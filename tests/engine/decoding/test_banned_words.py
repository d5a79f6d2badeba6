import random
import re
import unicodedata

import pytest
import torch

from engine import DecodingParams, EngineError, GenerationRequest
from engine.decoding.banned_words import BannedWords
from engine.text import Vocabulary
from tests.engine.tiny import byte_level_tokenizer, complete, request


def fold(text):
    return unicodedata.normalize("NFC", text.casefold())


def words_in(text):
    return re.findall(r"[^\W_]+", fold(text))


def count_phrases(text, phrases):
    words = words_in(text)
    total = 0
    for phrase in phrases:
        wanted = words_in(phrase)
        total += sum(words[i : i + len(wanted)] == wanted for i in range(len(words)))
    return total


def spell(tokenizer, *pieces):
    """Tokens of the pieces, each tokenized alone."""
    return [i for piece in pieces for i in tokenizer(piece)["input_ids"]]


@pytest.fixture(scope="module")
def tokenizer():
    return byte_level_tokenizer(600)


@pytest.fixture(scope="module")
def vocabulary(tokenizer):
    return Vocabulary(tokenizer)


PHRASES = ("puta", "coño", "n1ño", "la vida", "el PAPÁ de Ana", "años")


@pytest.fixture(scope="module")
def banned(tokenizer, vocabulary):
    return BannedWords(vocabulary, len(tokenizer), PHRASES)


@pytest.mark.parametrize(
    ("before", "token", "is_cut"),
    [
        (["pu", "t"], "a", True),
        (["PU", "T"], "A", True),
        (["dis", "pu", "t"], "a", False),
        (["com", "pu", "t"], "a", False),
        (["hola ", "put"], "a", True),
        (["hola_", "put"], "a", True),
        (["pút"], "a", False),
        (["ano"], "s", False),
        (["n1ñ"], "o", True),
        (["con"], "o", False),
        (["la", " vid"], "a", True),
        (["la", ", vid"], "a", True),
        (["ala", " vid"], "a", False),
        (["la mala", " vid"], "a", False),
        (["el papá, de", " An"], "a", True),
        (["el papa de", " An"], "a", False),
        (["papá de", " An"], "a", False),
        ([" puta"], " ", False),
        ([" puta"], ".", False),
    ],
)
def test_tokens_that_complete_a_banned_word_are_cut(tokenizer, banned, before, token, is_cut):
    (token_id,) = spell(tokenizer, token)
    assert (token_id in banned.banned_after(spell(tokenizer, *before))) == is_cut


def test_a_word_whose_letter_is_split_over_tokens_is_recognised(tokenizer, banned):
    # ñ is two bytes, and each can be a token.
    first, second = (tokenizer.convert_tokens_to_ids(piece) for piece in ("Ã", "±"))
    assert "coño" in PHRASES
    start = spell(tokenizer, " a")
    (o,) = spell(tokenizer, "o")
    assert tokenizer.decode([*start, first, second]) == " añ"
    (space, c) = spell(tokenizer, " ", "c")
    assert o in banned.banned_after([space, c, o, first, second])
    assert o not in banned.banned_after([*start, c, o, first, second])


def test_what_is_cut_is_what_would_complete_a_word(tokenizer, vocabulary, banned):
    rng = random.Random(4)
    fragments = [
        "pu",
        "ta",
        " ",
        "co",
        "ñ",
        "o",
        "la",
        "vida",
        " vid",
        "años",
        "a",
        ", ",
        "el",
        " papá",
    ]
    fragments += [" de ", "An", "ana", "Ã", "±", "n1"]
    for _ in range(150):
        ids = spell(tokenizer, *rng.choices(fragments, k=rng.randint(1, 8)))
        before = count_phrases(vocabulary.decode(ids), PHRASES)
        cut = banned.banned_after(ids)
        for token_id in rng.sample(range(len(tokenizer)), 60) + rng.sample(
            sorted(cut), min(9, len(cut))
        ):
            after = vocabulary.decode([*ids, token_id])
            # A word that was complete already can be made longer, never be completed again.
            if token_id in cut:
                assert count_phrases(after, PHRASES) > before, (vocabulary.decode(ids), after)
            else:
                assert count_phrases(after, PHRASES) <= before, (vocabulary.decode(ids), after)


def test_no_text_contains_a_banned_word(tiny_model):
    loaded = tiny_model("gpt2", spread=0.05)
    free = complete(loaded, request(strategy="sample", seed=3, max_new_tokens=50, attempts=8))
    found = [w for a in free.attempts for w in words_in(a.text) if w.isascii()]
    phrases = tuple(sorted(set(found)))
    assert len(phrases) > 10
    clean = complete(
        loaded,
        request(strategy="sample", seed=3, max_new_tokens=50, attempts=8, bad_words=phrases),
    )
    for attempt in clean.attempts:
        assert not set(words_in(attempt.text)[1:]) & set(phrases)


@pytest.mark.parametrize("sign", ["🖕", "❤️", "🇪🇸", "¬¬", ":("])
@pytest.mark.parametrize("prefix", ["hola ", "hola", "¡", "😀"])
def test_a_sign_is_cut_at_the_token_that_completes_it(tokenizer, vocabulary, sign, prefix):
    banned = BannedWords(vocabulary, len(tokenizer), [sign, "puta"])
    bare = sign.removesuffix("\ufe0f")
    *before, last = spell(tokenizer, prefix, bare)
    for count in range(len(before)):
        assert before[count] not in banned.banned_after(before[:count])
    assert last in banned.banned_after(before)
    # What has been written already is completed no second time.
    assert not banned.banned_after([*before, last]) & {*spell(tokenizer, " ", "a", "\ufe0f")}


def test_no_text_contains_a_banned_sign(tiny_model):
    loaded = tiny_model("gpt2", spread=0.05)
    wanted = {"strategy": "sample", "seed": 3, "max_new_tokens": 50, "attempts": 8}
    free = complete(loaded, request(**wanted))
    found = {c for a in free.attempts for c in a.text if not c.isalnum() and not c.isspace()}
    signs = tuple(sorted(found - {"\ufffd"}))
    assert len(signs) > 5
    clean = complete(loaded, request(**wanted, bad_words=signs))
    assert not set("".join(attempt.text for attempt in clean.attempts)) & set(signs)


@pytest.mark.parametrize("strategy", ["greedy", "beam"])
def test_the_word_list_is_a_stage_that_says_what_it_removed(tiny_model, strategy):
    loaded = tiny_model("gpt2")
    params = DecodingParams(strategy=strategy, num_beams=2, bad_words=("a", "e"), max_new_tokens=3)
    wanted = GenerationRequest(prompt="La vida ", params=params, trace_top_n=100)
    step = complete(loaded, wanted).attempts[0].steps[0]
    assert [s.name for s in step.stages] == ["vocabulary", "bad_words", "draw"]
    removed = {c.text for c in step.candidates if c.removed_by == "bad_words"}
    assert {text.strip().lower() for text in removed} <= {"a", "e"}
    assert removed
    assert step.stages[1].tokens_removed >= len(removed)


def test_a_list_that_forbids_everything_ends_in_an_error(tiny_model):
    loaded = tiny_model("gpt2")
    ids = torch.zeros((1, 3), dtype=torch.long)
    words = BannedWords(loaded.vocabulary, loaded.vocab_size, ("a",))
    words.banned_after = lambda _: set(range(loaded.vocab_size))
    assert not torch.isfinite(words(ids, torch.zeros(1, loaded.vocab_size))).any()
    object.__setattr__(loaded, "banned_words", {("nada",): words})
    try:
        with pytest.raises(EngineError) as error:
            complete(loaded, request(bad_words=("nada",)))
    finally:
        object.__setattr__(loaded, "banned_words", {})
    assert error.value.code == "invalid_logits"
