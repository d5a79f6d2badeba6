"""The shortcuts of the word list's index change nothing that it finds."""

from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decoding.banned_words import BannedWords, _visible
from engine.text import incomplete_tail
from engine.words import fold, is_word_character, words_of

TOKENS = st.lists(st.text("abñÁ1 -,\u0301", max_size=4), min_size=1, max_size=12, unique=True)
PHRASES = st.lists(st.text("abñá1 ", min_size=1, max_size=5).filter(str.strip), max_size=4)


class ListedVocabulary:
    """Tokens that are given as texts."""

    def __init__(self, texts) -> None:
        self._data = [text.encode() for text in texts]

    def bytes_of(self, token_id):
        return self._data[token_id]


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
    assert _visible(data) == data[: len(data) - incomplete_tail(data)].decode(errors="replace")


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
