"""Contrastive search: of the most probable tokens, the one least like what is already there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.decoding.choices import require_finite, require_left
from engine.decoding.recording import Snapshot
from engine.decoding.stages import StageRecord, apply_filters
from engine.decoding.strategy import DecodingTask, Feed, Hypothesis, Strategy
from engine.trace import Contrast


@dataclass(frozen=True)
class _Proposal:
    """The candidates of a step, whose vectors the model is asked for.

    Attributes:
        token_ids: Most probable first.
        confidences: Their processed probabilities, float32, shape (candidates,).
        logprobs: Their raw log-probabilities.
    """

    token_ids: list[int]
    confidences: Tensor
    logprobs: list[float]
    snapshot: Snapshot | None


class ContrastiveSearch(Strategy):
    """Weighs the model's confidence in a token against its likeness to what precedes it.

    The score of candidate v after x is (1 − α) p(v | x) − α max_j cos(h_v, h_xj), with the `top_k`
    most probable tokens as candidates, α = `penalty_alpha`, and h the last hidden state of a token
    read in its place, the model's own norm applied. So every step runs the candidates, each as a
    row, and keeps the row of the winner. p is the softmax of the processed logits over the whole
    vocabulary, before the candidates are cut out.

    Source: Su et al. (2022), «A contrastive framework for neural text generation», §4.2, eq. 5.
    """

    needs_hidden = True

    def __init__(self, task: DecodingTask) -> None:
        super().__init__(task, max_rows=task.params.top_k)
        *self._filters, self._cut = task.filters
        self._hypothesis = Hypothesis(search=self.begin_search())
        self._proposal: _Proposal | None = None
        # Unit vectors of the text so far, and of the candidates that were just read.
        self._text_vectors: Tensor | None = None
        self._candidate_vectors: Tensor | None = None

    def observe(self, hidden: Tensor) -> None:
        """Keep the directions of what was read: pieces of the context, then the candidates."""
        vectors = normalize(hidden.float(), dim=-1)
        if self._proposal is not None:
            self._candidate_vectors = vectors[:, -1]
        elif self._text_vectors is None:
            self._text_vectors = vectors[0]
        else:
            self._text_vectors = torch.cat([self._text_vectors, vectors[0]])

    def advance(self, logits: Tensor) -> Feed:
        """Choose among the candidates that were read, and propose the next ones."""
        winner = 0
        if self._proposal is not None:
            winner = self._choose(self._proposal)
            if self._hypothesis.finish_reason is not None:
                return Feed()
        self._proposal = self._propose(require_finite(logits[winner : winner + 1]))
        tokens = self._proposal.token_ids
        return Feed(tuple(tokens), (winner,) * len(tokens))

    def hypotheses(self) -> Sequence[Hypothesis]:
        """Return the one continuation."""
        return [self._hypothesis]

    def _propose(self, logits: Tensor) -> _Proposal:
        """Take the most probable tokens after the text.

        Args:
            logits: float32, shape (1, vocab).
        """
        recorder = self.task.recorder
        records: list[StageRecord] | None = None if recorder is None else []
        scores = apply_filters(self._filters, self._ids, logits, records)
        require_left(scores, self._filters, self._ids, logits)
        kept = apply_filters([self._cut], self._ids, scores, records)
        alive = (kept[0] > -torch.inf).nonzero().flatten()
        index = alive[torch.argsort(kept[0, alive], descending=True, stable=True)]
        snapshot = None
        if recorder is not None and records is not None:
            snapshot = recorder.snapshot(records)
        return _Proposal(
            token_ids=index.tolist(),
            confidences=torch.softmax(scores, -1)[0, index],
            logprobs=torch.log_softmax(logits, -1)[0, index].tolist(),
            snapshot=snapshot,
        )

    def _choose(self, proposal: _Proposal) -> int:
        """Add the best candidate to the text; return its row."""
        assert self._text_vectors is not None
        assert self._candidate_vectors is not None
        alpha = self.task.params.penalty_alpha
        likeness = (self._candidate_vectors @ self._text_vectors.T).max(-1)
        scores = (1.0 - alpha) * proposal.confidences - alpha * likeness.values
        winner = int(scores.argmax())
        token = proposal.token_ids[winner]
        hypothesis = self._hypothesis
        self.append(hypothesis, token)
        hypothesis.logprob += proposal.logprobs[winner]
        hypothesis.score = hypothesis.logprob
        if proposal.snapshot is not None:
            terms = self._terms(proposal, likeness.values, likeness.indices, scores)
            step = proposal.snapshot.step(0, token, None)
            hypothesis.steps.append(replace(step, contrast=terms))
        chosen = self._candidate_vectors[winner : winner + 1]
        self._text_vectors = torch.cat([self._text_vectors, chosen])
        column = torch.tensor([[token]], dtype=torch.long, device=self.task.device)
        self._ids = torch.cat([self._ids, column], dim=1)
        return winner

    def _terms(
        self, proposal: _Proposal, penalties: Tensor, nearest: Tensor, scores: Tensor
    ) -> tuple[Contrast, ...]:
        assert self.task.recorder is not None
        vocabulary = self.task.recorder.vocabulary
        columns = zip(
            proposal.token_ids,
            proposal.confidences.tolist(),
            penalties.tolist(),
            nearest.tolist(),
            scores.tolist(),
            strict=True,
        )
        return tuple(
            Contrast(
                token_id=token_id,
                text=vocabulary.text_of(token_id),
                confidence=confidence,
                penalty=penalty,
                nearest=position,
                score=score,
            )
            for token_id, confidence, penalty, position, score in columns
        )
