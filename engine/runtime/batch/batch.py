"""Many requests in one batch: they join and leave between any two steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from engine.models.loaded import LoadedModel
from engine.models.teamwork import alone
from engine.requests import GenerationRequest
from engine.runtime.batch.cache import SlotCache, contents_of
from engine.runtime.batch.forward import Prefill
from engine.runtime.batch.pairs import PairCache, PairForward, forward_of
from engine.runtime.generation import Generation
from engine.runtime.prefix_cache import PrefixCache


@dataclass(frozen=True, kw_only=True)
class BatchLimits:
    """How large a batch may become.

    Attributes:
        rows: Rows that run at once; a request takes one per attempt or beam.
        cells: Rows × columns of the cache, as many tokens as it can hold.
        columns: Longest row that is proven to come out right.
        prefill_tokens: Context tokens read between two steps of those that already write.
    """

    rows: int
    cells: int
    columns: int
    prefill_tokens: int


class BatchRun(Generation):
    """A request in a batch.

    Attributes:
        prefill: Its context while that is being read, else None.
        rows: Row of the batch for each row of its strategy.
        length: Tokens in each of those rows.
    """

    def __init__(self, loaded: LoadedModel, request: GenerationRequest) -> None:
        super().__init__(loaded, request)
        self.prefill: Prefill | None = None
        self.rows: list[int] = []
        self.length = 0


class Batch:
    """The runs of one model that go on together; belongs to one thread.

    The rows in use are always the first ones: whoever leaves is replaced by the last row.

    Args:
        loaded: Model of all its requests, proven to work with slots.
        limits: How large it may become.
        prefixes: Texts that its requests may go on from, and that they leave there.
    """

    def __init__(
        self, loaded: LoadedModel, limits: BatchLimits, prefixes: PrefixCache | None = None
    ) -> None:
        self._loaded = loaded
        self._limits = limits
        self._prefixes = prefixes
        self._forward = forward_of(loaded)
        self._cache: SlotCache | PairCache | None = None
        self._runs: list[BatchRun] = []
        # The run that owns each row in use.
        self._owners: list[BatchRun] = []

    def open_run(self, request: GenerationRequest) -> BatchRun:
        """Prepare a request of this model; `add` lets it take part.

        Raises:
            EngineError: The request does not fit the model.
        """
        return BatchRun(self._loaded, request)

    def has_room(self, run: BatchRun) -> bool:
        """Tell whether the run fits beside the others, and asks for nothing but logits."""
        runs = [*self._runs, run]
        rows = sum(run.max_rows for run in runs)
        longest = max(run.max_length for run in runs)
        is_proven = longest <= self._limits.columns and not any(run.needs_hidden for run in runs)
        columns = longest + max(len(run.source_ids) for run in runs)
        return is_proven and rows <= self._limits.rows and rows * columns <= self._limits.cells

    @property
    def is_open(self) -> bool:
        """Tell whether at least one more row would fit."""
        return sum(run.max_rows for run in self._runs) < self._limits.rows

    @torch.inference_mode()
    def add(self, run: BatchRun) -> None:
        """Let a run take part from the next step on."""
        run.start_clock()
        if isinstance(self._forward, PairForward):
            run.prefill = self._forward.prefill_pair(run.prompt_ids, run.source_ids)
            self._runs.append(run)
            return
        found = self._prefixes.find(run.prompt_ids) if self._prefixes is not None else None
        known = () if found is None else found[0].first(found[1])
        run.prefill = self._forward.prefill(run.prompt_ids, known)
        self._runs.append(run)

    @torch.inference_mode()
    def keep(self, run: BatchRun) -> None:
        """Keep what is known of the texts of a run without a fault, for those that go on there."""
        prefixes, cache = self._prefixes, self._cache
        if prefixes is None:
            return
        if run.prefill is not None and run.prefill.done:
            ids = np.asarray(run.prompt_ids[: run.prefill.done])
            contents = contents_of(run.prefill.cache)
            prefixes.store(ids, lambda: tuple((k[0].clone(), v[0].clone()) for k, v in contents))
        if cache is None or not run.rows:
            return
        for row, ids in zip(run.rows, run.row_ids()[:, : run.length].cpu().numpy(), strict=True):
            prefixes.store(ids, partial(cache.contents, row, run.length))

    def forget_texts(self) -> bool:
        """Drop the texts that are kept; tell whether there were any."""
        return self._prefixes is not None and self._prefixes.clear()

    @torch.inference_mode()
    def remove(self, run: BatchRun) -> None:
        """Let a run leave, in whatever state it is."""
        self._runs.remove(run)
        run.prefill = None
        self._free(run, run.rows)
        if not self._runs:
            self._cache = None

    def reading(self) -> list[BatchRun]:
        """Return the runs whose context is read in this step; they take turns."""
        waiting = [run for run in self._runs if run.prefill is not None]
        due: list[BatchRun] = []
        tokens = 0
        for run in waiting:
            if tokens >= self._limits.prefill_tokens:
                break
            due.append(run)
            tokens += run.prefill.left if run.prefill is not None else 0
        for run in due:
            self._runs.remove(run)
            self._runs.append(run)
        return due

    def writing(self) -> list[BatchRun]:
        """Return the runs whose rows run in this step."""
        return [run for run in self._runs if run.rows]

    @torch.inference_mode()
    def read(self, run: BatchRun) -> Tensor | None:
        """Read a piece of a run's context.

        Returns:
            Logits of its next token, shape (1, vocab), once all is read.
        """
        assert run.prefill is not None
        logits = run.prefill.read(self._limits.prefill_tokens)
        return None if run.prefill.left else logits

    @torch.inference_mode()
    def decode(self) -> dict[BatchRun, Tensor]:
        """Run one token of every row; doing it again after a failure is harmless.

        Returns:
            Logits of each writing run, shape (its rows, vocab); rows may move as soon as the first
            of them chooses.
        """
        assert self._cache is not None
        tokens = [0] * len(self._owners)
        for run in self.writing():
            assert run.feed is not None
            for row, token in zip(run.rows, run.feed.tokens, strict=True):
                tokens[row] = token
        logits = self._forward.decode(tokens, [run.length for run in self._owners], self._cache)
        for run in self.writing():
            run.length += 1
        return {run: logits[_index(run.rows)] for run in self.writing()}

    @torch.inference_mode()
    def choose(self, run: BatchRun, logits: Tensor) -> None:
        """Let a run's strategy decide, and its rows follow.

        Args:
            run: One whose context was just read, or whose rows just ran.
            logits: What `read` or `decode` returned for it.

        Raises:
            EngineError: invalid_logits, with what exists so far as `partial`.
        """
        with alone():
            run.accept(logits)
        if run.is_done:
            return
        if run.prefill is not None:
            self._settle(run, run.prefill)
            run.prefill = None
        self._follow(run)

    def _settle(self, run: BatchRun, prefill: Prefill) -> None:
        """Give a run that has read its context its first row, behind the rows in use.

        The cache gets a slot for every row that those in the batch may come to need, and for a
        power of two of them, so that it is seldom built anew. A, greedy, writes; B, a search with
        4 beams, has read its 12 tokens; they may need 1 + 4 rows, so 8 slots::

            slot 0      A A A A A A A A . . . .
            slot 1      B B B B B B B B B B B B    copied from the prefill
            slot 2-7    . . . . . . . . . . . .    three for B's beams, the others to spare
        """
        if self._cache is None:
            self._cache = self._forward.slots(prefill.cache)
        row = len(self._owners)
        columns = max(run.max_length for run in self._runs)
        wanted = 1 << (sum(run.max_rows for run in self._runs) - 1).bit_length()
        rows = min(wanted, self._limits.rows, self._limits.cells // columns)
        used_columns = max((run.length for run in self._owners), default=0)
        self._cache.reserve(rows, columns, row, used_columns)
        length = len(run.prompt_ids)
        self._cache.adopt(row, prefill.cache, length)
        self._owners.append(run)
        run.rows, run.length = [row], length

    def _follow(self, run: BatchRun) -> None:
        """Bring the run's rows to its parents' state: first children stay, others are copies.

        Beams in the rows 4, 5 and 6; two new ones go on from the second, one from the first, and
        nobody from the third, whose row is free::

            rows [4, 5, 6]   parents (1, 1, 0)   →   rows [5, 6, 4]   copies 5 → 6

        So the strategy's order is in `rows`, and only what branches is copied. A run of one row
        that branches, as after its prompt, takes rows behind those in use; rows that no child
        wants are given back.
        """
        assert run.feed is not None
        assert self._cache is not None
        old = run.rows
        parents = run.feed.parents
        free = [row for i, row in enumerate(old) if i not in parents]
        rows: list[int] = []
        copies: list[tuple[int, int]] = []
        for i, parent in enumerate(parents):
            if parent not in parents[:i]:
                rows.append(old[parent])
                continue
            if free:
                target = free.pop()
            else:
                target = len(self._owners)
                self._owners.append(run)
            rows.append(target)
            copies.append((old[parent], target))
        run.rows = rows + free
        if copies:
            sources, targets = zip(*copies, strict=True)
            self._cache.copy(sources, targets, run.length)
        self._free(run, free)

    def _free(self, run: BatchRun, rows: list[int]) -> None:
        """Take rows from a run; the last rows in use move into the gaps.

        The rows in use stay the first ones, so that a step runs no empty row. Row 0 of A goes; C
        moves there, and its old slot is blank::

            row       0 1 2 3        0 1 2
            owner     A B A C   →    C B A

        From the highest down: the last row is then never one that must go as well.
        """
        for row in sorted(rows, reverse=True):
            assert self._cache is not None
            run.rows.remove(row)
            last = len(self._owners) - 1
            # The token of a step that failed may stand behind the others.
            self._cache.clear(row, run.length + 1)
            if row != last:
                owner = self._owners[last]
                owner.rows[owner.rows.index(last)] = row
                self._owners[row] = owner
                self._cache.copy([last], [row], owner.length)
                self._cache.clear(last, owner.length + 1)
            self._owners.pop()


def _index(rows: list[int]) -> slice | list[int]:
    """Return an index of those rows, one that copies nothing where they stand in a row."""
    first, last = rows[0], rows[-1]
    return slice(first, last + 1) if rows == list(range(first, last + 1)) else rows
