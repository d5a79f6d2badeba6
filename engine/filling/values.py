"""What can be asked about the gaps of a text, and the answer: frozen values, without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final, Literal, get_args
from uuid import uuid4

from engine.errors import EngineError
from engine.requests import MAX_TRACE_TOP_N
from engine.validation import (
    NumberRange,
    invalid,
    members,
    require_choice,
    require_integer,
    require_text,
)
from engine.values import Value

FillOrder = Literal["independent", "left_to_right", "most_certain"]
"""Every gap beside the others still open; from left to right; or always the surest of those left.

What a gap is filled with is read by those that come after it; in the first order nothing is.
"""
FILL_ORDERS: Final[tuple[FillOrder, ...]] = get_args(FillOrder)
_SECONDS = NumberRange(low=0.0, high=math.inf, step=1.0)


@dataclass(frozen=True, kw_only=True)
class FillRequest(Value):
    """Ask an encoder for the words of a text's gaps: a pure value, whose answer never varies.

    Attributes:
        text: With its gaps as somebody has written them: `___`, `[MASK]`, `<mask>`.
        model: Name given to `create_engine`, or None for the first encoder.
        top_n: Candidates of each gap.
        order: In which the gaps are filled.
        words: Words whose chances are wanted in every gap, besides.
        bad_words: Words that are neither listed nor written.
        with_pseudo_logprob: Whether `Filling.pseudo_logprob` is wanted: it costs a reading for
            each token.
        revision: Model revision it must be answered with, or None.
        user_id: Opaque key for fairness.
        deadline_s: Seconds from submission, queue included.

    Raises:
        EngineError: invalid_params or empty_prompt.
    """

    text: str
    model: str | None = None
    top_n: int = 5
    order: FillOrder = "independent"
    words: tuple[str, ...] = ()
    bad_words: tuple[str, ...] = ()
    with_pseudo_logprob: bool = False
    revision: str | None = None
    user_id: int = 0
    deadline_s: float | None = None
    request_id: str = field(default_factory=lambda: uuid4().hex)

    def __post_init__(self) -> None:
        require_text("text", self.text)
        for name in ("model", "revision"):
            require_text(name, getattr(self, name), is_optional=True)
        require_integer("top_n", self.top_n, 1, MAX_TRACE_TOP_N)
        require_choice("order", self.order, FILL_ORDERS)
        for name in ("words", "bad_words"):
            given = members(name, getattr(self, name), "words")
            for word in given:
                require_text(name, word)
            object.__setattr__(self, name, given)
        if self.deadline_s is not None and not _SECONDS.contains(self.deadline_s):
            raise invalid("deadline_s", self.deadline_s, str(_SECONDS))
        require_text("request_id", self.request_id)
        if not self.request_id:
            raise invalid("request_id", self.request_id, "1 character or more")
        if not self.text.strip():
            raise EngineError("empty_prompt")


@dataclass(frozen=True, kw_only=True)
class GapCandidate(Value):
    """A token in a gap.

    Attributes:
        text: As it reads in the sentence, without the space before it.
        piece: As the vocabulary spells it: `##ción`, `Ġleche`.
        joins: Whether it stands directly behind what is before the gap: the end of a word that
            began there, or a sign.
        is_special: Whether it steers the model and is no text; never written.
        raw_prob: Of the model, with both sides of the gap.
        raw_rank: 1-based, ties by id.
        hidden_prob: With everything on the gap's right hidden.
        hidden_rank: Likewise.
    """

    token_id: int
    text: str
    piece: str
    joins: bool
    is_special: bool
    raw_prob: float
    raw_rank: int
    hidden_prob: float
    hidden_rank: int


@dataclass(frozen=True, kw_only=True)
class AskedWord(Value):
    """A word that somebody asked for, in one gap.

    Attributes:
        tokens: How many tokens it takes, at the least.
        candidate: Its token; None where it takes several, since a gap holds one.
    """

    word: str
    tokens: int
    candidate: GapCandidate | None


@dataclass(frozen=True, kw_only=True)
class Gap(Value):
    """A gap, at the moment when it was filled.

    «Hidden» is the same gap in a text that ends with it, and with the end token where the model
    has one: what somebody who reads from left to right would have known.

    Attributes:
        start: Where it begins in the request's text.
        end: Where it ends there.
        turn: 0-based place in the order in which the gaps were filled; 0 for all of them where
            none has read another.
        has_right: Whether anything stands on its right; else nothing could be hidden.
        candidates: The best with both sides, best first.
        hidden_candidates: The best with the right side hidden, best first.
        entropy_bits: With both sides.
        hidden_entropy_bits: With the right side hidden.
        chosen: What it was filled with: the best that can be written; None without any.
        banned_prob: Raw probability of those better than the last one listed that the request's
            `bad_words` have kept from the list.
        asked: The request's `words`.
    """

    start: int
    end: int
    turn: int
    has_right: bool
    candidates: tuple[GapCandidate, ...]
    hidden_candidates: tuple[GapCandidate, ...]
    entropy_bits: float
    hidden_entropy_bits: float
    chosen: GapCandidate | None
    banned_prob: float = 0.0
    asked: tuple[AskedWord, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Filling(Value):
    """The answer to a `FillRequest`.

    Attributes:
        model: That filled it.
        text: The request's text with its gaps filled; one that nothing could be written in stays.
        gaps: From left to right; `Gap.turn` tells the order.
        tokens: What the model read, its own special tokens included.
        limit_tokens: How many it can read.
        token_texts: The texts of those tokens, the gaps still open.
        control_tokens: Names of special tokens that the text itself was read as.
        has_end_token: Whether the model's texts, the hidden ones too, end with a token of its own.
        pseudo_logprob: Sum over the filled text's tokens of the log-probability of each, hidden,
            given all others, in nats. No probability of the text: an encoder has none.
            Source: Salazar et al. (2020), «Masked Language Model Scoring», §2.
        compute_s: Seconds of reading, the queue not included.
    """

    request_id: str
    model: str
    revision: str | None
    precision: str
    device: str
    order: FillOrder
    text: str
    gaps: tuple[Gap, ...]
    tokens: int
    limit_tokens: int
    token_texts: tuple[str, ...] = ()
    control_tokens: tuple[str, ...] = ()
    has_end_token: bool = False
    pseudo_logprob: float | None = None
    queue_s: float = 0.0
    compute_s: float = 0.0
