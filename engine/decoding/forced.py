"""What an encoder-decoder's checkpoint decides by itself: tokens that must come, and never may."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class ForcedTokens:
    """Leaves one token at the beginning of a target, and one of some where it has no more room.

    Source: transformers 5, `ForcedBOSTokenLogitsProcessor` and `ForcedEOSTokenLogitsProcessor`:
    what is forced has the score 0, so it costs a beam nothing.

    Args:
        first_id: Behind the start token alone, or None.
        last_ids: Behind all tokens but the last that fits; may be empty.
        last_length: How many these are, the start token among them.
    """

    def __init__(self, first_id: int | None, last_ids: Sequence[int], last_length: int) -> None:
        self._first = () if first_id is None else (first_id,)
        self._last = tuple(last_ids)
        self._last_length = last_length

    def __call__(self, ids: Tensor, scores: Tensor) -> Tensor:
        """Send everything else to −inf there; elsewhere return the scores themselves.

        Args:
            ids: Tokens so far, int64, shape (rows, length).
            scores: float32, shape (rows, vocab).
        """
        forced = self._forced_behind(ids.shape[1])
        if not forced:
            return scores
        left = torch.full_like(scores, -torch.inf)
        left[:, list(forced)] = 0.0
        return left

    def _forced_behind(self, length: int) -> tuple[int, ...]:
        """Return what must come behind so many tokens; the end wins where both are due."""
        if self._last and length == self._last_length:
            return self._last
        return self._first if length == 1 else ()


class NeverTokens:
    """Cuts special tokens that a checkpoint rules out.

    Source: transformers 5, `NoBadWordsLogitsProcessor`, which spares the tokens that end a text.

    Args:
        token_ids: The tokens.
    """

    def __init__(self, token_ids: Sequence[int]) -> None:
        self._token_ids = list(token_ids)

    def __call__(self, ids: Tensor, scores: Tensor) -> Tensor:  # noqa: ARG002
        """Send them to −inf, in every row."""
        left = scores.clone()
        left[:, self._token_ids] = -torch.inf
        return left
