"""What a GPU could write, on paper: by what a step reads and computes, and by who chooses.

None was at hand: the bandwidths and the speeds are those of the makers' data sheets, `_REACHED` and
`_LAUNCH_S` are assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

_REACHED = 0.6
"""Share of a data sheet's figure that a program reaches."""
_LAUNCH_S = 0.002
"""Least time of a step, however small the model: its few hundred kernels have to be started."""
_BFLOAT16, _FLOAT32 = 2, 4


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """A card.

    Attributes:
        bytes_s: From its memory.
        flops_s: In bfloat16, dense.
    """

    name: str
    bytes_s: float
    flops_s: float


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What of a model decides the time of a step.

    Attributes:
        weights: All of them.
        vocabulary: Tokens to choose from.
        layers: Of attention.
        head_values: Keys of one token in one layer, all heads together.
        choice_s: For one row, by a processor: its choice and its record.
    """

    weights: float
    vocabulary: int
    layers: int
    head_values: int
    choice_s: float

    def row_bytes(self, context: int) -> int:
        """Return what a row reads: keys and values of its context, and its logits twice."""
        kept = 2 * self.layers * self.head_values * context * _BFLOAT16
        return kept + 2 * self.vocabulary * _FLOAT32


L4 = Gpu(name="L4", bytes_s=0.3e12, flops_s=121e12)
H100 = Gpu(name="H100", bytes_s=3.35e12, flops_s=989e12)
H200 = Gpu(name="H200", bytes_s=4.8e12, flops_s=989e12)
GPUS = (L4, H100, H200)
GEMMA_270M = Shape(
    weights=268e6, vocabulary=262_144, layers=18, head_values=256, choice_s=0.00047 + 0.0003
)


def step_s(gpu: Gpu, shape: Shape, rows: int, context: int = 150) -> float:
    """Return the seconds of a step: what takes longer of reading and computing, or starting."""
    reading_s = (shape.weights * _BFLOAT16 + rows * shape.row_bytes(context)) / gpu.bytes_s
    computing_s = 2 * shape.weights * rows / gpu.flops_s
    return max(reading_s, computing_s) / _REACHED + _LAUNCH_S


def tokens_s(gpu: Gpu, shape: Shape, rows: int, *, is_chosen_there: bool) -> float:
    """Return what a card writes.

    Args:
        gpu: The card.
        shape: Of the model.
        rows: Texts at once.
        is_chosen_there: Whether the card chooses too; as the engine is, one thread of a processor
            does, row by row.
    """
    choosing_s = 0.0 if is_chosen_there else rows * shape.choice_s
    return rows / (step_s(gpu, shape, rows) + choosing_s)
