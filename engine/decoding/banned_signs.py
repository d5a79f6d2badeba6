"""The entries of a word list that have no word: emoji and other signs.

A sign has no boundaries: it is banned wherever it stands. Most emoji are several tokens, so what
matters is the token that completes one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from engine.text import Vocabulary, recent_bytes
from engine.utf8 import incomplete_tail, is_continuation, visible
from engine.words import signs_of


class BannedSigns:
    """The tokens that each context forbids, looked up in an index built once.

    A token either has a whole entry in it, or its beginning completes one whose start the text
    ends with.

    Args:
        vocabulary: Tokens of the model.
        vocab_size: Width of a row of scores.
        signs: As `phrases_of` returns them, none empty.
    """

    def __init__(self, vocabulary: Vocabulary, vocab_size: int, signs: Iterable[str]) -> None:
        self._vocabulary = vocabulary
        self._signs = tuple(signs)
        self._longest = max(map(len, self._signs))
        self._whole: set[int] = set()
        self._after: dict[str, set[int]] = defaultdict(set)
        self._continuations: dict[int, bytes] = {}
        self._index_tokens(vocab_size)

    def banned_after(self, ids: Sequence[int]) -> set[int]:
        """Return the tokens that would complete a sign after these tokens."""
        data = recent_bytes(self._vocabulary, ids, self._is_enough)
        text, missing = _signs(data), incomplete_tail(data)
        if not missing:
            starts = (start for start in self._after if text.endswith(start))
            return self._whole.union(*(self._after[start] for start in starts))
        # The next token either finishes the character that the text ends with, or spoils it.
        pending = data[len(data) - missing :]
        finishing = (
            token_id
            for token_id, rest in self._continuations.items()
            if self._completes(text, _signs(pending + rest))
        )
        return (self._whole - self._continuations.keys()).union(finishing)

    def _completes(self, before: str, added: str) -> bool:
        return any(
            sign in before[max(0, len(before) - len(sign) + 1) :] + added for sign in self._signs
        )

    def _index_tokens(self, vocab_size: int) -> None:
        for token_id in range(vocab_size):
            data = self._vocabulary.bytes_of(token_id)
            if is_continuation(data):
                self._continuations[token_id] = data
            added = _signs(data)
            if any(sign in added for sign in self._signs):
                self._whole.add(token_id)
                continue
            for sign in self._signs:
                for split in range(1, len(sign)):
                    if added.startswith(sign[split:]):
                        self._after[sign[:split]].add(token_id)

    def _is_enough(self, data: bytes) -> bool:
        return not is_continuation(data) and len(_signs(data)) >= self._longest


def _signs(data: bytes) -> str:
    return signs_of(visible(data))
