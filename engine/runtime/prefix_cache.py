"""Keys and values of texts that have ended, for texts that begin alike."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

LayerContents = tuple[tuple["Tensor", "Tensor"], ...]
"""Keys and values of each layer, each (heads, tokens, head_dim)."""

_WORTH_TOKENS = 8
"""Shorter beginnings are read again: most texts share no more than a start token."""


@dataclass(frozen=True, kw_only=True)
class Prefix:
    """What a model has made of a text.

    Attributes:
        ids: The text.
        layers: Keys and values of every token.
        start: First token that every layer knows; layers with a window forget the past.
    """

    ids: np.ndarray
    layers: LayerContents
    start: int = 0

    @property
    def size_bytes(self) -> int:
        """Bytes of keys and values."""
        return sum(t.numel() * t.element_size() for layer in self.layers for t in layer)

    def first(self, tokens: int) -> LayerContents:
        """Return the keys and values of the first tokens."""
        return tuple((keys[:, :tokens], values[:, :tokens]) for keys, values in self.layers)

    def shared_with(self, ids: np.ndarray) -> int:
        """Return how many tokens at the beginning are the same."""
        length = min(len(ids), len(self.ids))
        differences = np.flatnonzero(ids[:length] != self.ids[:length])
        return int(differences[0]) if len(differences) else length


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
        window: Tokens that a layer looks back at most, None without such layers.
        counts: Where lookups are counted.

    Attributes:
        counts: The same.
    """

    def __init__(self, max_bytes: int, window: int | None, counts: PrefixCounts) -> None:
        self._max_bytes = max_bytes
        self._window = window
        self.counts = counts
        self._lock = threading.Lock()
        # The most recently used last.
        self._prefixes: list[Prefix] = []

    def find(self, ids: Sequence[int]) -> tuple[Prefix, int] | None:
        """Return a text that begins like this one, and how many of its tokens serve.

        One token at least is left to read, since its logits are what is wanted.
        """
        wanted = np.asarray(ids[:-1])
        with self._lock:
            found, length = None, _WORTH_TOKENS - 1
            for prefix in self._prefixes:
                shared = prefix.shared_with(wanted)
                if shared > length and self._serves(prefix, shared):
                    found, length = prefix, shared
            self.counts.count(0 if found is None else length)
            if found is None:
                return None
            self._touch(found)
            return found, length

    def store(self, prefix: Prefix) -> None:
        """Keep a text in place of its own beginnings, and forget the oldest ones for it."""
        if prefix.size_bytes > self._max_bytes:
            return
        with self._lock:
            for other in self._prefixes:
                if _replaces(other, prefix):
                    self._touch(other)
                    return
            self._prefixes = [p for p in self._prefixes if not _replaces(prefix, p)]
            self._prefixes.append(prefix)
            size = sum(p.size_bytes for p in self._prefixes)
            while size > self._max_bytes:
                size -= self._prefixes.pop(0).size_bytes

    def _serves(self, prefix: Prefix, length: int) -> bool:
        """Tell whether all that the token after the first `length` looks at is there."""
        return prefix.start == 0 or (
            self._window is not None and length - self._window + 1 >= prefix.start
        )

    def _touch(self, prefix: Prefix) -> None:
        self._prefixes = [p for p in self._prefixes if p is not prefix] + [prefix]


def _replaces(longer: Prefix, shorter: Prefix) -> bool:
    """Tell whether the one serves wherever the other does."""
    is_longer = longer.shared_with(shorter.ids) == len(shorter.ids)
    return is_longer and longer.start <= shorter.start
