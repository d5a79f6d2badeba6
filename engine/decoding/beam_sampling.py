"""Beam sampling: a beam search whose continuations are drawn and not the best ones."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.decoding.beam import EMPTY, BeamSearch, Selection
from engine.decoding.sampling import draw_token, throw_die


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
        left = totals.masked_fill(totals <= EMPTY / 2, -torch.inf)
        t = self.task.first_draw + self.length
        drawn, draws = [], []
        for k in range(count):
            if not left.amax() > -torch.inf:
                break
            place, draw = draw_token(left, throw_die(self.task.seed, k, t))
            left[place] = -torch.inf
            drawn.append(place)
            draws.append(draw)
        missing = count - len(drawn)
        places = torch.tensor(drawn + [0] * missing, device=totals.device)
        scores = totals[places]
        scores[len(drawn) :] = -torch.inf
        return Selection(scores, places, (*draws, *[None] * missing))
