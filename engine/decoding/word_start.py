"""The first new token as the beginning of a word, not as the rest of the prompt's last one."""

from __future__ import annotations

from functools import cache

import regex
import torch
from torch import Tensor

from engine.decoding.filter import Floats, Ids
from engine.decoding.sparing import cut_sparingly, textless_tokens, without
from engine.text import Vocabulary, recent_bytes
from engine.utf8 import incomplete_tail, is_continuation, visible
from engine.words import ends_in_word, is_word_character

_UNSPACED = regex.compile(
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}"
    r"\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]"
)
"""Letters of scripts that put no space between words: there any token may begin one."""


class WordStartIndex:
    """The tokens that would go on with a word, found once.

    Args:
        vocabulary: Tokens of the model.
        vocab_size: Width of a row of scores.
    """

    def __init__(self, vocabulary: Vocabulary, vocab_size: int) -> None:
        self._vocabulary = vocabulary
        pieces = [vocabulary.bytes_of(token_id) for token_id in range(vocab_size)]
        self.textless = textless_tokens(vocabulary, vocab_size)
        self.joined = torch.tensor(
            [i for i, data in enumerate(pieces) if data and _begins_in_word(data)],
            dtype=torch.long,
        )

    def is_in_word(self, ids: list[int]) -> bool:
        """Tell whether a letter behind these tokens would go on with their last word."""
        data = recent_bytes(self._vocabulary, ids, _is_enough)
        text = visible(data)
        return ends_in_word(text) and not _UNSPACED.match(text[-1])


class WholeWordStart:
    """Cuts the tokens that would go on with the prompt's last word, behind the prompt alone.

    Args:
        index: Of the model's vocabulary.
        prompt_tokens: Tokens of the prompt.
    """

    def __init__(self, index: WordStartIndex, prompt_tokens: int) -> None:
        self._index = index
        self._prompt_tokens = prompt_tokens

    def __call__(self, ids: Tensor, scores: Tensor) -> Tensor:
        """Send those tokens to −inf; elsewhere return the scores themselves.

        Args:
            ids: Tokens so far, int64, shape (rows, length).
            scores: float32, shape (rows, vocab).
        """
        if not self._is_joined(ids[0]):
            return scores
        return without(scores, [self._index.joined] * len(scores), self._index.textless)

    def edit(self, ids: Ids, scores: Floats) -> bool:
        """Do the same to one row where it is."""
        if not self._is_joined(ids):
            return False
        cut_sparingly(scores, self._index.joined.numpy(), self._index.textless)
        return True

    def _is_joined(self, ids: Tensor | Ids) -> bool:
        """Tell of a prompt, and of nothing longer, whether a letter would go on with its word."""
        return len(ids) == self._prompt_tokens and self._index.is_in_word(ids.tolist())


def _begins_in_word(data: bytes) -> bool:
    """Tell of bytes whose first character belongs to a word, or can become one that does."""
    text = visible(data)
    return is_word_character(text[0]) if text else _can_become_letter(data)


@cache
def _can_become_letter(start: bytes) -> bool:
    """Tell whether a character of a word begins with some bytes of UTF-8."""
    low, high = (start + fill * (_length(start) - len(start)) for fill in (b"\x80", b"\xbf"))
    first, last = _code_point(low), _code_point(high)
    return any(is_word_character(chr(code)) for code in range(first, min(last, 0x10FFFF) + 1))


def _length(start: bytes) -> int:
    """Return of how many bytes a character is that begins so."""
    return 2 if start[0] < 0xE0 else 3 if start[0] < 0xF0 else 4


def _code_point(data: bytes) -> int:
    """Read a character without the rules that forbid some."""
    code = data[0] & (0xFF >> (len(data) + 1))
    for byte in data[1:]:
        code = code << 6 | byte & 0x3F
    return code


def _is_enough(data: bytes) -> bool:
    return not is_continuation(data) and len(data) > incomplete_tail(data)
