"""CTRL's tokenizer, which exists only in Python in transformers, as one of `tokenizers`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import CTRLTokenizer, PreTrainedTokenizerFast

from engine.pieces import CONTINUATION, WORD_END

_WORD = r"\S+\n?"
"""What the original code splits a text into; a line break belongs to the word before it."""


class ConvertedCTRLTokenizer(PreTrainedTokenizerFast):
    """CTRL's BPE with the ids of the checkpoint.

    Args:
        stand_ins: Own id of a merge that the vocabulary has no piece for, or that shares its piece
            with another → the id that the checkpoint gives it.
        **kwargs: As for `PreTrainedTokenizerFast`.
    """

    def __init__(self, *, stand_ins: Mapping[int, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        self._stand_ins = dict(stand_ins)

    def get_vocab(self) -> dict[str, int]:
        """Return the tokens that the checkpoint knows."""
        known: dict[str, int] = super().get_vocab()
        return {token: i for token, i in known.items() if i not in self._stand_ins}

    def __len__(self) -> int:
        return len(self.get_vocab())

    def _convert_encoding(self, *args: Any, **kwargs: Any) -> Any:
        values, encodings = super()._convert_encoding(*args, **kwargs)
        values["input_ids"] = [
            [self._stand_ins.get(i, i) for i in ids] for ids in values["input_ids"]
        ]
        return values, encodings


def convert(folder: Path) -> PreTrainedTokenizerFast:
    """Read a folder's CTRL tokenizer.

    The vocabulary writes a piece whose word goes on `x@@` and one that ends its word `x`; the
    merges write them `x` and `x</w>`, as here. What a merge makes on the way to a longer piece is
    often in no vocabulary: it has an id of its own here while the merges need one, and leaves as
    the unknown token's.

    Source: Sennrich et al. (2016), §3.2, for the merges.
    """
    original = CTRLTokenizer.from_pretrained(folder)
    unknown = str(original.unk_token)
    vocabulary = _symbols(original, unknown)
    merges = [pair for pair in original.bpe_ranks if len(pair) == 2]
    stand_ins: dict[int, int] = {}
    own_id = max(vocabulary.values()) + 1
    for left, right in merges:
        for symbol in (left, right, left + right):
            if symbol not in vocabulary:
                vocabulary[symbol] = own_id
                stand_ins[own_id] = original.convert_tokens_to_ids(_piece(symbol))
                own_id += 1
    backend = Tokenizer(
        models.BPE(vocab=vocabulary, merges=merges, unk_token=unknown, end_of_word_suffix=WORD_END)
    )
    backend.pre_tokenizer = pre_tokenizers.Split(Regex(_WORD), behavior="removed", invert=True)
    backend.decoder = decoders.BPEDecoder(suffix=WORD_END)
    _add_tokens(backend, original)
    return ConvertedCTRLTokenizer(
        stand_ins=stand_ins, tokenizer_object=backend, **original.special_tokens_map
    )


def _symbols(original: CTRLTokenizer, unknown: str) -> dict[str, int]:
    """Write every token as the merges do; the special ones and the added ones as they are."""
    added = {token.content: i for i, token in original.added_tokens_decoder.items()}
    symbols = {unknown: original.unk_token_id, **added}
    for piece, token_id in original.encoder.items():
        if piece in added or piece == unknown:
            continue
        is_continued = piece.endswith(CONTINUATION) and piece != CONTINUATION
        symbol = piece.removesuffix(CONTINUATION) if is_continued else piece + WORD_END
        symbols.setdefault(symbol, token_id)
    return symbols


def _piece(symbol: str) -> str:
    """Write a symbol of the merges as the vocabulary does."""
    is_end = symbol.endswith(WORD_END)
    return symbol.removesuffix(WORD_END) if is_end else symbol + CONTINUATION


def _add_tokens(backend: Tokenizer, original: CTRLTokenizer) -> None:
    tokens: list[AddedToken] = list(original.added_tokens_decoder.values())
    backend.add_special_tokens([token for token in tokens if token.special])
    backend.add_tokens([token for token in tokens if not token.special])
