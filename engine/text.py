"""Text out of tokens: the bytes of one token, and the text that new tokens add."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from engine.pieces import (
    CONTINUATION,
    continued_piece_bytes,
    is_byte_piece,
    piece_reader,
    wordpiece_bytes,
)
from engine.utf8 import incomplete_tail, show_bytes

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_SETTLE_EVERY = 32
_BYTES_PER_CHARACTER = 4
LONGEST_LOOK_TOKENS = 256


class Vocabulary:
    """The tokens of a tokenizer, seen as bytes and as text.

    The joined bytes of a text's tokens are the text. A piece of GPT-1 or CTRL that ends a word
    carries the space that the decoder puts between words; where nothing joins the pieces, each
    carries the space before it, and so does a piece of BERT that begins a word.

    Args:
        tokenizer: Byte-level BPE, sentencepiece with or without byte fallback, WordPiece (BERT),
            one that marks the end of a word (GPT-1) or its continuation (CTRL), or one of whole
            words without a decoder.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer
        self._bytes: dict[int, bytes] = {}
        self._texts: dict[int, str] = {}
        self._to_bytes = piece_reader(tokenizer)
        self._special_ids = frozenset(
            {
                *(i for i, token in tokenizer.added_tokens_decoder.items() if token.special),
                *tokenizer.all_special_ids,
            }
        )

    @property
    def is_wordpiece(self) -> bool:
        """Whether the pieces are BERT's, where signs have no space of their own."""
        return self._to_bytes is wordpiece_bytes

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
        known = self._texts.get(token_id)
        if known is None:
            known = self._texts[token_id] = self._text_of(token_id)
        return known

    def is_special(self, token_id: int) -> bool:
        """Tell whether it is a token that steers the model and is no text."""
        return token_id in self._special_ids

    def is_whole(self, token_id: int) -> bool:
        """Tell whether the token is complete text that needs no neighbour to be decoded."""
        token_bytes = self.bytes_of(token_id)
        if not token_bytes or is_byte_piece(self._piece(token_id) or ""):
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
        return str(text).removesuffix(CONTINUATION) if self._is_unfinished(ids) else str(text)

    def _text_of(self, token_id: int) -> str:
        piece = self._piece(token_id)
        if piece is None:
            return f"⟨#{token_id}⟩"
        if token_id in self._special_ids:
            return piece
        return show_bytes(self.bytes_of(token_id))

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
        if self._to_bytes is not continued_piece_bytes:
            return False
        last = next((i for i in reversed(ids) if self.bytes_of(i)), None)
        return last is not None and (self._piece(last) or "").endswith(CONTINUATION)


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


def recent_bytes(
    vocabulary: Vocabulary, ids: Sequence[int], is_enough: Callable[[bytes], bool]
) -> bytes:
    """Return what the last tokens add to a text, as many of them as are enough.

    It is asked of 1, 2, 4, … tokens, so that a long look back costs no more than its text.
    """
    data, length = b"", 0
    while length < min(len(ids), LONGEST_LOOK_TOKENS):
        longer = min(max(1, 2 * length), LONGEST_LOOK_TOKENS)
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
