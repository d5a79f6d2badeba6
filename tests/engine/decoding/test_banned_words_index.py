"""The shortcuts of the word list's index change nothing that it finds."""

from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decoding.banned_words import BannedWords
from engine.utf8 import incomplete_tail, visible
from engine.words import fold, is_word_character, words_of
from tests.engine.decoding.vocabularies import ListedVocabulary

TOKENS = st.lists(
    st.text("abnñÁＡ1 -,\u0301\u0303\u0336\u200b", max_size=4),
    min_size=1,
    max_size=12,
    unique=True,
)
PHRASES = st.lists(st.text("abnñá1 ", min_size=1, max_size=5).filter(str.strip), max_size=4)


BYTES = st.lists(
    st.text("🖕🖖❤\ufe0f!a ", max_size=3).flatmap(
        lambda text: st.integers(0, 3).map(lambda start: text.encode()[start:])
    )
    | st.sampled_from("🖕".encode()[:3]).map(lambda byte: bytes([byte])),
    min_size=1,
    max_size=12,
    unique=True,
)
SIGNS = st.lists(st.text("🖕❤!\ufe0f", min_size=1, max_size=3), min_size=1, max_size=3)


def words_by_the_book(text):
    return ["".join(run) for is_word, run in groupby(text, is_word_character) if is_word]


def completed(text, phrases):
    """Count the places of a folded text where a phrase ends, the text's end being a boundary."""
    words = words_by_the_book(text)
    return sum(
        words[end - len(phrase) : end] == phrase
        for phrase in phrases
        for end in range(len(phrase), len(words) + 1)
    )


@settings(deadline=None, derandomize=True, max_examples=500)
@given(st.text() | st.text("ab ñ\u0301\u00a0\t-१"))
def test_the_words_of_a_text_are_its_runs_of_word_characters(text):
    assert words_of(fold(text)) == words_by_the_book(fold(text))


@settings(deadline=None, derandomize=True, max_examples=500)
@given(st.binary(max_size=8) | st.text(max_size=4).map(lambda text: text.encode()[:-1]))
def test_what_is_visible_is_all_but_the_character_that_is_not_finished(data):
    assert visible(data) == data[: len(data) - incomplete_tail(data)].decode(errors="replace")


@settings(deadline=None, derandomize=True, max_examples=600)
@given(TOKENS, PHRASES, st.data())
def test_the_index_finds_the_tokens_that_complete_a_phrase_and_no_others(texts, phrases, data):
    banned = BannedWords(ListedVocabulary(texts), len(texts), phrases)
    wanted = [words for words in {tuple(words_by_the_book(fold(p))) for p in phrases} if words]
    wanted = [list(words) for words in wanted]
    ids = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=6))
    before = "".join(texts[i] for i in ids)
    cut = banned.banned_after(ids)
    for token_id, text in enumerate(texts):
        count = completed(fold(before + text), wanted)
        earlier = completed(fold(before), wanted)
        if token_id in cut:
            assert count > 0
        else:
            assert count <= earlier


def signs_by_the_book(data):
    """Return the whole characters, without what only varies a sign."""
    return visible(data).replace("\ufe0f", "")


@settings(deadline=None, derandomize=True, max_examples=600)
@given(BYTES, SIGNS, st.data())
def test_the_index_finds_the_tokens_that_complete_a_sign_and_no_others(tokens, signs, data):
    banned = BannedWords(ListedVocabulary(tokens), len(tokens), signs)
    wanted = {sign.replace("\ufe0f", "") for sign in signs} - {""}
    ids = data.draw(st.lists(st.integers(0, len(tokens) - 1), max_size=6))
    written = b"".join(tokens[i] for i in ids)
    before = signs_by_the_book(written)
    cut = banned.banned_after(ids)
    for token_id, token in enumerate(tokens):
        after = signs_by_the_book(written + token)
        # As far back as a sign reaches that the token has a part of.
        is_completed = any(sign in after[max(0, len(before) - len(sign) + 1) :] for sign in wanted)
        assert (token_id in cut) == is_completed, (written, token)
