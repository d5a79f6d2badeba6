"""Questions about what goes on inside a model, and their answers: frozen values, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from engine.errors import EngineError
from engine.explain.values import ExplainRequest
from engine.requests import MAX_TRACE_TOP_N
from engine.validation import invalid, require_choice, require_integer, require_text
from engine.values import Value

CONTEXT_TOO_LONG = "context_too_long"
"""Why a text is refused that has more tokens than can be looked into."""
MAX_INSIDE_TOKENS = 64
"""Longest text that attention maps, the logit lens and vectors are made for."""
MAX_COMPONENTS = 64
"""Numbers of a vector that are given, from its start."""

AttentionPart = Literal["decoder", "encoder", "cross"]
"""Whose attention: of a decoder, whose tokens see what is on their left; of an encoder, whose
tokens see the whole text; or of a target's tokens over its source's."""


@dataclass(frozen=True, kw_only=True)
class AttentionMap(Value):
    """Who looks at whom: row i holds the weights of token i over the columns; it sums to 1.

    A decoder's token i has weights over tokens 0 … i, and exactly 0.0 behind them.

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
        token_ids: The text whose tokens look: a map's rows.
        tokens: The tokens' texts.
        part: Whose attention it is.
        column_ids: The text that is looked at, where it is another one; () where it is the same.
        column_tokens: Its tokens' texts.
    """

    token_ids: tuple[int, ...]
    tokens: tuple[str, ...]
    layers: int
    heads: int
    maps: tuple[AttentionMap, ...]
    part: AttentionPart = "decoder"
    column_ids: tuple[int, ...] = ()
    column_tokens: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The texts of the tokens that are looked at."""
        return self.column_tokens or self.tokens


@dataclass(frozen=True, kw_only=True)
class AttentionRequest(ExplainRequest[Attention]):
    """Ask for attention maps.

    Attributes:
        context_ids: The text; of an encoder-decoder, its source.
        text: The same in letters, where no ids are known: read with the special tokens that the
            model's tokenizer puts around it, behind it only where the model sees a whole text.
        layer: None asks for the mean of every layer.
        head: None asks, within a layer, for every head.
        part: Whose attention.
        target_ids: What an encoder-decoder has written, with what a target begins with: whose
            tokens look, in its decoder and over its source. The row of a token is what the model
            looks at to write the token behind it.

    Raises:
        EngineError: invalid_params for a part that there is not, or a text beside ids.
    """

    context_ids: tuple[int, ...] = ()
    text: str | None = None
    layer: int | None = None
    head: int | None = None
    part: AttentionPart = "decoder"
    target_ids: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        require_text("text", self.text, is_optional=True)
        require_choice("part", self.part, get_args(AttentionPart))
        if self.context_ids and self.text is not None:
            raise invalid("text", self.text, "None beside context_ids")


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
        context_ids: The text; of an encoder-decoder, its target so far.
        target: Token to follow through the layers, or None for the model's first choice.
        source_ids: What an encoder-decoder turns into the target.
    """

    context_ids: tuple[int, ...]
    target: int | None = None
    trace_top_n: int = 5
    source_ids: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.trace_top_n <= MAX_TRACE_TOP_N:
            allowed = f"1 ≤ x ≤ {MAX_TRACE_TOP_N}"
            value = self.trace_top_n
            raise EngineError("invalid_params", field="trace_top_n", value=value, range=allowed)


@dataclass(frozen=True, kw_only=True)
class Vector(Value):
    """A vector of `size` numbers.

    Attributes:
        norm: Euclidean length of all of it.
        components: Its first `MAX_COMPONENTS` numbers.
    """

    size: int
    norm: float
    components: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Neighbour(Value):
    """A token and the cosine between its row of the embedding table and another token's."""

    token_id: int
    text: str
    cosine: float


@dataclass(frozen=True, kw_only=True)
class TokenVectors(Value):
    """A token of a text as numbers, from the embedding table to the last layer.

    Attributes:
        token_ids: The text.
        tokens: The tokens' texts.
        position: 0-based place of the token in the text.
        embedding: Its row of the embedding table, as the model uses it: the same in every text.
        states: Its vector on entering the first layer, where some models have added its position,
            and after every layer; the last is what the output head reads.
        neighbours: Tokens whose rows point most nearly the same way, itself left out.
    """

    token_ids: tuple[int, ...]
    tokens: tuple[str, ...]
    position: int
    embedding: Vector
    states: tuple[Vector, ...]
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True, kw_only=True)
class TokenVectorsRequest(ExplainRequest[TokenVectors]):
    """Ask for the vectors of one token of a text.

    Attributes:
        context_ids: The text; of an encoder-decoder, its target so far.
        position: 0-based, or None for the last token.
        neighbours: How many of the nearest tokens are named.
        source_ids: What an encoder-decoder turns into the target.
    """

    context_ids: tuple[int, ...]
    position: int | None = None
    neighbours: int = 5
    source_ids: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        require_integer("neighbours", self.neighbours, 0, MAX_TRACE_TOP_N)
