"""A part of a request in a batch, and how large a batch may become."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.models.loaded import LoadedModel
from engine.requests import GenerationRequest
from engine.runtime.batch.cache import SlotCache, contents_of
from engine.runtime.batch.dealing import Need, Size
from engine.runtime.batch.forward import Prefill
from engine.runtime.batch.pairs import PairCache
from engine.runtime.generation import Generation
from engine.runtime.prefix_cache import LayerContents


@dataclass(frozen=True, kw_only=True)
class BatchLimits(Size):
    """How large a batch may become; a run takes a row for each of its attempts or beams.

    Attributes:
        prefill_tokens: Context tokens read between two steps of those that already write.
    """

    prefill_tokens: int


class BatchRun(Generation):
    """A request in a batch, or some of its attempts.

    Attributes:
        prefill: Its context while that is being read, else None.
        has_read: Whether a piece of its context has been read.
        is_in: Whether it takes part in the next step.
        rows: Row of the batch for each row of its strategy.
        length: Tokens in each of those rows.
        parked: What its rows hold, in that order, while it is set aside.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        request: GenerationRequest,
        attempts: range | None = None,
        sibling: BatchRun | None = None,
    ) -> None:
        super().__init__(loaded, request, attempts, sibling)
        self.prefill: Prefill | None = None
        self.has_read = False
        self.is_in = False
        self.rows: list[int] = []
        self.length = 0
        self.parked: list[LayerContents] = []

    def begin(self, prefill: Prefill) -> None:
        """Take the context that a sibling has read; the same logits are its first."""
        self.start_clock()
        self.prefill = prefill

    @property
    def index(self) -> slice | list[int]:
        """Index of its rows, one that copies nothing where they stand in a row."""
        first, last = self.rows[0], self.rows[-1]
        return slice(first, last + 1) if self.rows == list(range(first, last + 1)) else self.rows

    @property
    def need(self) -> Need:
        """What it takes of a batch, which gives it nothing but logits."""
        return Need(
            rows=self.max_rows,
            columns=self.max_length,
            source_columns=len(self.source_ids),
            is_possible=not self.needs_hidden,
        )

    def texts(
        self, cache: SlotCache | PairCache | None
    ) -> Iterator[tuple[np.ndarray, Callable[[], LayerContents]]]:
        """Yield the texts that it has read or written, and what copies their keys and values.

        Args:
            cache: Where its rows are.
        """
        if self.prefill is not None and self.prefill.done:
            layers = contents_of(self.prefill.cache)
            ids = np.asarray(self.prompt_ids[: self.prefill.done])
            yield (
                ids,
                lambda: tuple((keys[0].clone(), values[0].clone()) for keys, values in layers),
            )
        if cache is not None and self.rows:
            written = self.row_ids()[:, : self.length].cpu().numpy()
            for row, ids in zip(self.rows, written, strict=True):
                yield ids, partial(cache.contents, row, self.length)
