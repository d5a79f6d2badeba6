"""Keys and values of texts that have ended, for texts that begin alike."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

LayerContents = tuple[tuple["Tensor", "Tensor"], ...]
"""Keys and values of each layer, each (heads, tokens, head_dim)."""

_WORTH_TOKENS = 8
"""Shorter beginnings are read again: most texts share no more than a start token."""
_MOST_TEXTS = 64
"""Each is compared with what is looked up, between two steps of those who write."""


@dataclass(frozen=True, kw_only=True)
class Prefix:
    """What a model has made of a text.

    Attributes:
        ids: The text, int64.
        layers: Keys and values of every token.
    """

    ids: np.ndarray
    layers: LayerContents

    @cached_property
    def text(self) -> bytes:
        """Return the ids as bytes, whose beginnings are compared in no time."""
        return self.ids.tobytes()

    @cached_property
    def size_bytes(self) -> int:
        """Bytes of keys and values."""
        return sum(t.numel() * t.element_size() for layer in self.layers for t in layer)

    def first(self, tokens: int) -> LayerContents:
        """Return the keys and values of the first tokens."""
        return tuple((keys[:, :tokens], values[:, :tokens]) for keys, values in self.layers)


class PrefixCounts:
    """What caches were good for; any thread may count.

    Attributes:
        lookups: Contexts that were looked up.
        hits: Contexts of which something was there.
        tokens: Tokens that were not read again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.lookups = 0
        self.hits = 0
        self.tokens = 0

    def count(self, tokens: int) -> None:
        """Count a lookup that found so many tokens."""
        with self._lock:
            self.lookups += 1
            self.hits += tokens > 0
            self.tokens += tokens


class PrefixCache:
    """The texts of one model that ended last; any thread may use it.

    Args:
        max_bytes: Most memory of all their keys and values.
        counts: Where lookups are counted.

    Attributes:
        counts: The same.
    """

    def __init__(self, max_bytes: int, counts: PrefixCounts) -> None:
        self._max_bytes = max_bytes
        self.counts = counts
        self._lock = threading.Lock()
        # The most recently used last.
        self._prefixes: list[Prefix] = []

    def find(self, ids: Sequence[int]) -> tuple[Prefix, int] | None:
        """Return a text that begins like this one, and how many of its tokens serve.

        One token at least is left to read, since its logits are what is wanted.
        """
        wanted = np.asarray(ids[:-1], dtype=np.int64)
        beginning = wanted[:_WORTH_TOKENS].tobytes()
        with self._lock:
            found, length = None, _WORTH_TOKENS - 1
            for prefix in self._prefixes:
                if not prefix.text.startswith(beginning):
                    continue
                shared = _shared(prefix.ids, wanted)
                if shared > length:
                    found, length = prefix, shared
            self.counts.count(0 if found is None else length)
            if found is None:
                return None
            self._touch(found)
            return found, length

    def store(self, ids: np.ndarray, read: Callable[[], LayerContents]) -> None:
        """Keep a text in place of its own beginnings, and forget the oldest ones for it.

        Args:
            ids: The text, int64.
            read: Copies the keys and values of its tokens; called only if they are kept.
        """
        if len(ids) < _WORTH_TOKENS:
            return
        text = ids.tobytes()
        with self._lock:
            for other in self._prefixes:
                if other.text.startswith(text):
                    self._touch(other)
                    return
            prefix = Prefix(ids=ids, layers=read())
            self._prefixes = [p for p in self._prefixes if not text.startswith(p.text)]
            self._prefixes.append(prefix)
            size = sum(p.size_bytes for p in self._prefixes)
            while size > self._max_bytes or len(self._prefixes) > _MOST_TEXTS:
                size -= self._prefixes.pop(0).size_bytes

    def clear(self) -> bool:
        """Forget all texts; tell whether there were any."""
        with self._lock:
            had_texts = bool(self._prefixes)
            self._prefixes = []
            return had_texts

    def _touch(self, prefix: Prefix) -> None:
        self._prefixes = [p for p in self._prefixes if p is not prefix] + [prefix]


def _shared(left: np.ndarray, right: np.ndarray) -> int:
    """Return how many tokens at the beginning are the same."""
    length = min(len(left), len(right))
    differences = np.flatnonzero(left[:length] != right[:length])
    return int(differences[0]) if len(differences) else length
