"""Chooses, model by model, between the batch and the plain runner."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from engine.models.memory import promised, unpromised_bytes
from engine.runtime.backend import PlainBackend
from engine.runtime.prefix_cache import PrefixCache

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from engine.models.loaded import LoadedModel
    from engine.runtime.batch.batch import Batch
    from engine.runtime.batch.probe import Proof

MAX_ROWS = 32
MAX_CACHE_BYTES = 1 << 30
_CACHE_SHARE = 0.25
_PREFIX_SHARE = 0.25
"""Memory for texts that have ended, beside that of the texts that run."""
_WORKING_SHARE = 1.75
"""Of the memory for keys and values, what a batch takes with all that it sets aside and keeps."""
# Three prompts of the usual length: whoever writes waits as long as for five of their own tokens.
_PREFILL_TOKENS = {"cpu": 192}
_PREFILL_TOKENS_ELSEWHERE = 1024


class BatchBackend(PlainBackend):
    """Batches of the models that are proven to come out the same in them; plain runs otherwise.

    Args:
        max_rows: Rows of a batch; a request takes one per attempt or beam.
        max_cache_bytes: Most memory for the keys and values of a batch; with less of it free, a
            quarter of that.
    """

    def __init__(self, *, max_rows: int = MAX_ROWS, max_cache_bytes: int = MAX_CACHE_BYTES) -> None:
        super().__init__()
        self._max_rows = max_rows
        self._max_cache_bytes = max_cache_bytes
        self._lock = threading.Lock()
        self._proofs: WeakKeyDictionary[PreTrainedModel, Proof] = WeakKeyDictionary()
        self._prefixes: WeakKeyDictionary[PreTrainedModel, PrefixCache] = WeakKeyDictionary()

    @contextmanager
    def open_batch(self, loaded: LoadedModel) -> Iterator[Batch | None]:
        """Return an empty batch, or None for a model that must run plain; proves it once.

        What the batch may come to take is promised to it while the block runs.
        """
        from engine.runtime.batch.batch import Batch
        from engine.runtime.batch.run import BatchLimits

        is_writer = loaded.kind in ("decoder", "encoder_decoder")
        proof = self._proof(loaded) if is_writer else None
        if proof is None or proof.failure is not None:
            yield None
            return
        free = unpromised_bytes(loaded.device)
        share = self._max_cache_bytes if free is None else int(free * _CACHE_SHARE)
        cache_bytes = min(self._max_cache_bytes, share)
        device = loaded.device.partition(":")[0]
        limits = BatchLimits(
            rows=self._max_rows,
            cells=cache_bytes // proof.column_bytes,
            columns=proof.columns,
            prefill_tokens=_PREFILL_TOKENS.get(device, _PREFILL_TOKENS_ELSEWHERE),
        )
        with promised(loaded.device, int(cache_bytes * _WORKING_SHARE)):
            if loaded.transformation is not None:
                # Beginnings of targets are short, and mean nothing without their sources.
                yield Batch(loaded, limits)
            else:
                prefixes = self._prefixes_of(loaded, int(cache_bytes * _PREFIX_SHARE))
                yield Batch(loaded, limits, prefixes, is_lean=proof.is_lean)

    def _prefixes_of(self, loaded: LoadedModel, max_bytes: int) -> PrefixCache:
        with self._lock:
            cache = self._prefixes.get(loaded.model)
            if cache is None:
                cache = PrefixCache(max_bytes, self.prefix_counts)
                self._prefixes[loaded.model] = cache
            return cache

    def _proof(self, loaded: LoadedModel) -> Proof:
        from engine.runtime.batch.probe import prove

        with self._lock:
            proof = self._proofs.get(loaded.model)
        if proof is None:
            # Seconds, in which others open their batches.
            proof = prove(loaded)
            with self._lock:
                self._proofs[loaded.model] = proof
        return proof
