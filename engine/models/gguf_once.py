"""Has transformers read a GGUF file's header once, and quickly.

transformers reads it for the configuration and again for the weights, through a reader that slices
a memory map for each of a vocabulary's hundreds of thousands of values. A slice of a map costs many
times one of an array, and both times the same is read.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def headers_read_once() -> Iterator[None]:
    """Replace the reader that transformers imports when it needs it, until the block ends."""
    import gguf
    import numpy as np

    library: Any = gguf

    class Reader(gguf.GGUFReader):
        """The same reader on the map's bytes as an array."""

        @property
        def data(self) -> Any:
            return self._bytes

        @data.setter
        def data(self, mapped: Any) -> None:
            self._bytes = mapped.view(np.ndarray)

    with _ONE_AT_A_TIME:
        library.GGUFReader, original = lru_cache(maxsize=1)(Reader), gguf.GGUFReader
        try:
            yield
        finally:
            library.GGUFReader = original
