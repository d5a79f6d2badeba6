"""Whether a step has anything to choose from: the model's numbers, and what the settings leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from engine.errors import NO_TOKEN_LEFT, EngineError

if TYPE_CHECKING:
    from engine.decoding.filter import Filter


def require_finite(logits: Tensor) -> Tensor:
    """Return the logits as float32.

    Raises:
        EngineError: invalid_logits for a row with NaN or +inf, or with nothing above −inf.
    """
    logits = logits.float()
    if not _has_choice(logits):
        raise EngineError("invalid_logits")
    return logits


def require_left(
    scores: Tensor, filters: Sequence[Filter], ids: Tensor, entering: Tensor
) -> Tensor:
    """Return processed scores of which every row has something above −inf.

    Args:
        scores: What the filters made of `entering`, float32, shape (rows, vocab).
        filters: As they were applied.
        ids: As for `apply_filters`.
        entering: Scores before the first filter, finite ones among them.

    Raises:
        EngineError: invalid_logits with `reason` "no_token_left" and the `stage` behind which a
            row has nothing left.
    """
    if not _has_choice(scores):
        raise no_token_left(filters, ids, entering)
    return scores


def no_token_left(filters: Sequence[Filter], ids: Tensor, entering: Tensor) -> EngineError:
    """Return the error of settings that leave nothing to choose, and not of the model's numbers."""
    culprit = None
    for stage in filters:
        culprit, entering = stage.name, stage.process(ids, entering)
        if not _has_choice(entering):
            break
    return EngineError("invalid_logits", reason=NO_TOKEN_LEFT, stage=culprit)


def _has_choice(scores: Tensor) -> bool:
    """Tell whether the best of every row is a number."""
    on_cpu = scores.device.type == "cpu"
    best = scores.numpy().max(-1) if on_cpu else scores.amax(-1).cpu().numpy()
    return bool(np.isfinite(best).all())
