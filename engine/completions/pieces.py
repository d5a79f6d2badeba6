"""The ids that this engine gives to a server's tokens, which the interface names by text alone.

The id of a piece of text is that text as a number: a byte 1, then its UTF-8, read as one
big-endian integer. So ids can be turned into text again, and a text goes on from its ids as with
any model; they are nobody's vocabulary and are never shown.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence

from engine.errors import EngineError
from engine.utf8 import show_bytes

_MOST_BYTES = 1024
_BYTES_PREFIX = "bytes:"
_ESCAPED = re.compile(r"(?:\\x[0-9a-fA-F]{2})+")


def token_data(text: str) -> bytes:
    r"""Return the bytes of a token as a server writes it; OpenAI writes broken ones bytes:\xc3."""
    escaped = text.removeprefix(_BYTES_PREFIX)
    if text.startswith(_BYTES_PREFIX) and _ESCAPED.fullmatch(escaped):
        return bytes.fromhex(escaped.replace("\\x", ""))
    return text.encode("utf-8", errors="replace")


def shown(data: bytes) -> str:
    """Return a token's text, or its bytes as ⟨C3⟩ where they are no text."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return show_bytes(data)


def id_of(data: bytes) -> int:
    """Return the id of a token's bytes."""
    return int.from_bytes(b"\x01" + data, "big")


def ids_of(data: bytes) -> tuple[int, ...]:
    """Return the ids of a piece of any length."""
    starts = range(0, len(data), _MOST_BYTES)
    return tuple(id_of(data[start : start + _MOST_BYTES]) for start in starts)


def text_of(ids: Sequence[int]) -> str:
    """Return the text of ids; an incomplete last character is left out.

    Raises:
        EngineError: invalid_params: they are another model's.
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    return decoder.decode(b"".join(_data(ids)))


def _data(ids: Sequence[int]) -> Iterable[bytes]:
    for token_id in ids:
        data = token_id.to_bytes((token_id.bit_length() + 7) // 8, "big")
        if data[:1] != b"\x01":
            raise EngineError(
                "invalid_params", field="prefix_ids", value=token_id, range="ids of this model"
            )
        yield data[1:]
