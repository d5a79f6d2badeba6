"""A decision under other settings: temperature, cuts, and what the same die would have given."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.decoding.sampling import throw_die
from engine.explain.decision import choose, read_decisions
from engine.explain.values import CurvePoint, Redraw, RedrawRequest
from engine.models.loaded import LoadedModel

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
    params = request.params.resolved()
    with torch.inference_mode():
        ((decision,),) = read_decisions(loaded, params, moment.context_ids, written=moment.written)
        snapshot, scores = decision.snapshot(params, request.trace_top_n)
        u = throw_die(moment.seed, moment.attempt, moment.t)
        chosen, draw = choose(params, scores, u)
        return Redraw(
            step=snapshot.step(0, chosen, draw),
            curve=_curve(decision.reshaped(params)[0]),
        )


def _curve(scores: Tensor) -> tuple[CurvePoint, ...]:
    probs = torch.softmax(scores.double(), -1).sort(descending=True).values
    cumulative = probs.cumsum(-1)
    ranks = _ranks(len(probs))
    index = torch.tensor(ranks, device=probs.device) - 1
    values = zip(ranks, probs[index].tolist(), cumulative[index].tolist(), strict=True)
    return tuple(CurvePoint(rank=r, prob=p, cumulative=c) for r, p, c in values)


def _ranks(vocab_size: int) -> list[int]:
    ranks = list(range(1, min(_DENSE_RANKS, vocab_size) + 1))
    while ranks[-1] < vocab_size:
        ranks.append(min(vocab_size, round(ranks[-1] * _RANK_RATIO)))
    return ranks
