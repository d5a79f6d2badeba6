"""What an encoder says of one place in a text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor

from engine.decoding.choices import require_finite
from engine.errors import EngineError
from engine.models.loaded import LoadedModel
from engine.models.memory import is_out_of_memory


class Chances:
    """The distribution over the vocabulary at one place.

    Args:
        logits: float32, shape (vocab,).
    """

    def __init__(self, logits: Tensor) -> None:
        self._logits = require_finite(logits[None, :])[0]

    @cached_property
    def probs(self) -> Tensor:
        """Raw probabilities: temperature 1, no filters. float32, shape (vocab,)."""
        return self._logits.softmax(-1)

    @cached_property
    def ranked(self) -> list[int]:
        """All token ids, best first, ties by id."""
        order: list[int] = self._logits.sort(descending=True, stable=True).indices.tolist()
        return order

    def prob(self, token_id: int) -> float:
        """Return a token's raw probability."""
        return float(self.probs[token_id])

    def rank(self, token_id: int) -> int:
        """Return a token's 1-based rank, ties by id."""
        own = self._logits[token_id]
        better = int((self._logits > own).sum())
        return better + int((self._logits[:token_id] == own).sum()) + 1

    @cached_property
    def entropy_bits(self) -> float:
        """How undecided it is."""
        logs = self._logits.double().log_softmax(-1)
        entropy = -(logs.exp() * logs).sum() / math.log(2)
        return max(0.0, float(entropy))


def read_places(loaded: LoadedModel, ids: Sequence[int], places: Sequence[int]) -> list[Chances]:
    """Read a text once and return what the model says of some of its places.

    Args:
        loaded: Model.
        ids: The text with its masks.
        places: Indices in it.

    Raises:
        EngineError: invalid_logits; out_of_memory.
    """
    return [Chances(row) for row in read_rows(loaded, [ids])[0][list(places)]]


def read_rows(loaded: LoadedModel, rows: Sequence[Sequence[int]]) -> Tensor:
    """Read texts of equal length.

    Returns:
        Logits, float32, shape (rows, tokens, vocab).

    Raises:
        EngineError: out_of_memory.
    """
    ids = torch.tensor([list(row) for row in rows], dtype=torch.long, device=loaded.device)
    try:
        logits: Tensor = loaded.model(input_ids=ids, return_dict=True).logits
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            raise EngineError("out_of_memory") from error
        raise
    return logits.float()
