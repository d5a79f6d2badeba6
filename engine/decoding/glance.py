"""What one look at the logits of many requests tells of each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine.decoding.filter import Floats
from engine.decoding.heads import Head
from engine.decoding.shortlist import Throw, draw_rows
from engine.decoding.weighing import blocks, weigh


class Glance(NamedTuple):
    """What is known of a row of logits before anybody looks closely.

    Attributes:
        is_finite: Whether the best logit is a number.
        log_normaliser: log Σ exp, nats.
        token: What the row's throw of the die means; None without one, or where the filters must
            decide.
        head: What cuts have left of the row, where that is recorded.
    """

    is_finite: bool
    log_normaliser: float
    token: int | None = None
    head: Head | None = None


def glance(logits: Tensor, throws: Sequence[Throw | None] = ()) -> list[Glance]:
    """Look at rows of logits, on a processor in one thread: torch would wake a second one first.

    Args:
        logits: float32, shape (rows, vocab).
        throws: One for each row that nothing but a shortlist comes before, None for others; () for
            no throw at all.
    """
    if logits.device.type != "cpu":
        finite, logs = torch.isfinite(logits.amax(-1)), torch.logsumexp(logits, -1)
        return list(map(Glance, finite.tolist(), logs.tolist()))
    rows = logits.numpy()
    with np.errstate(all="ignore"):
        best = rows.max(-1)
        sums = [weigh(rows[block], best[block])[1] for block in blocks(rows)]
        normalisers = best + np.log(np.concatenate(sums))
        finite, logs = np.isfinite(best).tolist(), normalisers.tolist()
        return list(map(Glance, finite, logs, *_drawn(rows, throws)))


def _drawn(
    rows: Floats, throws: Sequence[Throw | None]
) -> tuple[list[int | None], list[Head | None]]:
    """Return the token of each row, and what is recorded of it."""
    tokens: list[int | None] = [None] * len(rows)
    heads: list[Head | None] = [None] * len(rows)
    thrown = {row: throw for row, throw in enumerate(throws) if throw is not None}
    if thrown:
        some = rows if len(thrown) == len(rows) else rows[list(thrown)]
        heads_of: dict[int, Head] = {}
        found = draw_rows(some, list(thrown.values()), heads_of)
        for i, (row, token) in enumerate(zip(thrown, found, strict=True)):
            tokens[row], heads[row] = token, heads_of.get(i)
    return tokens, heads
