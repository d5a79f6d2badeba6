"""The record of an attempt: what can be read back later is kept, and made into steps together.

To work out what ten candidates, every filter and the die had to do with a token takes longer than
to choose it. So a tape keeps of each step the model's logits and what the shortlist found, and
develops a strip of them at once: what takes a pass over the vocabulary is then made for all of them
together, by the arithmetic of `engine.decoding.recording`, to the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from engine.decoding.die import draw_from
from engine.decoding.distribution import Sheet
from engine.decoding.filter import Filter, Floats, Ids
from engine.decoding.heads import Head
from engine.decoding.recording import Recorder
from engine.decoding.stages import compare, whole_vocabulary
from engine.trace import Step

_READABLE = frozenset(
    {
        "repetition_penalty",
        "no_repeat_ngram_size",
        "bad_words",
        "whole_word_start",
        "plain_text",
        "sentence_end_tokens",
        "temperature",
        "top_k",
        "top_p",
        "min_p",
    }
)
"""Filters that only change or remove: what they did can be read back from logits and tokens."""
_STRIP_VALUES = 1 << 16
"""Logits that are developed together: so many, and what is made of them, stay in the cache."""


class _Frame(NamedTuple):
    """A step that waits: how many tokens were before it, its own, what the shortlist found."""

    length: int
    token: int
    head: Head


class Tape:
    """Records the steps of one attempt.

    Args:
        recorder: Says what a step shows.
        filters: Active filters, in order; of the warpers only those of a shortlist.
        ids: The attempt's tokens, int64; those of a step are there before it is kept.
    """

    def __init__(self, recorder: Recorder, filters: Sequence[Filter], ids: Ids) -> None:
        self.recorder = recorder
        self._filters = filters
        self._ids = ids
        self._steps: list[Step] = []
        self._frames: list[_Frame] = []
        self._strip: Floats | None = None

    @staticmethod
    def takes(filters: Sequence[Filter]) -> bool:
        """Tell whether what these filters do can be read back."""
        return _READABLE.issuperset(stage.name for stage in filters)

    def add(self, step: Step) -> None:
        """Add a step that has been worked out."""
        self._develop()
        self._steps.append(step)

    def keep(self, logits: Floats, length: int, token: int, head: Head) -> None:
        """Keep a step to be worked out later.

        Args:
            logits: The model's, float32, shape (vocab,).
            length: Tokens before it.
            token: Its token.
            head: What the shortlist found.
        """
        if self._strip is None:
            size = max(1, _STRIP_VALUES // len(logits))
            self._strip = np.empty((size, len(logits)), dtype=np.float32)
        self._strip[len(self._frames)] = logits
        self._frames.append(_Frame(length, token, head))
        if len(self._frames) == len(self._strip):
            self._develop()

    def steps(self) -> list[Step]:
        """Return all steps so far."""
        self._develop()
        self._strip = None
        return self._steps

    def _develop(self) -> None:
        frames, self._frames = self._frames, []
        if not frames:
            return
        assert self._strip is not None
        sheet = Sheet(self._strip[: len(frames)])
        records = [[whole_vocabulary((row,))] for row in sheet.rows]
        cuts = 0
        for stage in self._filters:
            scores, acted = self._after(stage, sheet.scores, frames, cuts)
            cuts += stage.is_warper and stage.kind == "cut"
            sheet = Sheet(scores, sheet) if any(acted) else sheet
            for noted, row, has_acted in zip(records, sheet.rows, acted, strict=True):
                if has_acted or not stage.is_momentary:
                    noted.append(compare(stage, noted[-1], (row,)))
        for frame, noted, scores, row in zip(
            frames, records, sheet.scores, sheet.rows, strict=True
        ):
            _, draw = draw_from(scores, frame.head.u, row.left)
            step = self.recorder.snapshot(noted).step(0, frame.token, draw)
            self._steps.append(step)

    def _after(
        self, stage: Filter, scores: Floats, frames: Sequence[_Frame], cuts: int
    ) -> tuple[Floats, list[bool]]:
        """Return what a filter makes of the rows, and where it did anything.

        Args:
            stage: The filter.
            scores: Before it, float32, shape (rows, vocab).
            frames: The steps of these rows.
            cuts: How many cuts among the warpers came before it.
        """
        everywhere = [True] * len(frames)
        if stage.is_warper and stage.kind == "reshape":
            return stage.process(None, torch.from_numpy(scores)).numpy(), everywhere
        if stage.is_warper:
            left = np.full_like(scores, -np.inf)
            for row, frame in enumerate(frames):
                kept = frame.head.ids[: frame.head.counts[cuts]]
                left[row, kept] = scores[row, kept]
            return left, everywhere
        edited = scores.copy()
        ids = [self._ids[: frame.length] for frame in frames]
        return edited, [stage.edit(*row) for row in zip(ids, edited, strict=True)]
