"""What can be asked about a decision, and the answers: frozen values, without torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Generic, Literal, Self, TypeVar
from uuid import uuid4

from engine.decoding_params import DecodingParams
from engine.errors import EngineError
from engine.requests import MAX_TRACE_TOP_N, GenerationRequest
from engine.trace import Candidate, Completion, Draw, Step
from engine.values import Value

AnswerT = TypeVar("AnswerT")

Verdict = Literal[
    "chosen",
    "lost_draw",
    "greedy_first",
    "filter",
    "ngram",
    "banned",
    "forced",
    "beam_pruned",
    "outweighed",
    "penalised",
    "several_tokens",
    "no_single_setting",
]


@dataclass(frozen=True, kw_only=True)
class Moment(Value):
    """One decision of a generation, complete enough to be made again.

    Attributes:
        context_ids: Everything that the model saw before this token.
        params: The request's settings.
        attempt: 0-based; the one whose die is thrown.
        t: Index of the token for the die, counted from the original prompt.
        chosen: The token that came out, or None where nothing has yet.
        written: How many of `context_ids` the request itself has written, at their end.
        source_ids: What the encoder of an encoder-decoder read.
        target_language: Which it was told to write in.
    """

    context_ids: tuple[int, ...]
    params: DecodingParams
    seed: int = 0
    attempt: int = 0
    t: int = 0
    chosen: int | None = None
    written: int = 0
    source_ids: tuple[int, ...] = ()
    target_language: str | None = None

    def __post_init__(self) -> None:
        if not self.context_ids:
            raise EngineError("empty_prompt")

    @property
    def prefix_tokens(self) -> int:
        """How many of `context_ids` are the request's prefix, before what it has written."""
        return max(0, self.t - self.written)

    @classmethod
    def of(
        cls, request: GenerationRequest, completion: Completion, *, attempt: int, step: int
    ) -> Self:
        """Return a step of a stored answer.

        Raises:
            EngineError: unsupported (`reason` prompt_not_kept) when its prompt was not stored.
        """
        if not completion.prompt_ids:
            raise EngineError("unsupported", reason="prompt_not_kept")
        token_ids = completion.attempts[attempt].token_ids
        return cls(
            context_ids=(*completion.prompt_ids, *token_ids[:step]),
            params=request.params,
            seed=completion.seed,
            attempt=completion.die_of(attempt),
            t=len(request.prefix_ids) + step,
            chosen=token_ids[step] if step < len(token_ids) else None,
            written=min(step, len(token_ids)),
            source_ids=completion.source_ids,
            target_language=request.target_language,
        )


@dataclass(frozen=True, kw_only=True)
class ExplainRequest(Value, Generic[AnswerT]):
    """Base of the questions; the type parameter is the answer's type.

    Attributes:
        model: Name given to `create_engine`, or None for the first.
        revision: Model revision it must be answered with, or None.
        deadline_s: Seconds from submission, queue included.
        needs_weights: Whether the model itself is asked; else its tokenizer knows the answer.
    """

    needs_weights: ClassVar[bool] = True

    model: str | None = None
    revision: str | None = None
    user_id: int = 0
    deadline_s: float | None = None
    request_id: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, kw_only=True)
class Suggestion(Value):
    """The smallest change of one setting that lets a word in.

    Attributes:
        setting: Field of `DecodingParams`.
        value: What to set it to; the next value on the way back from it does not let the word in.
        notches: Grid steps of `engine.decoding_params.RANGES` away from the present value.
        odds: Probability that the word then comes out, or None for searches that weigh more than
            the next token.
    """

    setting: str
    value: int | float | str
    notches: int
    odds: float | None


@dataclass(frozen=True, kw_only=True)
class TokenFate(Value):
    """Why one token did not come out where it could have.

    Attributes:
        token: Its rank and its probabilities.
        winner: What came out instead, or the token itself.
        draw: The die with the winner's interval, or None where nothing was drawn.
        interval: The token's own stretch of the unit interval; None where nothing was drawn or
            it was removed.
        is_penalised: Its score was lowered because it is in the text already.
    """

    token: Candidate
    verdict: Verdict
    winner: Candidate
    draw: Draw | None
    interval: tuple[float, float] | None
    is_penalised: bool


@dataclass(frozen=True, kw_only=True)
class Spelling(Value):
    """One way of writing a word in tokens, followed token by token.

    Attributes:
        text: The word, with its leading space where it has one.
        verdict: The token's verdict, or "several_tokens".
        raw_prob: Product of its tokens' raw probabilities.
        odds: Probability that it comes out with the present settings; None for searches that weigh
            more than the next token.
        suggestions: One per setting that can help, the smallest change first.
    """

    text: str
    verdict: Verdict
    tokens: tuple[TokenFate, ...]
    raw_prob: float
    odds: float | None
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, kw_only=True)
class WhyNot(Value):
    """The answer to «why not this word?»; the spelling that fits the text before it first."""

    word: str
    spellings: tuple[Spelling, ...]


@dataclass(frozen=True, kw_only=True)
class WhyNotRequest(ExplainRequest[WhyNot]):
    """Ask why a word did not come out; spaces around it are ignored."""

    moment: Moment
    word: str


@dataclass(frozen=True, kw_only=True)
class CurvePoint(Value):
    """The distribution before any cut, at one rank (1 is the most probable).

    Attributes:
        final: Probability of the same token after every stage; 0.0 where one has removed it.
    """

    rank: int
    prob: float
    cumulative: float
    final: float = 0.0


@dataclass(frozen=True, kw_only=True)
class CurveCut(Value):
    """Where a stage that removed tokens ends the curve: at the last rank that is left."""

    name: str
    rank: int


@dataclass(frozen=True, kw_only=True)
class Redraw(Value):
    """A decision with other settings.

    Attributes:
        step: The step as it would have been; `chosen` is what the same die gives. Both
            steps have the same candidates, what both chose and what came out among them.
        curve: Probabilities after the reshaping stages and before the cuts, in falling order, at
            every rank up to 32 and ever fewer after that.
        cuts: The stages that removed something, in their order.
        before: The step under the moment's own settings, read again; in diverse beam search
            without what earlier groups took from it, which no context tells.
        curve_before: Its curve.
    """

    step: Step
    curve: tuple[CurvePoint, ...]
    cuts: tuple[CurveCut, ...] = ()
    before: Step | None = None
    curve_before: tuple[CurvePoint, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RedrawRequest(ExplainRequest[Redraw]):
    """Ask for a decision again, with other settings and the same die."""

    moment: Moment
    params: DecodingParams
    trace_top_n: int = 25

    def __post_init__(self) -> None:
        if not 1 <= self.trace_top_n <= MAX_TRACE_TOP_N:
            allowed = f"1 ≤ x ≤ {MAX_TRACE_TOP_N}"
            value = self.trace_top_n
            raise EngineError("invalid_params", field="trace_top_n", value=value, range=allowed)
