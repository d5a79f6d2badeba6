"""Only the letters of the source: what an encoder-decoder writes may add accents and marks.

Capitals, accents and sentence marks may be added where `engine.letters` says that a writer in a
hurry leaves them out; every other character must come as in the source, in its order, before the
text may end (`engine.letter_states` has the rules). Of each state of a text the allowed tokens are
found by walking the vocabulary's bytes along what may come next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import torch
from torch import Tensor

from engine.letter_states import SourceLetters, State
from engine.spellings import NOTHING_KNOWN, Spellings
from engine.text import Vocabulary

_MOST_STATES = 4096


class LettersIndex:
    """The tokens of a vocabulary by their bytes, built once.

    Args:
        vocabulary: Tokens of the model.
        vocab_size: Width of a row of scores.
    """

    def __init__(self, vocabulary: Vocabulary, vocab_size: int) -> None:
        self.vocabulary = vocabulary
        self._root = _Node()
        for token_id in range(vocab_size):
            if data := vocabulary.bytes_of(token_id):
                self._root.put(data, token_id)

    def allowed_after(self, source: SourceLetters, state: State) -> list[int]:
        """Return the tokens of text that may come, in no order."""
        return list(self._walk(self._root, source, state))

    def _walk(self, node: _Node, source: SourceLetters, state: State) -> Iterator[int]:
        """Yield the tokens below a node whose bytes go on from a state.

        The ways do not meet: no character of UTF-8 is the beginning of another.
        """
        partial: set[int] = set()
        for character, behind in source.next_characters(state).items():
            if not character.startswith(state.pending):
                continue
            below: _Node | None = node
            rest = character[len(state.pending) :]
            for count, byte in enumerate(rest, start=1):
                below = below.children.get(byte) if below is not None else None
                if below is not None and count < len(rest):
                    partial.update(below.token_ids)
            if below is not None:
                yield from below.token_ids
                yield from self._walk(below, source, behind)
        yield from partial


class _Node:
    """Tokens that begin with the same bytes."""

    __slots__ = ("children", "token_ids")

    def __init__(self) -> None:
        self.children: dict[int, _Node] = {}
        self.token_ids: list[int] = []

    def put(self, data: bytes, token_id: int) -> None:
        """Note a token below this node."""
        node = self
        for byte in data:
            node = node.children.setdefault(byte, _Node())
        node.token_ids.append(token_id)


class SameLetters:
    """Cuts the tokens that would change, leave out or add a letter of the source.

    It is one request's. Where a text has already left the source, or where nothing allowed is left
    by the filters before, it cuts nothing.

    Args:
        index: Of the model's vocabulary.
        source: What is written again.
        eos_ids: Tokens that end a text.
        spellings: The words that the model's list knows.
    """

    def __init__(
        self,
        index: LettersIndex,
        source: str,
        eos_ids: Sequence[int],
        spellings: Spellings = NOTHING_KNOWN,
    ) -> None:
        self._index = index
        self._source = SourceLetters(source, spellings)
        self._eos_ids = list(eos_ids)
        self._states: dict[tuple[int, ...], State | None] = {(): State()}
        self._allowed = lru_cache(maxsize=_MOST_STATES)(self._find_allowed)

    def __call__(self, ids: Tensor, scores: Tensor) -> Tensor:
        """Send those tokens to −inf.

        Args:
            ids: Tokens of the target so far, int64, shape (rows, length).
            scores: float32, shape (rows, vocab).

        Returns:
            New scores, float32, shape (rows, vocab).
        """
        left = torch.full_like(scores, -torch.inf)
        for row, tokens in enumerate(ids.tolist()):
            state = self._state_after(tuple(tokens))
            if state is not None:
                allowed = self._allowed(state).to(scores.device)
                left[row, allowed] = scores[row, allowed]
            if not bool(left[row].amax() > -torch.inf):
                left[row] = scores[row]
        return left

    def _state_after(self, tokens: tuple[int, ...]) -> State | None:
        """Return the state behind a text, from that of the longest beginning that is known."""
        known = len(tokens)
        while tokens[:known] not in self._states:
            known -= 1
        state = self._states[tokens[:known]]
        for end in range(known + 1, len(tokens) + 1):
            data = self._index.vocabulary.bytes_of(tokens[end - 1])
            state = None if state is None else self._source.after(state, data)
            self._states[tokens[:end]] = state
        return state

    def _find_allowed(self, state: State) -> Tensor:
        allowed = self._index.allowed_after(self._source, state)
        ends = self._eos_ids if self._source.is_end(state) else []
        return torch.tensor([*allowed, *ends], dtype=torch.long)
