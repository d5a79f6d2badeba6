"""The engine's values as bytes: compact JSON, deflated, behind one byte that names the format.

So they are stored, and so they travel between machines.
"""

from __future__ import annotations

import json
import zlib
from typing import Any, TypeVar

from engine.values import Value

_ZLIB_JSON = b"\x01"
_LEVEL = 6
_MOST_BYTES = 2**30
"""Of a value's JSON: a few bytes of a damaged one could ask for any amount of memory."""

V = TypeVar("V", bound=Value)


def pack(value: Value) -> bytes:
    """Serialise a value. A long trace takes milliseconds: not for the event loop."""
    return pack_fields(value.to_dict())


def pack_fields(fields: Any) -> bytes:
    """Serialise plain JSON, as of several values."""
    text = json.dumps(fields, separators=(",", ":"))
    return _ZLIB_JSON + zlib.compress(text.encode(), _LEVEL)


def unpack(cls: type[V], data: bytes) -> V:
    """Build the value again from `pack`'s result.

    Raises:
        ValueError: The bytes are damaged, or come from a newer version.
    """
    return cls.from_dict(unpack_fields(data))


def unpack_fields(data: bytes) -> Any:
    """Return the packed value's plain JSON: enough where little of a long trace is wanted.

    Raises:
        ValueError: The bytes are damaged, too many, or come from a newer version.
    """
    if data[:1] != _ZLIB_JSON:
        raise ValueError(f"unknown packing {data[:1]!r}")
    try:
        inflater = zlib.decompressobj()
        text = inflater.decompress(data[1:], _MOST_BYTES + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not inflater.eof or len(text) > _MOST_BYTES:
        raise ValueError("a packed value that is cut, or too long")
    return json.loads(text)
