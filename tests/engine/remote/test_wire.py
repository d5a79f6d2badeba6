"""Lines that no replica and no bot sends."""

import pytest

from engine.remote.wire import WireError, asked_of, error_of, record_of


@pytest.mark.parametrize(
    "line",
    [b"", b"hola", b"[]", b"[" * 100_000, b"\xff", b'{"a": 1', b"null"],
    ids=["empty", "words", "list", "deep", "bytes", "half", "null"],
)
def test_what_is_no_record_is_told(line):
    with pytest.raises(WireError):
        record_of(line)


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b'{"v": 2, "call": "GenerationRequest", "request": {}}',
        b'{"v": 1, "call": "dict", "request": {}}',
        b'{"v": 1, "call": "GenerationRequest"}',
        b'{"v": 1, "call": "GenerationRequest", "request": {"a": 1}}',
        b'{"v": 1, "call": "GenerationRequest", "request": {"prompt": "a"}, "arithmetic": [1]}',
    ],
)
def test_what_is_no_call_is_told(line):
    with pytest.raises(WireError):
        asked_of(line)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"code": "nothing_known", "details": {}},
        {"code": "queue_full", "details": []},
        {"code": "queue_full", "details": {"code": "a", "self": 1}},
        {"code": "model_unavailable", "details": {"self": 1}},
        {"code": "cancelled", "details": {}, "partial": "%"},
    ],
)
def test_what_is_no_error_is_told(record):
    with pytest.raises(WireError):
        error_of(record)
