"""Bytes that are UTF-8 only in part: where a character is cut, and how that is shown."""

from __future__ import annotations

import codecs


def incomplete_tail(data: bytes) -> int:
    """Count the final bytes that begin a UTF-8 character without finishing it (0 to 3)."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    decoder.decode(data)
    tail = decoder.getstate()[0]
    # Half of a surrogate pair, which Python waits for, is no character of UTF-8.
    is_surrogate = len(tail) == 2 and tail[0] == 0xED and tail[1] >= 0xA0
    return 0 if is_surrogate else len(tail)


def visible(data: bytes) -> str:
    """Decode UTF-8 without an incomplete final character; what is no UTF-8 is replaced."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data[: len(data) - incomplete_tail(data)].decode(errors="replace")


def is_continuation(data: bytes) -> bool:
    """Tell of bytes that begin inside a UTF-8 character."""
    return bool(data) and data[0] & 0xC0 == 0x80


def show_bytes(data: bytes) -> str:
    """Decode UTF-8 and show every byte that does not decode as ⟨C3⟩."""
    parts = []
    while data:
        try:
            parts.append(data.decode())
            break
        except UnicodeDecodeError as error:
            parts.append(data[: error.start].decode())
            parts += (f"⟨{byte:02X}⟩" for byte in data[error.start : error.end])
            data = data[error.end :]
    return "".join(parts)
