"""Text as a person would write it: no markup, no empty line, no broken character."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from engine.decoding.sparing import without
from engine.text import Vocabulary, recent_bytes
from engine.utf8 import incomplete_tail, is_continuation, visible

SPOILERS: dict[str, re.Pattern[str]] = {
    "markup": re.compile(r"<[A-Za-z/!?]|\[/"),
    "blank": re.compile(r"\n\s*\n"),
    "broken": re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ufffd]"),
}
"""What a plain text has none of: a tag, an empty line, and a character that is none to read: a
control, or bytes that are no UTF-8, which decode to U+FFFD."""
_SUSPECT = re.compile("[\0-\x08\n-\x1f<\\[\x7f-\x9f\ufffd]")
"""What a token has that spoils a text by itself, or breaks a line."""
_MOST_BREAKS = 1
_OPENERS = ("<", "[")
_CLOSING = {
    opener: {char for char in map(chr, range(128)) if SPOILERS["markup"].match(opener + char)}
    for opener in _OPENERS
}
"""What makes a tag with the character before it."""
_MOST_STATES = 16


class _State(NamedTuple):
    """What matters of a text's end.

    Attributes:
        breaks: Line breaks in the white space at the end, up to the most that may be.
        opener: The last character, where a tag could begin with it.
        pending: Bytes of a character that is not finished.
        allowed: The spoilers that the prompt has, so that the text may have them too.
    """

    breaks: int
    opener: str
    pending: bytes
    allowed: frozenset[str]


class PlainTextIndex:
    """The tokens of a vocabulary by what they would do to a plain text, built once.

    Args:
        vocabulary: Tokens of the model.
        vocab_size: Width of a row of scores.
    """

    def __init__(self, vocabulary: Vocabulary, vocab_size: int) -> None:
        self._vocabulary = vocabulary
        self._vocab_size = vocab_size
        self._spoilt: dict[str, list[int]] = {kind: [] for kind in SPOILERS}
        self._breaking: dict[int, list[int]] = defaultdict(list)
        self._closing: dict[str, list[int]] = {opener: [] for opener in _OPENERS}
        self._continuations: list[int] = []
        self.textless: frozenset[int] = frozenset(self._sort_tokens())
        self.allowed_by = lru_cache(maxsize=_MOST_STATES)(self._allowed_by)
        self._cut_in = lru_cache(maxsize=_MOST_STATES)(self._find_cut)

    def cut_after(self, ids: Sequence[int], allowed: frozenset[str]) -> Tensor:
        """Return the tokens that would spoil a text.

        Args:
            ids: Its tokens.
            allowed: What its prompt has, as `allowed_by` says.

        Returns:
            Token ids, int64, ascending.
        """
        data = recent_bytes(self._vocabulary, ids, _is_enough)
        text, missing = visible(data), incomplete_tail(data)
        white = text[len(text.rstrip()) :]
        return self._cut_in(
            _State(
                breaks=min(white.count("\n"), _MOST_BREAKS),
                opener=text[-1:] if text.endswith(_OPENERS) else "",
                pending=data[len(data) - missing :],
                allowed=allowed,
            )
        )

    def _allowed_by(self, prompt_ids: tuple[int, ...]) -> frozenset[str]:
        """Return the kinds of spoilers that a prompt has."""
        text = visible(b"".join(map(self._vocabulary.bytes_of, prompt_ids)))
        return frozenset(kind for kind, pattern in SPOILERS.items() if pattern.search(text))

    def _sort_tokens(self) -> list[int]:
        """Note what each token does; return those without text."""
        textless = []
        for token_id in range(self._vocab_size):
            data = self._vocabulary.bytes_of(token_id)
            if not data:
                textless.append(token_id)
                continue
            if is_continuation(data):
                self._continuations.append(token_id)
            text = visible(data)
            if _SUSPECT.search(text):
                self._sort_suspect(token_id, text)
            for opener in _OPENERS:
                if text[:1] in _CLOSING[opener]:
                    self._closing[opener].append(token_id)
        return textless

    def _sort_suspect(self, token_id: int, text: str) -> None:
        for kind, pattern in SPOILERS.items():
            if pattern.search(text):
                self._spoilt[kind].append(token_id)
        if breaks := text[: len(text) - len(text.lstrip())].count("\n"):
            self._breaking[min(breaks, _MOST_BREAKS)].append(token_id)

    def _find_cut(self, state: _State) -> Tensor:
        if not state.pending:
            return _tensor(self._spoiling(state))
        # The next token finishes the character, or breaks it.
        cut = set(range(self._vocab_size)) - self.textless
        if "broken" in state.allowed:
            cut = self._spoiling(_State(0, "", b"", state.allowed))
        cut.difference_update(self._continuations)
        cut.update(i for i in self._continuations if self._is_spoilt(state, i))
        return _tensor(cut)

    def _spoiling(self, state: _State) -> set[int]:
        """Return what spoils a text that ends with a whole character."""
        cut: set[int] = set()
        for kind in SPOILERS.keys() - state.allowed:
            cut.update(self._spoilt[kind])
        if "markup" not in state.allowed and state.opener:
            cut.update(self._closing[state.opener])
        if "blank" not in state.allowed:
            for breaks, token_ids in self._breaking.items():
                if state.breaks + breaks > _MOST_BREAKS:
                    cut.update(token_ids)
        return cut

    def _is_spoilt(self, state: _State, token_id: int) -> bool:
        added = visible(state.pending + self._vocabulary.bytes_of(token_id))
        text = "\n" * state.breaks + state.opener + added
        kinds = SPOILERS.keys() - state.allowed
        return any(SPOILERS[kind].search(text) for kind in kinds)


class PlainText:
    """Cuts the tokens that would spoil a text, of the kinds that its prompt has not.

    Args:
        index: Of the model's vocabulary.
        prompt_tokens: How many of the first tokens are the prompt's.
    """

    def __init__(self, index: PlainTextIndex, prompt_tokens: int) -> None:
        self._index = index
        self._prompt_tokens = prompt_tokens

    def __call__(self, ids: Tensor, scores: Tensor) -> Tensor:
        """Send those tokens to −inf, in every row that has others.

        Args:
            ids: Tokens so far, int64, shape (rows, length).
            scores: float32, shape (rows, vocab).
        """
        rows = ids.tolist()
        allowed = self._index.allowed_by(tuple(rows[0][: self._prompt_tokens]))
        cuts = [self._index.cut_after(row, allowed) for row in rows]
        return without(scores, cuts, self._index.textless)


def _is_enough(data: bytes) -> bool:
    return not is_continuation(data) and bool(visible(data).strip())


def _tensor(token_ids: set[int]) -> Tensor:
    return torch.tensor(sorted(token_ids), dtype=torch.long)
