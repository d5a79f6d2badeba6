"""What a family of models learns, and how: the part of a training run that is not shared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from tokenizers import Tokenizer
from torch import Tensor

Batch = tuple[Tensor, ...]
"""A step's examples: tensors whose rows belong together."""


class Objective(Protocol):
    """A network, the examples that it learns from, and the loss.

    Attributes:
        model: Of transformers, where it is trained.
    """

    model: Any

    def is_matrix(self, name: str) -> bool:
        """Whether a parameter lies in a block, and is trained as a matrix if it is one."""

    def compile(self) -> None:
        """Fuse the operations."""

    def draw(self, dice: np.random.Generator) -> Batch:
        """Draw the examples of a step."""

    def loss(self, examples: Batch) -> Tensor:
        """Return the mean loss, in nats, of examples that are where the model is."""

    def start(self, weights: dict[str, Tensor]) -> bool:
        """Begin with the weights of a finished model; tell whether all of them were taken."""

    def measure(self) -> dict[str, float]:
        """Return figures on what is held out."""

    def samples(self) -> Sequence[str]:
        """Return lines that show what the model does by now."""

    def save_tokenizer(self, folder: Path) -> None:
        """Write the tokenizer as transformers reads it."""


def draw_kind(dice: np.random.Generator, shares: dict[str, float], sizes: dict[str, int]) -> str:
    """Choose a kind of text by its share, among those of which there is some."""
    kinds = [kind for kind in shares if sizes[kind]]
    weights = np.array([shares[kind] for kind in kinds])
    return str(dice.choice(kinds, p=weights / weights.sum()))


def token_id(tokenizer: Tokenizer, token: str) -> int:
    """Return the id of a token that a vocabulary is known to have."""
    found = tokenizer.token_to_id(token)
    assert found is not None
    return found
