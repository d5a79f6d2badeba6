"""The chunks of a completion, read from the several forms that servers give them.

Source: OpenAI API reference, «Completions (legacy)»; the `content` form of log-probabilities is
that of its chat completions, which llama.cpp's server also uses here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.completions.pieces import shown, token_data
from engine.listed import Listed, ListedStep


class GarbledError(Exception):
    """An answer has another shape than a completion's."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What a chunk adds to one text.

    Attributes:
        index: 0-based attempt.
        steps: One per token, where the server gives chances.
        finish_reason: In the server's words, once it ends.
    """

    index: int
    text: str
    steps: tuple[ListedStep, ...]
    finish_reason: str | None


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """One message of the server.

    Attributes:
        prompt_tokens: As the server counts them, once it says so.
        completion_tokens: Of all attempts together.
    """

    pieces: tuple[Piece, ...]
    model: str | None
    fingerprint: str | None
    prompt_tokens: int | None
    completion_tokens: int | None


def chunk_of(data: object, top_n: int) -> Chunk:
    """Read a message.

    Args:
        data: Parsed JSON.
        top_n: Candidates that were asked for.

    Raises:
        GarbledError: It is no completion.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("choices"), list):
        raise GarbledError
    usage = data.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    return Chunk(
        pieces=tuple(_piece(choice, top_n) for choice in data["choices"]),
        model=_text(data.get("model")),
        fingerprint=_text(data.get("system_fingerprint")),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
    )


def _piece(choice: object, top_n: int) -> Piece:
    if not isinstance(choice, Mapping):
        raise GarbledError
    text, index = choice.get("text"), choice.get("index", 0)
    if not isinstance(index, int) or not isinstance(text, str | None):
        raise GarbledError
    return Piece(
        index=index,
        text=text or "",
        steps=tuple(_steps(choice.get("logprobs"), top_n)),
        finish_reason=_text(choice.get("finish_reason")),
    )


def _steps(logprobs: object, top_n: int) -> Iterator[ListedStep]:
    if not isinstance(logprobs, Mapping):
        return
    content = logprobs.get("content")
    if isinstance(content, list):
        for token in content:
            yield _step(_name(token), _number(token, "logprob"), _contents(token), top_n)
        return
    tokens = _list(logprobs, "tokens")
    chances, tops = _list(logprobs, "token_logprobs"), _list(logprobs, "top_logprobs")
    for place, token in enumerate(tokens):
        top = tops[place] if place < len(tops) else None
        listed = top if isinstance(top, Mapping) else {}
        named = [(token_data(str(name)), _finite(value)) for name, value in listed.items()]
        chance = _finite(chances[place]) if place < len(chances) else None
        yield _step(token_data(str(token)), chance, named, top_n)


def _contents(token: Mapping[str, Any]) -> list[tuple[bytes, float | None]]:
    return [(_name(top), _number(top, "logprob")) for top in _list(token, "top_logprobs")]


def _name(token: object) -> bytes:
    if not isinstance(token, Mapping) or not isinstance(token.get("token"), str):
        raise GarbledError
    data = token.get("bytes")
    if isinstance(data, list) and all(isinstance(b, int) and 0 <= b < 256 for b in data):
        return bytes(data)
    return token_data(token["token"])


def _step(
    token: bytes,
    logprob: float | None,
    named: Sequence[tuple[bytes, float | None]],
    top_n: int,
) -> ListedStep:
    """Order what a server names: its best, and the chosen one where that is not among them.

    Many servers put the chosen token into the list, so one more than were asked for means that it
    stands behind them, and nobody knows how far.
    """
    chances = {data: chance for data, chance in named if chance is not None}
    is_outside = token not in chances or (
        len(chances) > top_n and chances[token] == min(chances.values())
    )
    if logprob is None:
        logprob = chances.get(token)
    best = sorted((-chance, data) for data, chance in chances.items())
    if is_outside:
        best = [one for one in best if one[1] != token]
    candidates = [
        Listed(text=shown(data), prob=_chance(-minus), rank=rank)
        for rank, (minus, data) in enumerate(best, start=1)
    ]
    if is_outside and logprob is not None and chances:
        candidates.append(Listed(text=shown(token), prob=_chance(logprob), rank=None))
    listed = math.fsum(candidate.prob for candidate in candidates)
    return ListedStep(
        text=shown(token),
        logprob=logprob,
        candidates=tuple(candidates),
        rest=max(0.0, 1.0 - listed) if candidates else None,
    )


def _chance(logprob: float) -> float:
    return min(1.0, math.exp(logprob))


def _list(data: Mapping[str, Any], name: str) -> list[Any]:
    value = data.get(name)
    return value if isinstance(value, list) else []


def _number(data: Mapping[str, Any], name: str) -> float | None:
    return _finite(data.get(name))


def _finite(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None  # type: ignore[arg-type]


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
