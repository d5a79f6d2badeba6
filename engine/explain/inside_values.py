"""Questions about what goes on inside a model, and their answers: frozen values, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import EngineError
from engine.explain.values import ExplainRequest
from engine.requests import MAX_TRACE_TOP_N
from engine.values import Value

MAX_INSIDE_TOKENS = 64
"""Longest text that attention maps and the logit lens are made for."""


@dataclass(frozen=True, kw_only=True)
class AttentionMap(Value):
    """Who looks at whom: row i holds the weights of token i over tokens 0 … i; it sums to 1.

    Attributes:
        layer: 0-based.
        head: 0-based, or None for the mean over the layer's heads.
    """

    layer: int
    head: int | None
    weights: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Attention(Value):
    """Attention of a text, one map per thing asked for.

    Attributes:
        token_ids: The text.
        tokens: The tokens' texts.
    """

    token_ids: tuple[int, ...]
    tokens: tuple[str, ...]
    layers: int
    heads: int
    maps: tuple[AttentionMap, ...]


@dataclass(frozen=True, kw_only=True)
class AttentionRequest(ExplainRequest[Attention]):
    """Ask for attention maps.

    Attributes:
        layer: None asks for the mean of every layer.
        head: None asks, within a layer, for every head.
    """

    context_ids: tuple[int, ...]
    layer: int | None = None
    head: int | None = None


@dataclass(frozen=True, kw_only=True)
class LensCandidate(Value):
    """A token as a layer sees it; `rank` is 1-based, ties by id."""

    token_id: int
    text: str
    prob: float
    rank: int


@dataclass(frozen=True, kw_only=True)
class LensRow(Value):
    """What a layer would say next if it were the last.

    Attributes:
        layer: 0 is the embedding; the last row is the model's own answer.
        candidates: Best first; the target is added where it is not among them.
    """

    layer: int
    entropy_bits: float
    candidates: tuple[LensCandidate, ...]


@dataclass(frozen=True, kw_only=True)
class LogitLens(Value):
    """The next-token distribution after every layer.

    Attributes:
        tokens: The texts of the tokens that were read.
        target: The token that is followed through the layers.
    """

    tokens: tuple[str, ...]
    target: int
    rows: tuple[LensRow, ...]


@dataclass(frozen=True, kw_only=True)
class LogitLensRequest(ExplainRequest[LogitLens]):
    """Ask for the logit lens at the end of a text.

    Attributes:
        target: Token to follow through the layers, or None for the model's first choice.
    """

    context_ids: tuple[int, ...]
    target: int | None = None
    trace_top_n: int = 5

    def __post_init__(self) -> None:
        if not 1 <= self.trace_top_n <= MAX_TRACE_TOP_N:
            allowed = f"1 ≤ x ≤ {MAX_TRACE_TOP_N}"
            value = self.trace_top_n
            raise EngineError("invalid_params", field="trace_top_n", value=value, range=allowed)
