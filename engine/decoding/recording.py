"""Turn the tensors of a step into the `Step` values that callers see."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from engine.decoding.stages import StageRecord
from engine.ordering import best_first
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

    def snapshot(self, logits: Tensor, records: Sequence[StageRecord], scores: Tensor) -> Snapshot:
        """Keep what a step of a batch looked like before its tokens are chosen.

        Args:
            logits: The model's, float32, shape (rows, vocab).
            records: Of `apply_filters`.
            scores: Processed scores, same shape as the logits.
        """
        return Snapshot(self.vocabulary, self.top_n, logits, records, scores)


class Snapshot:
    """The distributions of one step, raw and final, float64, for all rows."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        top_n: int,
        logits: Tensor,
        records: Sequence[StageRecord],
        scores: Tensor,
    ) -> None:
        self._vocabulary = vocabulary
        self._top_n = min(top_n, logits.shape[-1])
        self._records = records
        self._raw = torch.softmax(logits.double(), -1)
        self._final = torch.softmax(scores.double(), -1)
        self._entropies_bits = _entropy_bits(self._raw)
        self._final_entropies_bits = _entropy_bits(self._final)
        self._raw_masses = [(self._raw * record.alive).sum(-1).tolist() for record in records]

    def step(self, row: int, chosen: int, draw: Draw | None, others: Sequence[int] = ()) -> Step:
        """Describe the decision of one row for one token.

        Args:
            row: Of the batch.
            chosen: The token that came out.
            draw: The die, or None where nothing was drawn.
            others: More tokens that have to be among the candidates, behind the chosen one.
        """
        candidates = self._candidates(row, (chosen, *others))
        choice = next(c for c in candidates if c.token_id == chosen)
        return Step(
            chosen=chosen,
            entropy_bits=self._entropies_bits[row],
            surprisal_bits=-math.log2(choice.raw_prob) if choice.raw_prob else math.inf,
            final_entropy_bits=self._final_entropies_bits[row],
            draw=draw,
            candidates=candidates,
            stages=(*self._stages(row), self._draw_stage(row, choice)),
            rest=Rest(
                count=self._raw.shape[-1] - len(candidates),
                raw_mass=max(0.0, 1.0 - math.fsum(c.raw_prob for c in candidates)),
                final_mass=max(0.0, 1.0 - math.fsum(c.final_prob for c in candidates)),
            ),
        )

    def _candidates(self, row: int, wanted: Sequence[int]) -> tuple[Candidate, ...]:
        raw = self._raw[row]
        ids = best_first(raw, self._top_n)[: self._top_n].tolist() if self._top_n else []
        ranks = list(range(1, len(ids) + 1))
        for token_id in wanted:
            if token_id not in ids:
                ids.append(token_id)
                ranks.append(_rank(raw, token_id))
        index = torch.tensor(ids, device=raw.device)
        raw_probs = raw[index].tolist()
        final_probs = self._final[row, index].tolist()
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

    def _removers(self, row: int, index: Tensor) -> list[str | None]:
        alive = torch.stack([record.alive[row, index] for record in self._records], -1).tolist()
        names = [record.name for record in self._records]
        return [
            next((n for n, a in zip(names, flags, strict=True) if not a), None) for flags in alive
        ]

    def _stages(self, row: int) -> list[Stage]:
        stages = []
        tokens_before = self._raw.shape[-1]
        for record, raw_masses in zip(self._records, self._raw_masses, strict=True):
            tokens_kept = int(record.alive[row].sum())
            stages.append(
                Stage(
                    name=record.name,
                    kind=record.kind,
                    tokens_kept=tokens_kept,
                    tokens_removed=tokens_before - tokens_kept,
                    mass_kept=float(record.mass_kept[row]),
                    mass_removed=float(record.mass_removed[row]),
                    raw_mass=raw_masses[row],
                )
            )
            tokens_before = tokens_kept
        return stages

    def _draw_stage(self, row: int, choice: Candidate) -> Stage:
        alive = int(self._records[-1].alive[row].sum())
        tokens_kept = int(choice.removed_by is None)
        return Stage(
            name="draw",
            kind="cut",
            tokens_kept=tokens_kept,
            tokens_removed=alive - tokens_kept,
            mass_kept=choice.final_prob,
            mass_removed=1.0 - choice.final_prob,
            raw_mass=choice.raw_prob if tokens_kept else 0.0,
        )


def _rank(values: Tensor, token_id: int) -> int:
    greater = int((values > values[token_id]).sum())
    return greater + int((values[:token_id] == values[token_id]).sum()) + 1


def _entropy_bits(probs: Tensor) -> list[float]:
    entropies: list[float] = (torch.special.entr(probs).sum(-1) / math.log(2)).tolist()
    return entropies
