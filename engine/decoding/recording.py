"""Turn the tensors of a step into the `Step` values that callers see."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.decoding.distribution import Distribution
from engine.decoding.stages import StageRecord
from engine.text import Vocabulary
from engine.trace import Candidate, Draw, Rest, Stage, Step


class Recorder:
    """Takes a snapshot of every step of a traced run.

    Args:
        vocabulary: Gives candidates their text.
        top_n: Candidates per step, best raw probability first.
    """

    def __init__(self, vocabulary: Vocabulary, top_n: int) -> None:
        self.vocabulary = vocabulary
        self.top_n = top_n

    def snapshot(self, records: Sequence[StageRecord], logits: Tensor | None = None) -> Snapshot:
        """Keep what a step of a batch looked like before its tokens are chosen.

        Args:
            records: Of `apply_filters`.
            logits: The model's, shape (rows, vocab), where something else went into the filters.
        """
        raw = records[0].rows if logits is None else tuple(map(Distribution, logits))
        return Snapshot(self.vocabulary, self.top_n, raw, records)


class Snapshot:
    """The distributions of one step, for all rows.

    Args:
        vocabulary: Gives candidates their text.
        top_n: Candidates per step.
        raw: The model's distributions.
        records: What the filters made of them.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        top_n: int,
        raw: Sequence[Distribution],
        records: Sequence[StageRecord],
    ) -> None:
        self._vocabulary = vocabulary
        self._top_n = top_n
        self._raw = raw
        self._records = records

    def step(self, row: int, chosen: int, draw: Draw | None, others: Sequence[int] = ()) -> Step:
        """Describe the decision of one row for one token.

        Args:
            row: Of the batch.
            chosen: The token that came out.
            draw: The die, or None where nothing was drawn.
            others: More tokens that have to be among the candidates, behind the chosen one.
        """
        raw, final = self._raw[row], self._records[-1].rows[row]
        candidates = self._candidates(row, (chosen, *others))
        choice = next(c for c in candidates if c.token_id == chosen)
        return Step(
            chosen=chosen,
            entropy_bits=raw.entropy_bits,
            surprisal_bits=raw.surprisal_bits(chosen),
            final_entropy_bits=final.entropy_bits,
            draw=draw,
            candidates=candidates,
            stages=(*self._stages(row), self._draw_stage(row, choice)),
            rest=Rest(
                count=len(raw.alive) - len(candidates),
                raw_mass=max(0.0, 1.0 - math.fsum(c.raw_prob for c in candidates)),
                final_mass=max(0.0, 1.0 - math.fsum(c.final_prob for c in candidates)),
            ),
        )

    def _candidates(self, row: int, wanted: Sequence[int]) -> tuple[Candidate, ...]:
        raw, final = self._raw[row], self._records[-1].rows[row]
        ids = raw.best(self._top_n)
        ranks = list(range(1, len(ids) + 1))
        for token_id in wanted:
            if token_id not in ids:
                ids.append(token_id)
                ranks.append(raw.rank_of(token_id))
        index = np.array(ids)
        raw_probs = raw.probs(index).tolist()
        final_probs = final.probs(index).tolist()
        removers = self._removers(row, index)
        return tuple(
            Candidate(
                token_id=token_id,
                text=self._vocabulary.text_of(token_id),
                raw_prob=raw_probs[i],
                raw_rank=ranks[i],
                final_prob=final_probs[i],
                removed_by=removers[i],
            )
            for i, token_id in enumerate(ids)
        )

    def _removers(self, row: int, index: NDArray[np.int64]) -> list[str | None]:
        # Who has removed nothing shares what is alive with the stage before.
        records = [
            record
            for before, record in zip((None, *self._records), self._records, strict=False)
            if before is None or record.rows[row].alive is not before.rows[row].alive
        ]
        names = [record.name for record in records]
        alive = zip(*(record.rows[row].alive[index].tolist() for record in records), strict=True)
        # What a later stage forces has come back.
        return [
            None
            if flags[-1]
            else next(n for n, is_left in zip(names, flags, strict=True) if not is_left)
            for flags in alive
        ]

    def _stages(self, row: int) -> list[Stage]:
        stages = []
        raw = self._raw[row]
        tokens_before = len(raw.alive)
        alive, raw_mass = raw.alive, 1.0
        for record in self._records:
            left = record.rows[row]
            if left.alive is not alive:
                alive, raw_mass = left.alive, raw.mass_of(left)
            stages.append(
                Stage(
                    name=record.name,
                    kind=record.kind,
                    tokens_kept=left.count,
                    tokens_removed=tokens_before - left.count,
                    mass_kept=record.mass_kept[row],
                    mass_removed=1.0 - record.mass_kept[row],
                    raw_mass=raw_mass,
                )
            )
            tokens_before = left.count
        return stages

    def _draw_stage(self, row: int, choice: Candidate) -> Stage:
        tokens_before = self._records[-1].rows[row].count
        tokens_kept = int(choice.removed_by is None)
        return Stage(
            name="draw",
            kind="cut",
            tokens_kept=tokens_kept,
            tokens_removed=tokens_before - tokens_kept,
            mass_kept=choice.final_prob,
            mass_removed=1.0 - choice.final_prob,
            raw_mass=choice.raw_prob if tokens_kept else 0.0,
        )
