"""The pieces of a tokenizer's vocabulary as the bytes that they stand for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

CONTINUATION = "@@"
"""What a piece of CTRL ends with whose word goes on."""
WORD_END = "</w>"
_WORDPIECE_CONTINUATION = "##"


def piece_reader(tokenizer: PreTrainedTokenizerBase) -> Callable[[str], bytes]:
    """Choose how a piece of the vocabulary becomes bytes, by the tokenizer's decoder."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return continued_piece_bytes
    if backend.decoder is None:
        return _separate_piece_bytes
    kinds = _decoder_kinds(backend.decoder)
    if "ByteLevel" in kinds:
        return _byte_level_bytes
    if "BPEDecoder" in kinds:
        return _word_end_bytes
    if "WordPiece" in kinds:
        return wordpiece_bytes
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


def is_byte_piece(piece: str) -> bool:
    """Tell of a piece that stands for one byte, as `<0xC3>` does."""
    return len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">")


def _sentencepiece_bytes(piece: str) -> bytes:
    if is_byte_piece(piece):
        return bytes([int(piece[3:5], 16)])
    return piece.replace("▁", " ").encode()


def _word_end_bytes(piece: str) -> bytes:
    return piece.replace(WORD_END, " ").encode()


def _separate_piece_bytes(piece: str) -> bytes:
    return f" {piece}".encode()


def wordpiece_bytes(piece: str) -> bytes:
    """Read a piece of BERT's vocabulary: one that begins a word brings the space before it."""
    rest = piece.removeprefix(_WORDPIECE_CONTINUATION)
    # The sign itself is a piece too.
    return (rest if rest and rest != piece else f" {piece}").encode()


def continued_piece_bytes(piece: str) -> bytes:
    """Read a piece that says whether its word goes on; a word that ends brings its space."""
    is_continued = piece.endswith(CONTINUATION)
    return (piece.removesuffix(CONTINUATION) if is_continued else f"{piece} ").encode()
