"""What a filter of a step is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from engine.trace import StageKind

Process = Callable[[Any, Tensor], Tensor]
"""Maps ids, int64 (rows, length), and scores, float32 (rows, vocab), to the new scores."""


@dataclass(frozen=True)
class Filter:
    """One active filter; `name` is the parameter that switches it on.

    A warper works only in sampling, and needs at least one token above −inf. A momentary one is in
    play at some steps only; at the others it returns the scores themselves, and is no stage.
    """

    name: str
    kind: StageKind
    is_warper: bool
    process: Process
    is_momentary: bool = False
