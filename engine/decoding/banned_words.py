"""The word list as a filter: no token may complete a banned word.

A word is a maximal run of letters and digits of the decoded text, compared as `engine.words` says.
The end of the text counts as a boundary: otherwise a word could be completed by one
token and only be recognised by the next. «computadora» does not contain the word «puta».
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from engine.decoding.banned_signs import BannedSigns
from engine.text import Vocabulary, recent_bytes
from engine.utf8 import incomplete_tail, is_continuation, visible
from engine.words import (
    LETTER_MARKS,
    fold,
    fold_piece,
    is_word_character,
    phrases_of,
    settled_mark,
    words_of,
)


class BannedWords:
    """The tokens that each context forbids, looked up in an index built once.

    A token completes a phrase in one of two ways: its first letters finish the word that the text
    ends with, or a word begins inside it. Both come down to what the text must end with, so the
    index maps (words before, unfinished word or None) to token ids.

    Args:
        vocabulary: Tokens of the model.
        vocab_size: Width of a row of scores.
        entries: Words; one of several words bans them in a row, one without any its signs.
    """

    def __init__(self, vocabulary: Vocabulary, vocab_size: int, entries: Sequence[str]) -> None:
        self._vocabulary = vocabulary
        self._vocab_size = vocab_size
        self._phrases, signs = phrases_of(entries)
        self._signs = BannedSigns(vocabulary, vocab_size, signs) if signs else None
        self._longest_word = max((len(w) for words in self._phrases for w in words), default=0)
        self._most_words = max((len(words) for words in self._phrases), default=1)
        self._letters = frozenset("".join(w for words in self._phrases for w in words))
        self._by_last_word = defaultdict(list)
        for words in self._phrases:
            self._by_last_word[words[-1]].append(words)
        self._endings = self._index_endings()
        self._continuations: dict[int, bytes] = {}
        self._index = self._index_tokens()
        self._finished_characters: dict[bytes, list[tuple[int, str]]] = {}

    def __call__(self, ids: Tensor, scores: Tensor) -> Tensor:
        """Send the tokens that would complete a phrase to −inf.

        Args:
            ids: Tokens so far, int64, shape (rows, length).
            scores: float32, shape (rows, vocab).
        """
        banned = [self.banned_after(row) for row in ids.tolist()]
        if not any(banned):
            return scores
        scores = scores.clone()
        for row, token_ids in enumerate(banned):
            scores[row, torch.tensor(sorted(token_ids), dtype=torch.long)] = -torch.inf
        return scores

    def banned_after(self, ids: Sequence[int]) -> set[int]:
        """Return the tokens that would complete an entry of the list after these tokens."""
        banned = self._completing_words(ids) if self._phrases else set()
        return banned if self._signs is None else banned | self._signs.banned_after(ids)

    def _completing_words(self, ids: Sequence[int]) -> set[int]:
        text, pending = self._recent_text(ids)
        before, unfinished = _split(text)
        if not pending:
            return self._lookup(before, unfinished)
        # The next token either finishes the character that the text ends with, or spoils it.
        spoilt = self._lookup([*before, unfinished] if unfinished else before, "")
        banned = spoilt - self._continuations.keys()
        for token_id, added in self._finish_character(pending):
            if self._completes(before, unfinished, added):
                banned.add(token_id)
        return banned

    def _finish_character(self, pending: bytes) -> list[tuple[int, str]]:
        """Return the tokens that go on with a character, and the text that they make with it.

        Tokens that no banned word has a letter of are left out.
        """
        known = self._finished_characters.get(pending)
        if known is None:
            texts = (
                (token_id, visible(pending + data))
                for token_id, data in self._continuations.items()
            )
            known = [
                (i, text) for i, text in texts if not self._letters.isdisjoint(fold_piece(text))
            ]
            self._finished_characters[pending] = known
        return known

    def _lookup(self, before: Sequence[str], unfinished: str) -> set[int]:
        whole = [*before, unfinished] if unfinished else list(before)
        found: set[int] = set()
        for count in range(self._most_words):
            if count <= len(before):
                found.update(self._index.get((_last(before, count), unfinished), ()))
            if count <= len(whole):
                found.update(self._index.get((_last(whole, count), None), ()))
        return found

    def _completes(self, before: Sequence[str], unfinished: str, added: str) -> bool:
        for words_before, needed, is_joined in self._requirements(added):
            context = before if is_joined or not unfinished else [*before, unfinished]
            is_preceded = _last(context, len(words_before)) == words_before
            if is_preceded and (not is_joined or needed == unfinished):
                return True
        return False

    def _index_endings(self) -> dict[str, list[tuple[tuple[str, ...], str]]]:
        """Map every ending of a last word to (the words before it, the start of the word)."""
        endings = defaultdict(list)
        for *before, last in self._phrases:
            for start in range(len(last)):
                endings[last[start:]].append((tuple(before), last[:start]))
        return endings

    def _index_tokens(self) -> dict[tuple[tuple[str, ...], str | None], list[int]]:
        index = defaultdict(list)
        for token_id in range(self._vocab_size):
            data = self._vocabulary.bytes_of(token_id)
            if is_continuation(data):
                self._continuations[token_id] = data
            for before, needed, is_joined in self._requirements(visible(data)):
                index[before, needed if is_joined else None].append(token_id)
        return dict(index)

    def _requirements(self, added: str) -> Iterator[tuple[tuple[str, ...], str, bool]]:
        """Yield what a text must end with for `added` to complete a phrase in it.

        Yields:
            The words needed before; the start needed of the unfinished word; whether the first
            word of `added` goes on with it. «uta» needs «p», « puta» needs nothing.
        """
        folded = fold_piece(added)
        if self._letters.isdisjoint(folded):
            return
        rest = folded.lstrip(LETTER_MARKS)
        marks = folded.removesuffix(rest)
        # A mark that the token begins with belongs to the letter before it, or to none.
        for mark in dict.fromkeys((*marks, "")):
            for before, needed, is_joined in self._requirements_of(mark + rest):
                if not is_joined or settled_mark(needed, marks) == mark:
                    yield before, needed, is_joined

    def _requirements_of(self, folded: str) -> Iterator[tuple[tuple[str, ...], str, bool]]:
        words = words_of(folded)
        is_joined = bool(folded) and is_word_character(folded[0])
        for end in range(1, len(words) + 1):
            if end == 1 and is_joined:
                yield from ((b, start, True) for b, start in self._endings.get(words[0], ()))
            elif words[end - 1] in self._by_last_word:
                yield from self._inner_requirements(words[:end], is_joined)

    def _inner_requirements(
        self, words: list[str], is_joined: bool
    ) -> Iterator[tuple[tuple[str, ...], str, bool]]:
        for phrase in self._by_last_word[words[-1]]:
            own = min(len(phrase), len(words))
            split = len(phrase) - own
            first_is_joined = is_joined and own == len(words)
            if (
                phrase[split + first_is_joined :]
                != tuple(words[len(words) - own :])[first_is_joined:]
            ):
                continue
            if not first_is_joined:
                yield phrase[:split], "", False
            elif phrase[split].endswith(words[0]):
                yield phrase[:split], phrase[split].removesuffix(words[0]), True

    def _recent_text(self, ids: Sequence[int]) -> tuple[str, bytes]:
        """Return enough of the folded text's end to decide, and its incomplete final bytes."""
        data = recent_bytes(self._vocabulary, ids, self._is_enough)
        missing = incomplete_tail(data)
        return fold(visible(data)), data[len(data) - missing :]

    def _is_enough(self, data: bytes) -> bool:
        if not data or is_continuation(data):
            return False
        text = fold(visible(data))
        before, unfinished = _split(text)
        if len(unfinished) > self._longest_word:
            return True
        has_boundary = bool(text) and not is_word_character(text[0])
        return has_boundary and len(before) >= self._most_words - 1


def _split(text: str) -> tuple[list[str], str]:
    """Split folded text into its finished words and the word that it ends with, or ""."""
    words = words_of(text)
    if text and is_word_character(text[-1]):
        return words[:-1], words[-1]
    return words, ""


def _last(words: Sequence[str], count: int) -> tuple[str, ...]:
    return tuple(words[len(words) - count :])
