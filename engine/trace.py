"""What the engine answers: steps, attempts, completions and the events of a stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engine.decoding_params import DecodingParams
from engine.listed import Listed, ListedStep, RemoteFacts
from engine.requests import TextEnd
from engine.status import Capabilities, EngineStats, ModelInfo
from engine.values import Value

__all__ = [
    "Attempt",
    "BeamNode",
    "BeamStatus",
    "BeamTree",
    "Candidate",
    "Capabilities",
    "Completion",
    "Contrast",
    "Done",
    "Draw",
    "EngineStats",
    "Event",
    "FinishReason",
    "Listed",
    "ListedStep",
    "ModelInfo",
    "Progress",
    "Queued",
    "RemoteFacts",
    "Rest",
    "Stage",
    "StageKind",
    "Step",
]

FinishReason = Literal[
    "eos",
    "length",
    "sentence",
    "function",
    "context",
    "stop",
    "no_token_left",
    "cancelled",
    "deadline",
]
StageKind = Literal["reshape", "cut"]
BeamStatus = Literal["kept", "pruned", "finished"]


@dataclass(frozen=True, kw_only=True)
class Candidate(Value):
    """One token as it stood at one step.

    Attributes:
        text: Exact text, or bytes as ⟨C3⟩ where they do not decode alone.
        raw_prob: Softmax of the model's logits, temperature 1, no filter.
        raw_rank: 1-based rank by `raw_prob`, ties by id.
        final_prob: Probability after every stage; exactly 0.0 for a removed token.
        removed_by: First stage that sent it to −inf, or None.
    """

    token_id: int
    text: str
    raw_prob: float
    raw_rank: int
    final_prob: float
    removed_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Stage(Value):
    """What one filter did to the distribution that entered it.

    Attributes:
        name: "vocabulary", a parameter's name, or "draw".
        kind: `reshape` removes nothing; `cut` sends tokens to −inf.
        tokens_kept: Tokens with probability above −inf after the stage.
        tokens_removed: Tokens that this stage sent to −inf.
        mass_kept: Share kept of the entering distribution.
        mass_removed: Share removed of it; kept + removed = 1.
        raw_mass: Raw probability of all tokens still alive after the stage.
    """

    name: str
    kind: StageKind
    tokens_kept: int
    tokens_removed: int
    mass_kept: float
    mass_removed: float
    raw_mass: float


@dataclass(frozen=True, kw_only=True)
class Draw(Value):
    """The die of a step: the chosen token is the one with low ≤ u < high.

    Attributes:
        u: The number drawn, 0 ≤ u < 1.
        low: Final probability of the tokens sorted before the chosen one.
        high: `low` plus the final probability of the chosen one.
    """

    u: float
    low: float
    high: float

    @property
    def interval(self) -> tuple[float, float]:
        """The chosen token's stretch of the unit interval."""
        return self.low, self.high


@dataclass(frozen=True, kw_only=True)
class Rest(Value):
    """The tokens that are not among the candidates: how many, and their mass."""

    count: int
    raw_mass: float
    final_mass: float


@dataclass(frozen=True, kw_only=True)
class Contrast(Value):
    """One candidate of a contrastive search, with the two terms of its score.

    Attributes:
        confidence: Processed probability over the whole vocabulary.
        penalty: Greatest cosine between its vector and that of an earlier token.
        nearest: Index of that token in what the model saw: prompt, then new tokens.
        score: (1 − α) × confidence − α × penalty, α being `penalty_alpha`.
    """

    token_id: int
    text: str
    confidence: float
    penalty: float
    nearest: int
    score: float


@dataclass(frozen=True, kw_only=True)
class Step(Value):
    """One decision: the distribution, what the stages did to it, and the token that came out.

    Attributes:
        chosen: Token id; always one of `candidates`.
        entropy_bits: Entropy of the raw distribution.
        surprisal_bits: −log2 of the chosen token's raw probability; None where the model rules it
            out, and no number says it.
        final_entropy_bits: Entropy after every stage.
        draw: The die, or None where nothing was drawn.
        candidates: The N best by raw probability, then the chosen one if it is not among them.
        contrast: In contrastive search, all that were weighed, the most probable first.
        is_given: Whether a person put the token there: nothing drew or chose it.
    """

    chosen: int
    entropy_bits: float
    surprisal_bits: float | None
    final_entropy_bits: float
    draw: Draw | None
    candidates: tuple[Candidate, ...]
    stages: tuple[Stage, ...]
    rest: Rest
    contrast: tuple[Contrast, ...] = ()
    is_given: bool = False

    @property
    def chosen_candidate(self) -> Candidate:
        """The candidate that was chosen."""
        return next(c for c in self.candidates if c.token_id == self.chosen)


@dataclass(frozen=True, kw_only=True)
class BeamNode(Value):
    """One hypothesis that beam search looked at.

    Attributes:
        node: Index in `BeamTree.nodes`.
        parent: Index of the hypothesis that it extends, or None at the first step.
        step: 0-based step at which it was considered.
        token_score: Processed log-probability of its token.
        score: Sum of `token_score` along its path.
        normalised_score: `score` divided by length ** length_penalty.
        draw: In beam sampling, the throw that drew it: its stretch is that among all continuations
            of all beams that were not drawn before it.
        group: In diverse beam search, the 0-based group that considered it.
    """

    node: int
    parent: int | None
    step: int
    token_id: int
    text: str
    token_score: float
    score: float
    normalised_score: float
    status: BeamStatus
    draw: Draw | None = None
    group: int = 0


@dataclass(frozen=True, kw_only=True)
class BeamTree(Value):
    """Every hypothesis of a beam search; `winners[i]` is the last node of attempt i."""

    nodes: tuple[BeamNode, ...]
    winners: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Attempt(Value):
    """One continuation.

    Attributes:
        token_ids: New tokens only; a produced end token included, never padding.
        text: What those tokens add to the prompt's text.
        logprob: Sum of the raw log-probabilities of `token_ids`, in nats; None where a server does
            not give them.
        score: What the strategy ranks by: beam's sequence score, in sample-and-rank the mean of
            `logprob` over the tokens, else `logprob`.
        steps: One per token when traced, else (); a server's model has none.
        die: Which attempt's die it threw, where a ranking has moved it; None: that of its place.
        listed: Of a server's model, one per token when traced.
    """

    token_ids: tuple[int, ...]
    text: str
    logprob: float | None
    score: float | None
    finish_reason: FinishReason
    steps: tuple[Step, ...] = ()
    die: int | None = None
    listed: tuple[ListedStep, ...] = ()

    @property
    def is_traced(self) -> bool:
        """Tell whether its tokens can be explained one by one."""
        return bool(self.steps or self.listed)

    @property
    def raw_logprob(self) -> float:
        """`logprob` of what a model of this machine wrote, which always has one."""
        assert self.logprob is not None
        return self.logprob

    @property
    def mean_logprob(self) -> float | None:
        """`logprob` per token."""
        return None if self.logprob is None else self.logprob / max(1, len(self.token_ids))


@dataclass(frozen=True, kw_only=True)
class Completion(Value):
    """The answer to a `GenerationRequest`.

    Attributes:
        revision: Resolved revision of the weights, or None where there is none.
        params: The effective settings (`DecodingParams.resolved`).
        inactive: Settings given that do nothing under the strategy.
        prompt_tokens: Tokens of the prompt that the model saw, special tokens included; None
            where a server does not count them.
        truncated_tokens: Prompt tokens cut from the left; of a source, from its end.
        prompt_ids: What the model saw before the first new token: of a target, start and prefix.
        prefix_text: What the request's prefix adds to its prompt; None where it is not known.
        control_tokens: Names of special tokens that the prompt's own text was read as.
        ends_with: The request's.
        source_ids: What an encoder read, special tokens included; () where there is none.
        source_characters: How many characters of the prompt these stand for, where its end was cut
            off; None where it was not.
        remote: What is known of the server that wrote it; None for a model of this machine.
    """

    request_id: str
    model: str
    revision: str | None
    precision: str
    device: str
    seed: int
    params: DecodingParams
    inactive: tuple[str, ...]
    prompt_tokens: int | None
    truncated_tokens: int
    queue_s: float
    prefill_s: float
    decode_s: float
    attempts: tuple[Attempt, ...]
    beams: BeamTree | None = None
    prompt_ids: tuple[int, ...] = ()
    prefix_text: str | None = None
    control_tokens: tuple[str, ...] = ()
    ends_with: TextEnd | None = None
    source_ids: tuple[int, ...] = ()
    source_characters: int | None = None
    remote: RemoteFacts | None = None

    def die_of(self, attempt: int) -> int:
        """Return which attempt's die an attempt threw: its own, unless a ranking has moved it."""
        die = self.attempts[attempt].die
        return attempt if die is None else die


@dataclass(frozen=True, kw_only=True)
class Queued(Value):
    """The request waits; `position` 1 is next."""

    position: int


@dataclass(frozen=True, kw_only=True)
class Progress(Value):
    """The whole text of one attempt so far; beams may rewrite it.

    What it is made of lets another machine go on with it; two that say the same are equal.

    Attributes:
        token_ids: Its new tokens; () where a search may still rewrite them.
        logprob: Of those tokens, as in `Attempt`.
    """

    attempt: int
    text: str
    tokens: int
    token_ids: tuple[int, ...] = field(default=(), compare=False, repr=False)
    logprob: float | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Done(Value):
    """The end of a stream."""

    completion: Completion


Event = Queued | Progress | Done
