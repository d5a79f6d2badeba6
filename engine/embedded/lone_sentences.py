"""Short sentences, each a text of its own, as people type the one that has a gap.

A window of a long text always has words on both sides; a model that has only read such windows
takes a lone «¿Qué [MASK] es?» for something else than a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from engine.embedded.corpus import END_OF_TEXT, TokenIds

_ENDS = (".", "?", "!", "…", "»", "\n", END_OF_TEXT)
_GOES_ON_WITH = (" ", "\n", "—", "»", END_OF_TEXT)
_OPENINGS = " \n—–-«»\"'()"
_TOKENS_MORE = 3
"""How many tokens a sentence has at most in its text that it has not by itself: dashes, quotes."""
_AT_ONCE = 100_000


def lone_sentences(
    tokenizer: Tokenizer, ids: TokenIds, lengths: Sequence[int]
) -> dict[int, NDArray[np.int64]]:
    """Cut the sentences of some lengths out of a text, each of them once.

    Args:
        tokenizer: Byte-level BPE.
        ids: A text, shape (tokens,).
        lengths: How many tokens a sentence has when it is encoded by itself.

    Returns:
        Length → its sentences, shape (sentences, length).
    """
    every = range(tokenizer.get_vocab_size())
    pieces = [tokenizer.decode([token], skip_special_tokens=False) for token in every]
    is_break = np.array([piece.endswith(("\n", END_OF_TEXT)) for piece in pieces])
    is_end = np.array([piece.endswith(_ENDS) for piece in pieces])
    is_apart = np.array([piece.startswith(_GOES_ON_WITH) for piece in pieces])
    is_last = is_end[ids]
    is_last[:-1] &= is_apart[ids[1:]] | is_break[ids[:-1]]
    ends = np.flatnonzero(is_last) + 1
    starts = np.concatenate([[0], ends[:-1]])
    sizes = ends - starts
    fits = (sizes >= min(lengths)) & (sizes <= max(lengths) + _TOKENS_MORE)
    spans = list(zip(starts[fits].tolist(), ends[fits].tolist(), strict=True))
    found: dict[int, set[tuple[int, ...]]] = {length: set() for length in lengths}
    for first in range(0, len(spans), _AT_ONCE):
        cut = [ids[start:end].tolist() for start, end in spans[first : first + _AT_ONCE]]
        texts = [text.lstrip(_OPENINGS) for text in tokenizer.decode_batch(cut)]
        whole = [text for text in texts if _is_sentence(text)]
        for encoded in tokenizer.encode_batch_fast(whole):
            if len(encoded.ids) in found:
                found[len(encoded.ids)].add(tuple(encoded.ids))
    return {
        length: np.array(sorted(sentences), np.int64).reshape(-1, length)
        for length, sentences in found.items()
    }


def _is_sentence(text: str) -> bool:
    """Whether a text begins and ends as a sentence does."""
    begins = text.lstrip("¿¡")[:1].isupper()
    return begins and text.endswith((".", "?", "!", "…")) and text.count("«") == text.count("»")
