"""Beam sampling: a beam search whose continuations are drawn and not the best ones."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from engine.decoding.beams.search import BeamSearch, Selection
from engine.decoding.die import throw_die
from engine.ordering import best_first
from engine.trace import Draw

_FIRST_LOOK = 1024


class BeamSampling(BeamSearch):
    """Draws the continuations of all beams together, without replacement.

    The distribution is the softmax of each continuation's total, the running score plus the
    processed score, over beams × vocabulary. Draw k of step t throws u(seed, k, t): the die that
    in sampling belongs to attempt k, which a search of one text does not need otherwise. The
    continuations stand as the tokens do in sampling, by descending probability, equals by beam and
    then by id; the one whose stretch of the unit interval holds u is taken out, and the next draw
    sees the others with their shares scaled to 1. So nothing depends on what else is in a batch.

    Source: transformers 5, `GenerationMixin._beam_search` with `do_sample=True`, which draws with
    `torch.multinomial`. Where the filters leave fewer continuations than it wants, ours are fewer,
    and so may be the texts; transformers fills up with impossible ones.
    """

    def select(self, totals: Tensor, count: int) -> Selection:
        """Draw `count` continuations, or as many as are possible."""
        urn = Urn(totals.clone())
        t = self.task.first_draw + self.length
        drawn, draws = [], []
        for k in range(min(count, urn.left)):
            place, draw = urn.draw(throw_die(self.task.seed, k, t))
            drawn.append(place)
            draws.append(draw)
        places = torch.tensor(drawn, dtype=torch.long, device=totals.device)
        return Selection(totals[places], places, tuple(draws))


class Urn:
    """What is drawn from without being put back, in the order and with the shares of `draw_token`.

    Beams × vocabulary can be millions: only the best are put in order, and the rest is weighed
    once for all draws.

    Args:
        scores: float32, shape (count,), −inf for what cannot be drawn; changed by the draws.

    Attributes:
        left: How many can be drawn.
    """

    def __init__(self, scores: Tensor) -> None:
        self._scores = scores
        self._best: list[int] = []
        self._best_scores = np.empty(0)
        self._rest = -math.inf
        self.left = int((scores > -torch.inf).sum())
        if self.left:
            self._sort(_FIRST_LOOK)

    def draw(self, u: float) -> tuple[int, Draw]:
        """Take out the place that a throw of the die means; at least one must be left."""
        while True:
            best = self._best_scores
            top = best[0] if len(best) else self._rest
            cumulative = np.cumsum(np.exp(best - top))
            weight = float(cumulative[-1]) if len(best) else 0.0
            total = weight + math.exp(self._rest - top)
            position = int(np.searchsorted(cumulative, u * total, side="right"))
            is_whole = len(best) == self.left
            if is_whole or position < len(best):
                break
            self._sort(16 * max(len(best), _FIRST_LOOK))
        # A rounded product can reach the last sum: then the last possible place is meant.
        position = min(position, int(np.searchsorted(cumulative, weight)))
        low = float(cumulative[position - 1]) / total if position else 0.0
        place = self._best.pop(position)
        self._best_scores = np.delete(best, position)
        self._scores[place] = -torch.inf
        self.left -= 1
        return place, Draw(u=u, low=low, high=float(cumulative[position]) / total)

    def _sort(self, count: int) -> None:
        """Put the `count` best in order, with all ties of the last, and weigh the others."""
        best = best_first(self._scores, min(count, self.left))
        self._best = best.tolist()
        self._best_scores = self._scores[best].double().cpu().numpy()
        others = self._scores.index_fill(0, best, -torch.inf)
        self._rest = float(others.double().logsumexp(0))
