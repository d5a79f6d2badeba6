"""The records that a bot and a replica exchange, one line of JSON each, the first with a version.

A client sends `{"v": 1, "call": "GenerationRequest", "request": {…}, "arithmetic": {…}}`, and
`{"stop": true}` to be given what there is so far. A replica answers with records of these kinds:

* opened: it has the call. Always the first.
* alive: nothing new, but it is there.
* queued: `position`.
* progress: an attempt's `text` and number of `tokens`; where it only grows, the `ids` that came
  since its last record and the `logprob` of all.
* done: `data`, the packed answer; `is_cut` where it was stopped before its end.
* error: `code`, `details` and, where there is one, the packed `partial` completion.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from engine.errors import ERROR_CODES, EngineError, ModelUnavailable
from engine.explain.inside_values import (
    Attention,
    AttentionRequest,
    LogitLens,
    LogitLensRequest,
    TokenVectors,
    TokenVectorsRequest,
)
from engine.explain.tokenization_values import Tokenization, TokensRequest
from engine.explain.values import ExplainRequest, Redraw, RedrawRequest, WhyNot, WhyNotRequest
from engine.filling.values import Filling, FillRequest
from engine.packing import pack, pack_fields, unpack, unpack_fields
from engine.requests import GenerationRequest, ScoreRequest
from engine.trace import Completion, Progress, Step
from engine.values import Value

VERSION: Final = 1
CALL_PATH: Final = "/v1/call"
STATUS_PATH: Final = "/v1/status"
HEALTH_PATH: Final = "/v1/health"
STOP: Final = b'{"stop": true}\n'

Record = dict[str, Any]
Question = GenerationRequest | ScoreRequest | FillRequest | ExplainRequest[Any]
Arithmetic = Mapping[str, tuple[str | None, str | None]]
"""Of each model its revision and its precision; None where it is not known before it is loaded."""

_ANSWERS: Mapping[type[Question], type[Value]] = MappingProxyType(
    {
        GenerationRequest: Completion,
        ScoreRequest: Step,
        FillRequest: Filling,
        WhyNotRequest: WhyNot,
        RedrawRequest: Redraw,
        AttentionRequest: Attention,
        LogitLensRequest: LogitLens,
        TokenVectorsRequest: TokenVectors,
        TokensRequest: Tokenization,
    }
)
"""What each request is answered with; a `ScoreRequest` with one for each token."""
_REQUESTS = MappingProxyType({kind.__name__: kind for kind in _ANSWERS})


class WireError(ValueError):
    """What came is not a record that this version knows."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a call asks for.

    Attributes:
        request: What is asked.
        arithmetic: Revision and precision that the caller knows each model by.
    """

    request: Question
    arithmetic: Arithmetic


def line(record: Mapping[str, Any]) -> bytes:
    """Return a record as it travels; a detail that JSON does not have goes as its text."""
    return json.dumps(record, separators=(",", ":"), default=str).encode() + b"\n"


def record_of(data: bytes) -> Record:
    """Read a line.

    Raises:
        WireError: It is no JSON object.
    """
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        raise WireError("no JSON") from None
    if not isinstance(record, dict):
        raise WireError("no record")
    return record


def require_version(record: Record) -> None:
    """Refuse the first record of another version.

    Raises:
        WireError: It is of another one, or of none.
    """
    if record.get("v") != VERSION:
        raise WireError(f"version {record.get('v')!r} is not {VERSION}")


def call_line(request: Question, arithmetic: Arithmetic) -> bytes:
    """Return the line that begins a call."""
    return line(
        {
            "v": VERSION,
            "call": type(request).__name__,
            "request": request.to_dict(),
            "arithmetic": {name: list(known) for name, known in arithmetic.items()},
        }
    )


def asked_of(data: bytes) -> Asked:
    """Read the line that begins a call.

    Raises:
        WireError: It is none.
        EngineError: What it asks for cannot be.
    """
    record = record_of(data)
    require_version(record)
    kind = _REQUESTS.get(str(record.get("call")))
    try:
        if kind is None:
            raise WireError(f"unknown call {record.get('call')!r}")
        arithmetic = {
            str(name): (revision, precision)
            for name, (revision, precision) in record.get("arithmetic", {}).items()
        }
        return Asked(request=kind.from_dict(record["request"]), arithmetic=arithmetic)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WireError(f"a call of another shape ({type(error).__name__})") from error


def packed(answer: Value | Sequence[Value]) -> str:
    """Return an answer as it stands in a record; a long one takes milliseconds."""
    data = pack(answer) if isinstance(answer, Value) else pack_fields([v.to_dict() for v in answer])
    return base64.b64encode(data).decode()


def unpacked(request: Question, data: str) -> Any:
    """Return the answer to a request from its packed form; a long one takes milliseconds.

    Raises:
        WireError: It is damaged, or comes from a newer version.
    """
    try:
        raw = base64.b64decode(data, validate=True)
        if isinstance(request, ScoreRequest):
            return tuple(map(Step.from_dict, unpack_fields(raw)))
        return unpack(_ANSWERS[type(request)], raw)
    except (ValueError, TypeError, EngineError) as error:
        raise WireError("a damaged answer") from error


def queued_record(position: int) -> Record:
    """Return the record of a place in a queue."""
    return {"kind": "queued", "position": position}


def progress_record(progress: Progress, sent: int) -> Record:
    """Return the record of a progress.

    Args:
        progress: The newest of its attempt.
        sent: How many of its tokens went with earlier records.
    """
    record: Record = {
        "kind": "progress",
        "attempt": progress.attempt,
        "text": progress.text,
        "tokens": progress.tokens,
    }
    if progress.token_ids:
        record["ids"] = progress.token_ids[sent:]
        record["logprob"] = progress.logprob
    return record


def done_record(answer: Value | Sequence[Value]) -> Record:
    """Return the record of an answer; of a long one it takes milliseconds."""
    record: Record = {"kind": "done", "data": packed(answer)}
    if isinstance(answer, Completion):
        record["is_cut"] = any(one.finish_reason == "cancelled" for one in answer.attempts)
    return record


def error_record(error: EngineError) -> Record:
    """Return the record of a failure."""
    record: Record = {"v": VERSION, "kind": "error", "code": error.code, "details": error.details}
    if isinstance(error.partial, Completion):
        record["partial"] = packed(error.partial)
    return record


def error_of(record: Record) -> EngineError:
    """Return the failure that a record tells of.

    Raises:
        WireError: It is none.
    """
    code, details = record.get("code"), record.get("details")
    if code not in ERROR_CODES or not isinstance(details, dict):
        raise WireError("an error of another shape")
    error: EngineError
    try:
        if code == "model_unavailable":
            model, reason = details.pop("model", None), details.pop("reason", "failed")
            error = ModelUnavailable(model, reason, **details)
        else:
            error = EngineError(code, **details)
    except TypeError:
        raise WireError("an error of another shape") from None
    if "partial" in record:
        try:
            error.partial = unpack(Completion, base64.b64decode(record["partial"], validate=True))
        except (ValueError, TypeError) as damage:
            raise WireError("a damaged answer") from damage
    return error
