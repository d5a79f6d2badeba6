"""What can be asked of the engine: to go on with a text, or to score one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, get_args
from uuid import uuid4

from engine.decoding_params import DecodingParams
from engine.errors import EngineError
from engine.validation import (
    NumberRange,
    invalid,
    require_choice,
    require_integer,
    require_text,
    token_ids,
)
from engine.values import Value

# More than any vocabulary has, so that a whole distribution can be asked for.
MAX_TRACE_TOP_N = 2**20
SEED_LIMIT = 2**32
TextEnd = Literal["function"]
TEXT_ENDS: tuple[str, ...] = get_args(TextEnd)
_SECONDS = NumberRange(low=0.0, high=math.inf, step=1.0)


@dataclass(frozen=True, kw_only=True)
class GenerationRequest(Value):
    """One request to go on with a text: a pure value that can be replayed.

    Attributes:
        prompt: Text to continue; never stripped.
        model: Name given to `create_engine`, or None for the first.
        seed: 0 ≤ seed < 2³².
        trace_top_n: Candidates recorded per step; 0 records no steps.
        user_id: Opaque key for fairness.
        deadline_s: Seconds from submission, queue included; with 0 it is late at once.
        prefix_ids: Tokens already generated after the prompt.
        revision: Model revision it must be replayed with, or None.
        background: Whether it gives way to everything that somebody waits for: it may end as
            cancelled (`reason` gave_way) at any time, and is asked for again.
        style: What the caller calls these settings; carried, never read.
        task: What an encoder-decoder does with its source, by the checkpoint's own name or prefix.
        source_language: Code of the source's language, where a model asks for one.
        target_language: Code of the language to write in.
        ends_with: What else ends the text: the function that the prompt begins, or the next one.

    Raises:
        EngineError: invalid_params or empty_prompt.
    """

    prompt: str
    params: DecodingParams = field(default_factory=DecodingParams)
    model: str | None = None
    seed: int = 0
    trace_top_n: int = 0
    user_id: int = 0
    deadline_s: float | None = None
    request_id: str = field(default_factory=lambda: uuid4().hex)
    prefix_ids: tuple[int, ...] = ()
    revision: str | None = None
    style: str | None = None
    background: bool = False
    task: str | None = None
    source_language: str | None = None
    target_language: str | None = None
    ends_with: TextEnd | None = None

    def __post_init__(self) -> None:
        _require_envelope(self)
        _require_order(self)
        for name in ("revision", "style"):
            require_text(name, getattr(self, name), is_optional=True)
        if self.ends_with is not None:
            require_choice("ends_with", self.ends_with, TEXT_ENDS)
        require_integer("seed", self.seed, 0, SEED_LIMIT - 1)
        object.__setattr__(self, "prefix_ids", token_ids("prefix_ids", self.prefix_ids))
        if not self.prompt.strip() and not self.prefix_ids:
            raise EngineError("empty_prompt")


@dataclass(frozen=True, kw_only=True)
class ScoreRequest(Value):
    """Ask for the steps of a text that is already written (teacher forcing).

    Attributes:
        prompt: Text before; empty means that the whole text is `continuation`.
        continuation: Text, or the token ids of an earlier run.
        task: As in `GenerationRequest`, whose prompt is an encoder-decoder's source.
        source_language: As there.
        target_language: As there.

    Raises:
        EngineError: invalid_params or empty_prompt.
    """

    prompt: str
    continuation: str | tuple[int, ...]
    params: DecodingParams = field(default_factory=DecodingParams)
    model: str | None = None
    trace_top_n: int = 5
    user_id: int = 0
    deadline_s: float | None = None
    request_id: str = field(default_factory=lambda: uuid4().hex)
    task: str | None = None
    source_language: str | None = None
    target_language: str | None = None

    def __post_init__(self) -> None:
        _require_envelope(self)
        _require_order(self)
        if isinstance(self.continuation, str):
            require_text("continuation", self.continuation)
        else:
            ids = token_ids("continuation", self.continuation)
            object.__setattr__(self, "continuation", ids)
        if not self.continuation:
            raise EngineError("empty_prompt")


def _require_order(request: GenerationRequest | ScoreRequest) -> None:
    """Check what says what to do with a source."""
    for name in ("task", "source_language", "target_language"):
        require_text(name, getattr(request, name), is_optional=True)


def _require_envelope(request: GenerationRequest | ScoreRequest) -> None:
    """Check what every request carries."""
    require_text("prompt", request.prompt)
    if not isinstance(request.params, DecodingParams):
        raise invalid("params", request.params, DecodingParams.__name__)
    require_text("model", request.model, is_optional=True)
    require_integer("trace_top_n", request.trace_top_n, 0, MAX_TRACE_TOP_N)
    if request.deadline_s is not None and not _SECONDS.contains(request.deadline_s):
        raise invalid("deadline_s", request.deadline_s, str(_SECONDS))
    require_text("request_id", request.request_id)
    if not request.request_id:
        raise invalid("request_id", request.request_id, "1 character or more")
