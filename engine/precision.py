"""The arithmetics that a process can decode with."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, get_args

from engine.validation import require_choice

Precision = Literal["exact", "fast", "turbo"]
EXACT: Final = "exact"
FAST: Final = "fast"
TURBO: Final = "turbo"
PRECISIONS: tuple[str, ...] = get_args(Precision)
"""exact: float32. fast: 16 bits in matrix products, float32 elsewhere. turbo: int8 weights there.

Each takes a kernel of a more exact one where that is no slower.
"""


def require_precision(precision: object) -> None:
    """Accept a precision that weights can be prepared in.

    Raises:
        EngineError: invalid_params.
    """
    require_choice("precision", precision, PRECISIONS)


def label(asked: str, precision: str | None) -> str:
    """Name a precision in a table, and the one that computes in its place, if another does."""
    return asked if precision == asked else f"{asked} (computed as {precision})"


class Arithmetic(NamedTuple):
    """How a loaded model computes.

    Attributes:
        precision: Of the coarsest of its products; more exact than asked for where that is faster.
        kernels: Who multiplies what, the one with most work first: "torch int8 + oneDNN float32".
        layers: Linear layers that do.
        choices: The same of each shape, by number of rows:
            "640 → 2048: torch int8 (≤ 4), oneDNN float32".
    """

    precision: str
    kernels: str
    layers: int
    choices: tuple[str, ...] = ()
