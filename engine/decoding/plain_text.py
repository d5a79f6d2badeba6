"""Text as a person would write it: no markup, no empty line, no broken character."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from engine.decoding.filter import Floats, Ids
from engine.decoding.sparing import cut_sparingly, textless_tokens, without
from engine.text import LONGEST_LOOK_TOKENS, Vocabulary, recent_bytes
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
_OPENERS = ("<", "[")
_CLOSING = {
    opener: {char for char in map(chr, range(128)) if SPOILERS["markup"].match(opener + char)}
    for opener in _OPENERS
}
"""What makes a tag with the character before it."""
_CONTINUATION_BYTES = bytes(range(0x80, 0xC0))
_MOST_STATES = 16
_MOST_ENDS = 1 << 14


class _State(NamedTuple):
    """What matters of a text's end.

    Attributes:
        is_broken: Whether there is a line break in the white space at the end.
        opener: The last character, where a tag could begin with it.
        pending: Bytes of a character that is not finished.
        allowed: The spoilers that the prompt has, so that the text may have them too.
    """

    is_broken: bool
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
        self._breaking: list[int] = []
        self._closing: dict[str, list[int]] = {opener: [] for opener in _OPENERS}
        self._continuations: list[int] = []
        self.textless = textless_tokens(vocabulary, vocab_size)
        self._sort_tokens()
        self._cut_in = lru_cache(maxsize=_MOST_STATES)(self._find_cut)
        # Most tokens are whole words, or ends of them: then nothing before them matters.
        self._cut_behind = lru_cache(maxsize=_MOST_ENDS)(self._find_behind)

    def cut_after(self, ids: Sequence[int], allowed: frozenset[str]) -> Tensor:
        """Return the tokens that would spoil a text.

        Args:
            ids: Its tokens.
            allowed: What its prompt has, as `allowed_by` says.

        Returns:
            Token ids, int64, shape (tokens,), in no order.
        """
        if ids and (cut := self._cut_behind(ids[-1], allowed)) is not None:
            return cut
        return self._cut_by(recent_bytes(self._vocabulary, ids, _is_enough), allowed)

    def _find_behind(self, last_id: int, allowed: frozenset[str]) -> Tensor | None:
        """Return what `cut_after` does, if the last token tells; else None."""
        data = self._vocabulary.bytes_of(last_id)
        return self._cut_by(data, allowed) if _is_enough(data) else None

    def _cut_by(self, data: bytes, allowed: frozenset[str]) -> Tensor:
        """Return what would spoil a text that ends so."""
        text, missing = visible(data), incomplete_tail(data)
        white = text[len(text.rstrip()) :]
        return self._cut_in(
            _State(
                is_broken="\n" in white,
                opener=text[-1:] if text.endswith(_OPENERS) else "",
                pending=data[len(data) - missing :],
                allowed=allowed,
            )
        )

    def allowed_by(self, prompt_ids: Sequence[int]) -> frozenset[str]:
        """Return the kinds of spoilers that a prompt has.

        The rest of a character at its beginning, where the model's sight cuts it, and the end of
        a line as Windows writes it are nothing broken.

        Args:
            prompt_ids: Its tokens, as far as the model sees them.
        """
        data = b"".join(map(self._vocabulary.bytes_of, prompt_ids))
        return self.spoilers_of(visible(data.lstrip(_CONTINUATION_BYTES)))

    @staticmethod
    def spoilers_of(text: str) -> frozenset[str]:
        """Return the kinds of spoilers that a text has."""
        text = text.replace("\r", "")
        return frozenset(kind for kind, pattern in SPOILERS.items() if pattern.search(text))

    def _sort_tokens(self) -> None:
        """Note what each token does."""
        for token_id in range(self._vocab_size):
            data = self._vocabulary.bytes_of(token_id)
            if is_continuation(data):
                self._continuations.append(token_id)
            text = visible(data)
            if _SUSPECT.search(text):
                self._sort_suspect(token_id, text)
            for opener in _OPENERS:
                if text[:1] in _CLOSING[opener]:
                    self._closing[opener].append(token_id)

    def _sort_suspect(self, token_id: int, text: str) -> None:
        for kind, pattern in SPOILERS.items():
            if pattern.search(text):
                self._spoilt[kind].append(token_id)
        if "\n" in text[: len(text) - len(text.lstrip())]:
            self._breaking.append(token_id)

    def _find_cut(self, state: _State) -> Tensor:
        if not state.pending:
            return _tensor(self._spoiling(state))
        # The next token finishes the character, or breaks it.
        others = self._no_continuations
        if "broken" in state.allowed:
            spoiling = self._spoiling(_State(False, "", b"", state.allowed))
            others = _tensor(spoiling.difference(self._continuations))
        return torch.cat([others, _tensor(self._spoilt_continuations(state))])

    @cached_property
    def _no_continuations(self) -> Tensor:
        """The tokens of text that break a character which is not finished, int64."""
        is_cut = torch.ones(self._vocab_size, dtype=torch.bool)
        is_cut[_tensor({*self.textless, *self._continuations})] = False
        return is_cut.nonzero().flatten()

    def _spoiling(self, state: _State) -> set[int]:
        """Return what spoils a text that ends with a whole character."""
        cut: set[int] = set()
        for kind in SPOILERS.keys() - state.allowed:
            cut.update(self._spoilt[kind])
        if "markup" not in state.allowed and state.opener:
            cut.update(self._closing[state.opener])
        if "blank" not in state.allowed and state.is_broken:
            cut.update(self._breaking)
        return cut

    def _spoilt_continuations(self, state: _State) -> set[int]:
        """Return what goes on with a character that is not finished, and spoils the text."""
        before = "\n" * state.is_broken + state.opener
        rules = [SPOILERS[kind] for kind in SPOILERS.keys() - state.allowed]
        added = {i: state.pending + self._vocabulary.bytes_of(i) for i in self._continuations}
        texts = {i: before + visible(data) for i, data in added.items()}
        return {i for i, text in texts.items() if any(rule.search(text) for rule in rules)}


class PlainText:
    """Cuts the tokens that would spoil a text, of the kinds that its prompt has not.

    It is one request's, all whose rows have the same prompt.

    Args:
        index: Of the model's vocabulary.
        prompt_tokens: How many of the first tokens are the prompt's.
        allowed: The kinds that are none here; None looks for them in the prompt.
    """

    def __init__(
        self, index: PlainTextIndex, prompt_tokens: int, allowed: frozenset[str] | None = None
    ) -> None:
        self._index = index
        self._prompt_tokens = prompt_tokens
        self._allowed = allowed

    def __call__(self, ids: Tensor, scores: Tensor) -> Tensor:
        """Send those tokens to −inf, in every row that has others.

        Args:
            ids: Tokens so far, int64, shape (rows, length).
            scores: float32, shape (rows, vocab).

        Returns:
            New scores, float32, shape (rows, vocab).
        """
        allowed = self._allowed_by(ids[0])
        cuts = [self._index.cut_after(row, allowed) for row in ids.tolist()]
        return without(scores, cuts, self._index.textless)

    def edit(self, ids: Ids, scores: Floats) -> bool:
        """Do the same to one row where it is."""
        newest = ids[-LONGEST_LOOK_TOKENS:].tolist()
        cut = self._index.cut_after(newest, self._allowed_by(ids))
        cut_sparingly(scores, cut.numpy(), self._index.textless)
        return True

    def _allowed_by(self, ids: Tensor | Ids) -> frozenset[str]:
        if self._allowed is None:
            self._allowed = self._index.allowed_by(ids[: self._prompt_tokens].tolist())
        return self._allowed


def _is_enough(data: bytes) -> bool:
    return not is_continuation(data) and bool(visible(data).strip())


def _tensor(token_ids: set[int]) -> Tensor:
    return torch.tensor(sorted(token_ids), dtype=torch.long)
