"""A decision under other settings: temperature, cuts, and what the same die would have given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from engine.decoding.die import throw_die
from engine.decoding.stages import StageRecord
from engine.decoding.task import check_params
from engine.decoding_params import DecodingParams
from engine.explain.decision import Decision, choose, read_decisions
from engine.explain.values import CurveCut, CurvePoint, Redraw, RedrawRequest
from engine.models.loaded import LoadedModel
from engine.trace import Step

_DENSE_RANKS = 32
_RANK_RATIO = 1.1


def redraw(loaded: LoadedModel, request: RedrawRequest) -> Redraw:
    """Make a decision again from one pass over the stored ids; nothing is generated.

    Args:
        loaded: Model.
        request: The decision and the other settings.

    Raises:
        EngineError: invalid_params for what does not fit the model; invalid_logits;
            out_of_memory.
    """
    moment = request.moment
    params, own = request.params.resolved(), moment.params.resolved()
    check_params(loaded, own)
    with torch.inference_mode():
        ((decision,),) = read_decisions(
            loaded,
            params,
            moment.context_ids,
            written=moment.written,
            prefix_tokens=moment.prefix_tokens,
            source_ids=moment.source_ids,
            target_language=moment.target_language,
        )
        u = throw_die(moment.seed, moment.attempt, moment.t)
        now = _Outcome(decision, params, request.trace_top_n, u)
        before = now if own == params else _Outcome(decision, own, request.trace_top_n, u)
        came_out = () if moment.chosen is None else (moment.chosen,)
        shown = sorted({now.chosen, before.chosen, *came_out})
        return Redraw(
            step=now.step(shown),
            curve=now.curve(),
            cuts=now.cuts(),
            before=before.step(shown),
            curve_before=before.curve(),
        )


class _Outcome:
    """What one choice of settings makes of a decision."""

    def __init__(self, decision: Decision, params: DecodingParams, top_n: int, u: float) -> None:
        self._records: list[StageRecord] = []
        self._snapshot, scores = decision.snapshot(params, top_n, self._records)
        self.chosen, self._draw = choose(params, scores, u)
        # Cuts leave the order of what they keep as it is; ties stand by id, as for the die.
        reshaped = decision.reshaped(params)[0].double()
        self._order = torch.argsort(reshaped, descending=True, stable=True)
        self._probs = torch.softmax(reshaped, -1)[self._order]
        self._final = torch.softmax(scores[0].double(), -1)[self._order]

    def step(self, shown: Sequence[int]) -> Step:
        """Return the record, `shown` among its candidates."""
        return self._snapshot.step(0, self.chosen, self._draw, shown)

    def curve(self) -> tuple[CurvePoint, ...]:
        """Return the probabilities in falling order."""
        ranks = _ranks(len(self._probs))
        index = torch.tensor(ranks, device=self._probs.device) - 1
        columns = (self._probs, self._probs.cumsum(-1), self._final)
        values = zip(ranks, *(column[index].tolist() for column in columns), strict=True)
        return tuple(CurvePoint(rank=r, prob=p, cumulative=c, final=f) for r, p, c, f in values)

    def cuts(self) -> tuple[CurveCut, ...]:
        """Return where each stage that removed something ends the curve."""
        cuts = []
        alive_before = len(self._order)
        for record in self._records:
            left = record.rows[0]
            if left.count < alive_before:
                last = np.flatnonzero(left.alive[self._order.cpu().numpy()])[-1]
                cuts.append(CurveCut(name=record.name, rank=int(last) + 1))
            alive_before = left.count
        return tuple(cuts)


def _ranks(vocab_size: int) -> list[int]:
    ranks = list(range(1, min(_DENSE_RANKS, vocab_size) + 1))
    while ranks[-1] < vocab_size:
        ranks.append(min(vocab_size, round(ranks[-1] * _RANK_RATIO)))
    return ranks
