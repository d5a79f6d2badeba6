"""What a filter of a step is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.trace import StageKind

Process = Callable[[Any, Tensor], Tensor]
"""Maps ids, int64 (rows, length), and scores, float32 (rows, vocab), to the new scores."""

Floats = NDArray[np.floating[Any]]
Ids = NDArray[np.integer[Any]]


Edit = Callable[[Ids, Floats], bool]
"""Changes one row of scores where it is, on a processor and to the same bits as the process that
has it as its method `edit`; tells whether there was anything to do. Tokens so far, int64, shape
(length,); scores, float32, shape (vocab,)."""


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

    def edit(self, ids: Ids, scores: Floats) -> bool:
        """Do to one row, where it is, what `process` does; as `Edit`."""
        edit: Edit | None = getattr(self.process, "edit", None)
        if edit is not None:
            return edit(ids, scores)
        row = torch.from_numpy(scores)[None]
        processed = self.process(torch.from_numpy(ids)[None], row)
        if processed is row:
            return False
        scores[:] = processed[0].numpy()
        return True
