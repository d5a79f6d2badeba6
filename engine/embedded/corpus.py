"""The training text: documents, a validation split of our own, and token arrays."""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

END_OF_TEXT = "<|endoftext|>"
MODERN = "modern"
TokenIds = NDArray[np.uint16]


@dataclass(frozen=True, kw_only=True)
class Documents:
    """Texts of one part of the corpus, split by a hash of their beginning."""

    training: tuple[str, ...]
    validation: tuple[str, ...]


def read_documents(folder: Path, *, validation_share: float) -> dict[str, Documents]:
    """Read every `*.txt.xz` of the corpus folder.

    Args:
        folder: Files of one paragraph a line, documents separated by `<|endoftext|>` lines.
        validation_share: Share of the documents held out, chosen by a hash of their text.

    Returns:
        Part name → its documents. Literature is one part, modern prose the other.
    """
    parts: dict[str, list[str]] = {"literature": [], MODERN: []}
    for path in sorted(folder.glob("*.txt.xz")):
        part = MODERN if path.name.startswith(MODERN) else "literature"
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            parts[part] += [text for text in map(_clean, lines.read().split(END_OF_TEXT)) if text]
    return {name: _split(texts, validation_share) for name, texts in parts.items()}


def _clean(document: str) -> str:
    paragraphs = (line.strip() for line in document.splitlines())
    return "\n".join(dict.fromkeys(paragraph for paragraph in paragraphs if paragraph))


def _split(texts: list[str], validation_share: float) -> Documents:
    def is_held_out(text: str) -> bool:
        digest = hashlib.sha256(text[:2000].encode()).digest()
        return int.from_bytes(digest[:4]) / 2**32 < validation_share

    return Documents(
        training=tuple(text for text in texts if not is_held_out(text)),
        validation=tuple(text for text in texts if is_held_out(text)),
    )


def train_tokenizer(texts: Iterator[str], vocab_size: int) -> Tokenizer:
    """Train a byte-level BPE (Sennrich et al., 2016; Radford et al., 2019)."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def encode_documents(tokenizer: Tokenizer, texts: tuple[str, ...]) -> TokenIds:
    """Join the documents' ids, each behind an end-of-text token. Shape (tokens,)."""
    end = tokenizer.token_to_id(END_OF_TEXT)
    pieces = []
    for encoding in tokenizer.encode_batch_fast(list(texts)):
        pieces += [np.array([end], dtype=np.uint16), np.array(encoding.ids, dtype=np.uint16)]
    return np.concatenate(pieces)
