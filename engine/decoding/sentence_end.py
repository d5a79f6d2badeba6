"""A text that may go on a little behind its limit, up to the end of a sentence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

from engine.decoding.filter import Floats, Ids
from engine.sentences import (
    LIFT_NATS,
    LONGEST_SHORTENED,
    MARKS,
    SHORTENED,
    ends_paragraph,
    ends_sentence,
    is_shortened,
    last_word,
    without_closing,
)
from engine.text import LONGEST_LOOK_TOKENS, Vocabulary, recent_bytes
from engine.utf8 import is_continuation, visible
from engine.words import is_word_character

_MOST_WORDS = 64
_TAIL_CHARACTERS = LONGEST_SHORTENED + 2


class SentenceIndex:
    """The tokens that end sentences, found once.

    Args:
        vocabulary: Tokens of the model.
        vocab_size: Width of a row of scores.
    """

    def __init__(self, vocabulary: Vocabulary, vocab_size: int) -> None:
        self._vocabulary = vocabulary
        self._sure: list[int] = []
        # The tokens whose dot ends a sentence or not by the word that it stands behind, by the
        # letters of that word that they bring along.
        self._by_rest: dict[str, list[int]] = defaultdict(list)
        for token_id in range(vocab_size):
            text = visible(vocabulary.bytes_of(token_id))
            if any(mark in text for mark in MARKS):
                self._sort(token_id, text)
        self._risky = tuple(rest for rest in self._by_rest if _may_be_shortened(rest))
        self._without = lru_cache(maxsize=_MOST_WORDS)(self._find)

    def _sort(self, token_id: int, text: str) -> None:
        body = without_closing(text)
        rest = body[:-1]
        is_open = body.endswith(".") and len(rest) <= LONGEST_SHORTENED
        if is_open and all(map(is_word_character, rest)):
            self._by_rest[rest].append(token_id)
        elif ends_sentence(text):
            self._sure.append(token_id)

    def is_end(self, ids: Sequence[int]) -> bool:
        """Tell whether a text may stop behind these tokens.

        Args:
            ids: All its tokens, the context's first.
        """
        text = self._tail(ids)
        return ends_sentence(text) or ends_paragraph(text)

    def ending(self, ids: Sequence[int]) -> Tensor:
        """Return the tokens that end a sentence behind others.

        Args:
            ids: All tokens of the text, the context's first.

        Returns:
            Token ids, int64, shape (tokens,), ascending.
        """
        text = self._tail(ids)
        word = last_word(text)
        open_rests = frozenset(rest for rest in self._risky if is_shortened(word + rest))
        return self._without(open_rests)

    def _find(self, open_rests: frozenset[str]) -> Tensor:
        """Return what ends a sentence, without the dots behind some rests of words."""
        found = list(self._sure)
        for rest, token_ids in self._by_rest.items():
            if rest not in open_rests:
                found += token_ids
        return torch.tensor(sorted(found), dtype=torch.long)

    def _tail(self, ids: Sequence[int]) -> str:
        return visible(recent_bytes(self._vocabulary, ids, _is_enough))


class SentenceEnd:
    """Lifts what ends a sentence, the more the fewer tokens are left for it.

    The lift grows evenly from the first token behind the limit, where it is a share of
    `LIFT_NATS`, to the last, which gets all of it; so a text ends at the next good place rather
    than at any. Nothing is removed.

    Args:
        index: Of the model's vocabulary.
        first: Tokens before the first that may be lifted: the context and the limit.
        tokens: Tokens that may come behind the limit.
    """

    def __init__(self, index: SentenceIndex, first: int, tokens: int) -> None:
        self._index = index
        self._first = first
        self._tokens = tokens

    def __call__(self, ids: Tensor, scores: Tensor) -> Tensor:
        """Lift those tokens; before the limit return the scores themselves.

        Args:
            ids: Tokens so far, int64, shape (rows, length).
            scores: float32, shape (rows, vocab).
        """
        if ids.shape[1] < self._first:
            return scores
        lifted = scores.clone()
        for row, tokens in enumerate(ids.tolist()):
            lifted[row, self._index.ending(tokens).to(scores.device)] += self._lift(ids.shape[1])
        return lifted

    def edit(self, ids: Ids, scores: Floats) -> bool:
        """Do the same to one row where it is."""
        if len(ids) < self._first:
            return False
        ending = self._index.ending(ids[-LONGEST_LOOK_TOKENS:].tolist())
        scores[ending.numpy()] += self._lift(len(ids))
        return True

    def _lift(self, length: int) -> float:
        return LIFT_NATS * min(1.0, (length - self._first + 1) / self._tokens)

    def is_end(self, ids: Sequence[int]) -> bool:
        """Tell whether a text that has reached its limit ends here.

        Args:
            ids: All its tokens, the context's first.
        """
        return self._index.is_end(ids)


def _is_enough(data: bytes) -> bool:
    """Tell whether what decides stands in some bytes: the last word, before its marks."""
    if is_continuation(data):
        return False
    text = visible(data)
    body = without_closing(without_closing(text).rstrip(MARKS))
    return len(body) > _TAIL_CHARACTERS


def _may_be_shortened(rest: str) -> bool:
    """Tell whether a dot may be part of some word that ends so."""
    folded = rest.casefold()
    return is_shortened(rest) or any(word.endswith(folded) for word in SHORTENED)
