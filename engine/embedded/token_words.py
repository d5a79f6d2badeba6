"""Which tokens of a text make a word together, and which of them are hidden."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

_SHARE_OF_MARKS = 0.25
"""Of the punctuation that is hidden as often as a word would be."""
_SHARE_OF_SPLIT_WORDS = 0.03
"""The same of words of several tokens: a gap, which is one token, is never such a word."""


class TokenWords:
    """Which tokens of a text make a word together.

    Args:
        tokenizer: Byte-level BPE.
        chances: Of each token, how likely a word of such tokens is hidden, shape (tokens,), each
            above 0; None: all alike.
    """

    def __init__(self, tokenizer: Tokenizer, chances: NDArray[np.float64] | None = None) -> None:
        pieces = [_piece(tokenizer, token) for token in range(tokenizer.get_vocab_size())]
        self._goes_on = np.array([piece[:1].isalpha() for piece in pieces])
        self._may_go_on = np.array([piece[-1:].isalpha() for piece in pieces])
        self._is_word = np.array([any(map(str.isalpha, piece)) for piece in pieces])
        self._is_break = np.array([not piece.strip() for piece in pieces])
        self._chances = np.ones(len(pieces)) if chances is None else chances

    def groups(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where words and marks begin in a text. Shape (groups,)."""
        goes_on = np.zeros(len(ids), bool)
        goes_on[1:] = self._goes_on[ids[1:]] & self._may_go_on[ids[:-1]]
        return np.flatnonzero(~goes_on)

    def is_word(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each token has a letter."""
        found: NDArray[np.bool_] = self._is_word[ids]
        return found

    def hidden_places(
        self, ids: NDArray[np.int64], count: int, dice: np.random.Generator
    ) -> NDArray[np.int64]:
        """Choose tokens to hide: whole words, some marks, no line breaks while there is a choice.

        Args:
            ids: A text, shape (tokens,).
            count: How many tokens, at most `tokens`.
            dice: Of the choice.

        Returns:
            Different places. Shape (count,).
        """
        begins = self.groups(ids)
        sizes = np.diff(np.append(begins, len(ids)))
        # A word that the window cuts is hidden as a whole but for what is outside: leave it.
        is_whole = np.ones(len(begins), bool)
        is_whole[-1] = False
        likely = self._chances[ids[begins]]
        likely = likely * np.where(self._is_word[ids[begins]], 1.0, _SHARE_OF_MARKS)
        likely[sizes > 1] = _SHARE_OF_SPLIT_WORDS
        likely[self._is_break[ids[begins]] | ~is_whole] = 1e-6
        # The order of a draw without replacement by weight (Efraimidis & Spirakis, 2006).
        order = np.argsort(-(dice.random(len(begins)) ** (1.0 / likely)), kind="stable")
        chosen: list[int] = []
        for group in order.tolist():
            if len(chosen) + sizes[group] <= count:
                chosen.extend(range(begins[group], begins[group] + sizes[group]))
            if len(chosen) == count:
                break
        rest = np.setdiff1d(np.arange(len(ids)), chosen)
        chosen.extend(rest[: count - len(chosen)].tolist())
        return np.array(chosen, np.int64)


def chances_by_rarity(ids: NDArray[np.uint16], size: int, common: float) -> NDArray[np.float64]:
    """Return how likely each token is hidden: the common ones less often than they occur.

    Half of a text is «de», «la», «que», which the words beside them give away; to hide those less
    often leaves more to learn of the others (Mikolov et al., 2013, subsampling of frequent words).

    Args:
        ids: A text.
        size: Of the vocabulary.
        common: Share of the text from which a token is common; 0: none is.

    Returns:
        Shape (size,), between 0 and 1, none of them 0.
    """
    shares = np.bincount(ids, minlength=size) / max(1, len(ids))
    return np.minimum(1.0, np.sqrt(common / np.maximum(shares, 1e-12))) if common else np.ones(size)


def _piece(tokenizer: Tokenizer, token: int) -> str:
    """Return what a token writes, nothing for a special one; half a letter counts as a letter."""
    if token in tokenizer.get_added_tokens_decoder():
        return ""
    return tokenizer.decode([token]).replace("\ufffd", "x")
