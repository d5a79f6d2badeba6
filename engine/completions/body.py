"""What of a request the interface takes, and what is left out for servers that know less of it.

Source: OpenAI API reference, «Completions (legacy)».
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from typing import Any

from engine.completions.pieces import text_of
from engine.decoding_params import DecodingParams
from engine.requests import GenerationRequest

STRATEGIES = ("greedy", "sample")
MAX_TOP_N = 20
"""Most candidates that any of the known servers lists."""
LEAST_TOP_N = 5
"""Most that OpenAI's own interface lists."""
MAX_STOPS = 4
_SENT = ("strategy", "max_new_tokens", "temperature", "top_p", "attempts")
_OURS = ("stop", "bad_words")
"""What holds for the text whatever the server does: it is cut here."""


@dataclass(kw_only=True)
class Manners:
    """What a server has turned out to take; it is asked for less from then on.

    Attributes:
        top_n: Candidates per step; 0 where it gives no chances.
        takes: Optional fields of the interface that it takes.
    """

    top_n: int = MAX_TOP_N
    takes: set[str] = field(default_factory=lambda: {"stream_options", "seed", "n"})

    def give_way(self, complaint: str, asked: Collection[str]) -> bool:
        """Ask for less of what a server complains about; tell whether there was something.

        Args:
            complaint: What it said, in lower case.
            asked: Fields of the request.
        """
        if "logprobs" in complaint and "logprobs" in asked:
            self.top_n = LEAST_TOP_N if self.top_n > LEAST_TOP_N else 0
            return True
        for name in sorted(self.takes & set(asked)):
            if re.search(rf"(?<![\w\\]){name}(?!\w)", complaint):
                self.takes.discard(name)
                return True
        return False


def body_of(
    request: GenerationRequest, model: str, manners: Manners, *, attempt: int | None = None
) -> dict[str, Any]:
    """Return the JSON of a request.

    Args:
        request: What is asked.
        model: What the server calls its model.
        manners: What the server takes.
        attempt: The only one that is asked for, 0-based; None for all at once.
    """
    params = request.params.resolved()
    body: dict[str, Any] = {
        "model": model,
        "prompt": request.prompt + text_of(request.prefix_ids),
        "max_tokens": params.max_new_tokens,
        "temperature": params.temperature if params.is_sampled else 0,
        "stream": True,
    }
    if params.is_sampled:
        body["top_p"] = params.top_p
    if manners.top_n:
        # One at least: it also says where the tokens begin and end.
        body["logprobs"] = top_n_of(request, manners)
    if params.stop:
        body["stop"] = list(params.stop[:MAX_STOPS])
    if "seed" in manners.takes and params.is_sampled:
        body["seed"] = request.seed + (attempt or 0)
    if "n" in manners.takes and params.is_sampled and attempt is None and params.attempts > 1:
        body["n"] = params.attempts
    if "stream_options" in manners.takes:
        body["stream_options"] = {"include_usage": True}
    return body


def top_n_of(request: GenerationRequest, manners: Manners) -> int:
    """Return how many candidates are asked for at each step."""
    return min(max(request.trace_top_n, 1), manners.top_n)


def sent(params: DecodingParams) -> tuple[str, ...]:
    """Name the settings that the interface takes, and that count."""
    several = ("attempts",) if params.queue_places > 1 else ()
    top_p = ("top_p",) if params.is_sampled else ()
    stop = ("stop",) if params.stop else ()
    return ("max_new_tokens", *several, "temperature", *top_p, *stop)


def effective(params: DecodingParams) -> DecodingParams:
    """Return the settings as the text was written: what could not be sent is off."""
    defaults = DecodingParams()
    return replace(params, **{name: getattr(defaults, name) for name in unsent(params)})


def unsent(params: DecodingParams) -> tuple[str, ...]:
    """Name the settings that would count with a model of this machine, and cannot be sent."""
    known = {*_SENT, *_OURS, *params.ignored}
    return tuple(
        one.name
        for one in fields(params)
        if one.name not in known and getattr(params, one.name) != one.default
    )
