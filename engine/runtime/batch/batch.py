"""Many requests in one batch: they join and leave between any two steps."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.decoding.together import foresee
from engine.models.loaded import LoadedModel
from engine.models.teamwork import alone
from engine.requests import GenerationRequest
from engine.runtime.batch.cache import SlotCache
from engine.runtime.batch.dealing import Room
from engine.runtime.batch.forward import Prefill
from engine.runtime.batch.pairs import PairCache, PairForward, forward_of
from engine.runtime.batch.prompts import Prompts
from engine.runtime.batch.run import BatchLimits, BatchRun
from engine.runtime.prefix_cache import PrefixCache


class Batch:
    """The runs of one model that go on together; belongs to one thread.

    The rows in use are always the first ones: whoever leaves is replaced by the last row.

    Args:
        loaded: Model of all its requests, proven to work with slots.
        limits: How large it may become.
        prefixes: Texts that its requests may go on from, and that they leave there.
        is_lean: Whether a lean step, proven too, runs the rows.

    Attributes:
        parked_cells: Tokens that the rows of those hold that are set aside.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        limits: BatchLimits,
        prefixes: PrefixCache | None = None,
        *,
        is_lean: bool = False,
    ) -> None:
        self._loaded = loaded
        self.limits = limits
        self._prefixes = prefixes
        self._forward = forward_of(loaded, is_lean=is_lean)
        self._prompts = Prompts(self._forward, limits.prefill_tokens)
        self._cache: SlotCache | PairCache | None = None
        self._runs: list[BatchRun] = []
        # The run that owns each row in use.
        self._owners: list[BatchRun] = []
        self.parked_cells = 0

    def open_run(
        self,
        request: GenerationRequest,
        attempts: range | None = None,
        sibling: BatchRun | None = None,
    ) -> BatchRun:
        """Prepare a request of this model, or some of its attempts; `add` lets it take part.

        Raises:
            EngineError: The request does not fit the model.
        """
        return BatchRun(self._loaded, request, attempts, sibling)

    def has_room(self, run: BatchRun) -> bool:
        """Tell whether the run fits beside the others, and asks for nothing but logits."""
        room = Room(self.limits)
        return all(room.takes(one.need) for one in (*self._runs, run))

    @property
    def is_open(self) -> bool:
        """Tell whether at least one more row would fit."""
        return sum(run.max_rows for run in self._runs) < self.limits.rows

    @torch.inference_mode()
    def add(self, run: BatchRun) -> None:
        """Let a run take part from the next step on."""
        run.start_clock()
        if isinstance(self._forward, PairForward):
            run.prefill = self._forward.prefill_pair(run.prompt_ids, run.source_ids)
        else:
            found = self._prefixes.find(run.prompt_ids) if self._prefixes is not None else None
            known = () if found is None else found[0].first(found[1])
            run.prefill = self._forward.prefill(run.prompt_ids, known)
        self._enter(run)

    @torch.inference_mode()
    def keep(self, run: BatchRun) -> None:
        """Keep what is known of the texts of a run without a fault, for those that go on there."""
        if self._prefixes is not None:
            for ids, contents in run.texts(self._cache):
                self._prefixes.store(ids, contents)

    def forget_texts(self) -> bool:
        """Drop the texts that are kept; tell whether there were any."""
        return self._prefixes is not None and self._prefixes.clear()

    @torch.inference_mode()
    def remove(self, run: BatchRun) -> None:
        """Let a run leave, in whatever state it is."""
        run.prefill = None
        self.parked_cells -= len(run.parked) * run.length
        run.parked = []
        self._leave(run)

    @torch.inference_mode()
    def set_aside(self, run: BatchRun) -> None:
        """Take a run out between two steps with all that its rows hold; nothing of it is lost."""
        if run.rows:
            assert self._cache is not None
            run.parked = [self._cache.contents(row, run.length) for row in run.rows]
            self.parked_cells += len(run.parked) * run.length
        self._leave(run)

    @torch.inference_mode()
    def take_back(self, run: BatchRun) -> None:
        """Let a run that was set aside, or has never taken part, take part from now on."""
        self._enter(run)
        if run.prefill is not None and run.feed is not None:
            self._take_rows(run)
        if not run.parked:
            return
        assert self._cache is not None
        self._reserve(self._cache)
        for contents in run.parked:
            run.rows.append(len(self._owners))
            self._cache.put_back(run.rows[-1], contents, run.length)
            self._owners.append(run)
        self.parked_cells -= len(run.parked) * run.length
        run.parked = []

    def _enter(self, run: BatchRun) -> None:
        self._runs.append(run)
        run.is_in = True

    def _leave(self, run: BatchRun) -> None:
        if run.is_in:
            self._runs.remove(run)
            run.is_in = False
        self._free(run, run.rows)
        if not self._runs and not self.parked_cells:
            self._cache = None

    def reading(self) -> list[BatchRun]:
        """Return the runs whose context is read in this step; they take turns."""
        return self._prompts.due(self._runs)

    def writing(self) -> list[BatchRun]:
        """Return the runs whose rows run in this step."""
        return [run for run in self._runs if run.rows]

    @torch.inference_mode()
    def read(self, run: BatchRun) -> Tensor | None:
        """Read a piece of a run's context.

        Returns:
            Logits of its next token, shape (1, vocab), once all is read.
        """
        return self._prompts.read(run)

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
        foresee(logits, {run.strategy: run.rows for run in self.writing()})
        for run in self.writing():
            run.length += 1
        return {run: logits[run.index] for run in self.writing()}

    @torch.inference_mode()
    def choose(self, run: BatchRun, logits: Tensor) -> None:
        """Let a run's strategy decide, and its rows follow, if it takes part.

        Args:
            run: One whose context was just read, by itself or a sibling, or whose rows just ran.
            logits: What `read` or `decode` returned for it.

        Raises:
            EngineError: invalid_logits, with what exists so far as `partial`.
        """
        with alone():
            run.accept(logits)
        if run.is_in and not run.is_done:
            self._take_rows(run)

    def _take_rows(self, run: BatchRun) -> None:
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
        self._reserve(self._cache)
        row, length = len(self._owners), len(run.prompt_ids)
        self._cache.adopt(row, prefill.cache, length)
        self._owners.append(run)
        run.rows, run.length = [row], length

    def _reserve(self, cache: SlotCache | PairCache) -> None:
        columns = max(run.max_length for run in self._runs)
        wanted = 1 << (sum(run.max_rows for run in self._runs) - 1).bit_length()
        rows = min(wanted, self.limits.rows, self.limits.cells // columns)
        used_columns = max((run.length for run in self._owners), default=0)
        cache.reserve(rows, columns, len(self._owners), used_columns)

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
        old, parents = run.rows, run.feed.parents
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
