"""Reads the contexts of a batch's runs, those of a turn in one pass where a lean step can."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.runtime.batch.forward import Prefill, RowForward
from engine.runtime.batch.run import BatchRun


class Prompts:
    """The contexts on their way into the model.

    Args:
        forward: What reads them.
        tokens: How many of them are read between two steps of those that write.
    """

    def __init__(self, forward: RowForward, tokens: int) -> None:
        self._forward = forward
        self._tokens = tokens
        self._due: list[BatchRun] = []
        # What has been read of this turn's, ahead of whoever asks for it.
        self._ahead: dict[BatchRun, Tensor] = {}

    def due(self, runs: list[BatchRun]) -> list[BatchRun]:
        """Return the runs whose context is read in this step; they take turns.

        Who has read nothing goes first: a short text does not wait behind the pieces of long ones.

        Args:
            runs: All of the batch; whose turn it is goes behind the others.
        """
        waiting = [run for run in runs if run.prefill is not None]
        waiting.sort(key=lambda run: run.has_read)
        due: list[BatchRun] = []
        tokens = 0
        for run in waiting:
            if tokens >= self._tokens:
                break
            due.append(run)
            tokens += run.prefill.left if run.prefill is not None else 0
        for run in due:
            run.has_read = True
            runs.remove(run)
            runs.append(run)
        self._due, self._ahead = list(due), {}
        return due

    def read(self, run: BatchRun) -> Tensor | None:
        """Read a piece of a run's context.

        Returns:
            Logits of its next token, shape (1, vocab), once all is read.
        """
        self._read_ahead()
        assert run.prefill is not None
        logits = self._ahead.pop(run, None)
        if logits is None:
            logits = run.prefill.read(self._tokens)
        return None if run.prefill.left else logits

    def _read_ahead(self) -> None:
        """Read what is due in one pass; if that fails, each begins again and reads by itself."""
        runs, self._due = self._due, []
        contexts: dict[BatchRun, Prefill] = {
            run: run.prefill for run in runs if run.prefill is not None
        }
        if len(contexts) < 2 or not self._forward.reads_together:
            return
        try:
            logits = self._forward.read_together([*contexts.values()], self._tokens)
        except (RuntimeError, MemoryError):
            for run in contexts:
                run.prefill = self._forward.prefill(run.prompt_ids)
        else:
            self._ahead = dict(zip(contexts, torch.split(logits, 1), strict=True))
