"""Small tokenizers of the kinds that causal models come with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import (
    CTRLTokenizer,
    GemmaTokenizer,
    LlamaTokenizer,
    OpenAIGPTTokenizer,
    PreTrainedTokenizerFast,
)

from tests.engine.tiny import CORPUS

_LETTERS = sorted({c for c in "".join(CORPUS) if c.isalnum()})
_SIGNS = list(",.;:¿?…-")
_BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def _chain(words: list[str], end: str = "") -> list[tuple[str, str]]:
    """Merges that build each word from its letters, left to right."""
    merges: dict[tuple[str, str], None] = {}
    for word in words:
        pieces = [*word[:-1], word[-1] + end]
        left = pieces[0]
        for right in pieces[1:]:
            merges[left, right] = None
            left += right
    return list(merges)


def _sentencepiece_parts(specials: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    merges = _chain(["▁vida", "▁sue", "camino", "▁la"])
    pieces = [*specials, *_BYTES, "▁", *_LETTERS, *_SIGNS, *(a + b for a, b in merges)]
    return {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}, merges


def gemma() -> GemmaTokenizer:
    """Sentencepiece with byte fallback; spaces are kept as they are."""
    vocab, merges = _sentencepiece_parts(["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"])
    return GemmaTokenizer(vocab=vocab, merges=merges)


def llama() -> LlamaTokenizer:
    """Sentencepiece with byte fallback that puts a space before a text and takes it away."""
    vocab, merges = _sentencepiece_parts(["<unk>", "<s>", "</s>"])
    return LlamaTokenizer(vocab=vocab, merges=merges)


def gpt1() -> OpenAIGPTTokenizer:
    """Lower-case BPE that marks the end of a word."""
    merges = _chain(["vida", "sue", "camino"], end="</w>")
    letters = [c for c in _LETTERS if c == c.lower()] + _SIGNS
    pieces = ["<unk>", *letters, *(c + "</w>" for c in letters), *(a + b for a, b in merges)]
    vocab = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    return OpenAIGPTTokenizer(vocab=vocab, merges=merges)


def words() -> PreTrainedTokenizerFast:
    """Whole words and no decoder, so that spaces stand between them."""
    pieces = ["<unk>", "la", "vida", "es", "sueño"]
    vocab = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(WordLevel(vocab=vocab, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>")


def ctrl(folder: Path, codes: Sequence[str] = ()) -> CTRLTokenizer:
    """BPE that marks the continuation of a word, without a fast version.

    Args:
        folder: Where its files go.
        codes: Further words that are one token.
    """
    merges = _chain(["vida", "camino", *codes], end="</w>")
    letters = sorted({*_LETTERS, *"".join(codes)}) + _SIGNS
    words = ["vida", "camino", "la", "es", *codes]
    pieces = ["<unk>", *letters, *(c + "@@" for c in letters), *words]
    pieces += [(a + b).removesuffix("</w>") + "@@" for a, b in merges]
    vocab = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    (folder / "vocab.json").write_text(json.dumps(vocab))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges), ""]
    (folder / "merges.txt").write_text("\n".join(lines))
    return CTRLTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
