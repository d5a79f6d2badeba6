"""A cut that never leaves a text without a word to go on with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from engine.decoding.filter import Floats, Ids
from engine.text import Vocabulary

# By vocabulary, which must not be kept alive when its model is gone, and width.
_TEXTLESS: WeakKeyDictionary[Vocabulary, dict[int, frozenset[int]]] = WeakKeyDictionary()


def textless_tokens(vocabulary: Vocabulary, vocab_size: int) -> frozenset[int]:
    """Return the tokens that are no text, as those that end one; they are looked for once.

    Args:
        vocabulary: Tokens of the model.
        vocab_size: Width of a row of scores.
    """
    found = _TEXTLESS.setdefault(vocabulary, {})
    if vocab_size not in found:
        found[vocab_size] = frozenset(i for i in range(vocab_size) if not vocabulary.bytes_of(i))
    return found[vocab_size]


def without(scores: Tensor, cuts: Sequence[Tensor], textless: Collection[int]) -> Tensor:
    """Send what is cut to −inf, but leave a row as it was where no text would be left.

    Args:
        scores: float32, shape (rows, vocab).
        cuts: For each row the tokens to be cut, int64, shape (tokens,).
        textless: Tokens that are no text, as those that end one.

    Returns:
        New scores, float32, shape (rows, vocab).
    """
    left = scores.clone()
    for row, cut in enumerate(cuts):
        left[row, cut.to(scores.device)] = -torch.inf
        if not _has_text(left[row].cpu().numpy(), textless):
            left[row] = scores[row]
    return left


def cut_sparingly(scores: Floats, cut: Ids, textless: Collection[int]) -> None:
    """Do the same to one row where it is, shape (vocab,)."""
    before = scores[cut]
    scores[cut] = -np.inf
    if not _has_text(scores, textless):
        scores[cut] = before


def _has_text(scores: Floats, textless: Collection[int]) -> bool:
    # `argmax` of NumPy takes a tenth of the time of torch's.
    best = int(scores.argmax())
    if not scores[best] > -np.inf:
        return False
    if best not in textless:
        return True
    others = scores.copy()
    others[sorted(textless)] = -np.inf
    return bool(others.max() > -np.inf)
