"""Text out of tokens: the bytes of one token, and the text that new tokens add."""

from __future__ import annotations

import codecs
import copy
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_SETTLE_EVERY = 32
_BYTES_PER_CHARACTER = 4
_LONGEST_LOOK_TOKENS = 256


class Vocabulary:
    """The tokens of a tokenizer, seen as bytes and as text.

    The joined bytes of a text's tokens are the text. A piece of GPT-1 or CTRL that ends a word
    carries the space that the decoder puts between words; where nothing joins the pieces, each
    carries the space before it.

    Args:
        tokenizer: Tokenizer of a causal model: byte-level BPE, sentencepiece with or without byte
            fallback, one that marks the end of a word (GPT-1) or its continuation (CTRL), or one
            of whole words without a decoder.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer
        self._bytes: dict[int, bytes] = {}
        self._to_bytes = _piece_reader(tokenizer)
        self._special_ids = frozenset(
            {
                *(i for i, token in tokenizer.added_tokens_decoder.items() if token.special),
                *tokenizer.all_special_ids,
            }
        )

    def bytes_of(self, token_id: int) -> bytes:
        """Return what the token adds to the text; nothing for a special token."""
        known = self._bytes.get(token_id)
        if known is None:
            piece = None if token_id in self._special_ids else self._piece(token_id)
            known = b"" if piece is None else self._to_bytes(piece)
            self._bytes[token_id] = known
        return known

    def text_of(self, token_id: int) -> str:
        """Return the token's exact text, bytes that do not decode alone as ⟨C3⟩.

        A special token gives its name, an id without a token ⟨#id⟩.
        """
        piece = self._piece(token_id)
        if piece is None:
            return f"⟨#{token_id}⟩"
        if token_id in self._special_ids:
            return piece
        return show_bytes(self.bytes_of(token_id))

    def is_special(self, token_id: int) -> bool:
        """Tell whether it is a token that steers the model and is no text."""
        return token_id in self._special_ids

    def is_whole(self, token_id: int) -> bool:
        """Tell whether the token is complete text that needs no neighbour to be decoded."""
        token_bytes = self.bytes_of(token_id)
        if not token_bytes or _is_byte_piece(self._piece(token_id) or ""):
            return False
        try:
            token_bytes.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return True

    def decode(self, token_ids: Sequence[int]) -> str:
        """Decode without special tokens and without an incomplete final character."""
        ids = list(token_ids)
        missing = self._incomplete_bytes(ids)
        while missing and len(self.bytes_of(ids[-1])) <= missing:
            missing -= len(self.bytes_of(ids.pop()))
        text = self.tokenizer.decode(
            ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        # What is left of the character is part of a longer piece: one replacement character.
        if missing:
            text = text[:-1]
        return str(text).removesuffix(_CONTINUATION) if self._is_unfinished(ids) else str(text)

    def _piece(self, token_id: int) -> str | None:
        piece = self.tokenizer.convert_ids_to_tokens(token_id)
        return piece if isinstance(piece, str) else None

    def _incomplete_bytes(self, ids: list[int]) -> int:
        """Count the bytes at the end of a text that begin a character and do not finish it."""
        tail = b""
        for token_id in reversed(ids):
            tail = self.bytes_of(token_id) + tail
            if len(tail) >= _BYTES_PER_CHARACTER:
                break
        return incomplete_tail(tail)

    def _is_unfinished(self, ids: list[int]) -> bool:
        if self._to_bytes is not _continued_piece_bytes:
            return False
        last = next((i for i in reversed(ids) if self.bytes_of(i)), None)
        return last is not None and (self._piece(last) or "").endswith(_CONTINUATION)


def text_after(vocabulary: Vocabulary, context_ids: Sequence[int], token_ids: Sequence[int]) -> str:
    """Return decode(context + tokens) minus decode(context)."""
    before = vocabulary.decode(context_ids)
    return _added(before, vocabulary.decode([*context_ids, *token_ids]))


def context_tail(vocabulary: Vocabulary, context_ids: Sequence[int]) -> list[int]:
    """Return the last tokens of a context, enough of them to decode what comes after."""
    return list(context_ids[_last_whole(vocabulary, context_ids) or 0 :])


class TextStream:
    """The text that tokens add after a context, kept up to date token by token.

    Only the tokens since the last whole one that was settled are decoded again, so the cost of a
    token does not grow with the length of the text.
    """

    def __init__(self, vocabulary: Vocabulary, context_ids: Sequence[int]) -> None:
        self._vocabulary = vocabulary
        self._settled = ""
        self._ids = context_tail(vocabulary, context_ids)
        self._before = vocabulary.decode(self._ids)

    def append(self, token_id: int) -> None:
        """Add one token; what it adds is settled with a later one at the earliest."""
        if len(self._ids) % _SETTLE_EVERY == 0:
            self._settle()
        self._ids.append(token_id)

    def fork(self) -> TextStream:
        """Return a stream of the same text that goes on by itself."""
        other = copy.copy(self)
        other._ids = self._ids.copy()
        return other

    @property
    def text(self) -> str:
        """The text so far, without an incomplete final character."""
        return self._settled + self._unsettled()

    def end(self, characters: int) -> str:
        """Return what the newest token can have changed, and the text's characters before it."""
        return self._settled[max(0, len(self._settled) - characters) :] + self._unsettled()

    def has_whole_end(self, characters: int) -> bool:
        """Tell whether `end` of so many characters is the whole text."""
        return len(self._settled) <= characters

    def _unsettled(self) -> str:
        return _added(self._before, self._vocabulary.decode(self._ids))

    def _settle(self) -> None:
        whole = _last_whole(self._vocabulary, self._ids)
        if not whole:
            return
        upto = self._vocabulary.decode(self._ids[: whole + 1])
        self._settled += _added(self._before, upto)
        self._ids = self._ids[whole:]
        self._before = self._vocabulary.decode(self._ids[:1])


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


def recent_bytes(
    vocabulary: Vocabulary, ids: Sequence[int], is_enough: Callable[[bytes], bool]
) -> bytes:
    """Return what the last tokens add to a text, as many of them as are enough.

    It is asked of 1, 2, 4, … tokens, so that a long look back costs no more than its text.
    """
    data, length = b"", 0
    while length < min(len(ids), _LONGEST_LOOK_TOKENS):
        longer = min(max(1, 2 * length), _LONGEST_LOOK_TOKENS)
        newer = ids[-longer : len(ids) - length]
        data, length = b"".join(map(vocabulary.bytes_of, newer)) + data, longer
        if is_enough(data):
            break
    return data


def _last_whole(vocabulary: Vocabulary, ids: Sequence[int]) -> int | None:
    return next((i for i in range(len(ids) - 1, -1, -1) if vocabulary.is_whole(ids[i])), None)


def _added(before: str, after: str) -> str:
    if after.startswith(before):
        return after[len(before) :]
    # A later byte can make the decoder read the end of the context in another way.
    pairs = zip(before, after, strict=False)
    shared = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(before), len(after)))
    return after[shared:]


_CONTINUATION = "@@"
_WORD_END = "</w>"


def _piece_reader(tokenizer: PreTrainedTokenizerBase) -> Callable[[str], bytes]:
    """Choose how a piece of the vocabulary becomes bytes, by the tokenizer's decoder."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return _continued_piece_bytes
    if backend.decoder is None:
        return _separate_piece_bytes
    kinds = _decoder_kinds(backend.decoder)
    if "ByteLevel" in kinds:
        return _byte_level_bytes
    if "BPEDecoder" in kinds:
        return _word_end_bytes
    return _sentencepiece_bytes


def _decoder_kinds(decoder: Any) -> set[str]:
    state = json.loads(decoder.__getstate__())
    return {state["type"], *(part["type"] for part in state.get("decoders", ()))}


def _byte_alphabet() -> dict[str, int]:
    """Map the printable characters of byte-level BPE to bytes (Radford et al. 2019, encoder.py)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    alphabet = {chr(byte): byte for byte in printable}
    return alphabet | {chr(256 + i): byte for i, byte in enumerate(others)}


_BYTE_OF_CHARACTER = _byte_alphabet()


def _byte_level_bytes(piece: str) -> bytes:
    try:
        return bytes([_BYTE_OF_CHARACTER[character] for character in piece])
    except KeyError:
        return piece.encode()


def _is_byte_piece(piece: str) -> bool:
    return len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">")


def _sentencepiece_bytes(piece: str) -> bytes:
    if _is_byte_piece(piece):
        return bytes([int(piece[3:5], 16)])
    return piece.replace("▁", " ").encode()


def _word_end_bytes(piece: str) -> bytes:
    return piece.replace(_WORD_END, " ").encode()


def _separate_piece_bytes(piece: str) -> bytes:
    return f" {piece}".encode()


def _continued_piece_bytes(piece: str) -> bytes:
    is_continued = piece.endswith(_CONTINUATION)
    return (piece.removesuffix(_CONTINUATION) if is_continued else f"{piece} ").encode()
