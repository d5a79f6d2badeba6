"""A model's logits for rows of different length, on unmodified transformers code.

What runs a token of every row, and reads contexts, may be ours instead (`lean.py`).
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from engine.models.choice import BUCKETS
from engine.models.kernels import FastLinear
from engine.models.loaded import LoadedModel
from engine.models.teamwork import alone
from engine.runtime.batch.cache import SlotCache
from engine.runtime.batch.lean import LeanStep
from engine.runtime.prefix_cache import LayerContents

Mask = Tensor | dict[str, Tensor]

_WORTH_CACHE_BYTES = 200_000_000
"""Keys and values of a step from which on attention is the greater part, and worth all threads."""


class RowForward:
    """Runs one model: contexts one by one, then all rows together.

    Args:
        loaded: A model with a cache.
        step: What runs in place of the model's own code.

    Raises:
        ValueError: Its layers look at the past in more ways than masks can say.
    """

    def __init__(self, loaded: LoadedModel, step: LeanStep | None = None) -> None:
        self._model = loaded.model
        self._step = step
        # Layers that were not swapped would do their large products alone too.
        self._has_teams = any(isinstance(part, FastLinear) for part in self._model.modules())
        self._config = loaded.model.config.get_text_config(decoder=True)
        self.device = torch.device(loaded.device)
        accepted = inspect.signature(self._model.forward).parameters
        self._require(tuple(accepted))
        self._options: dict[str, Any] = {"use_cache": True, "return_dict": True}
        if "logits_to_keep" in accepted:
            self._options["logits_to_keep"] = 1
        # Eager attention adds its mask to the scores; the fused kernels take a boolean one.
        self._is_mask_added = self._config._attn_implementation == "eager"
        windows = {getattr(layer, "sliding_window", None) for layer in self._blank_cache().layers}
        if len(windows - {None}) > 1:
            raise ValueError("windows of several sizes")
        self._windows = tuple(windows or {None})

    def _require(self, accepted: Sequence[str]) -> None:
        if "position_ids" not in accepted:
            raise ValueError("no position_ids")

    def slots(self, prototype: Any) -> Any:
        """Return an empty cache of slots.

        Args:
            prototype: What a prefill has filled; gives the shapes.
        """
        return SlotCache(prototype)

    def prefill(self, ids: Sequence[int], known: LayerContents = ()) -> Prefill:
        """Prepare to read a context.

        Args:
            ids: The context.
            known: What the layers have made of its beginning.
        """
        cache = self._blank_cache()
        for layer, (keys, values) in enumerate(known):
            cache.update(keys[None], values[None], layer)
        return Prefill(self, ids, cache, done=known[0][0].shape[1] if known else 0)

    def read(self, ids: Sequence[int], cache: Any) -> Tensor:
        """Read on with a single sequence, masks and positions left to the model.

        Returns:
            Logits after the last token, shape (1, vocab).
        """
        if self._step is not None:
            return self._read_lean([ids], [cache])
        column = torch.tensor([list(ids)], dtype=torch.long, device=self.device)
        output = self._model(input_ids=column, past_key_values=cache, **self._options)
        logits: Tensor = output.logits[:, -1]
        return logits

    @property
    def reads_together(self) -> bool:
        """Tell whether several contexts can be read in one pass, each as by itself."""
        return self._step is not None

    def read_together(self, contexts: Sequence[Prefill], tokens: int) -> Tensor:
        """Read at most so many tokens of each of several contexts in one pass.

        Returns:
            Logits after the last token of each, shape (contexts, vocab).
        """
        pieces = [context.next_piece(tokens) for context in contexts]
        logits = self._read_lean(pieces, [context.cache for context in contexts])
        for context, piece in zip(contexts, pieces, strict=True):
            context.done += len(piece)
        return logits

    def _read_lean(self, pieces: Sequence[Sequence[int]], caches: Sequence[Any]) -> Tensor:
        assert self._step is not None
        # A team for so few tokens is the affair of the products that gain by it.
        is_small = sum(map(len, pieces)) <= BUCKETS[-1] and self._has_teams
        with alone() if is_small else nullcontext():
            return self._step.read(pieces, caches)

    def decode(self, tokens: Sequence[int], positions: Sequence[int], cache: Any) -> Tensor:
        """Run one token of every row.

        Args:
            tokens: Token of row i.
            positions: Column of that token; the row's earlier columns are its past.
            cache: Where the rows are.

        Returns:
            Logits of the next tokens, shape (rows, vocab).
        """
        width = max(positions) + 1
        columns = torch.tensor(positions, dtype=torch.long, device=self.device)
        cache.place(columns, width)
        is_small = is_small_step(len(tokens) * width * cache.column_bytes)
        with alone() if is_small and self._has_teams else nullcontext():
            if self._step is not None:
                return self._step(tokens, positions, cache)
            output = self._model(
                input_ids=torch.tensor(tokens, dtype=torch.long, device=self.device)[:, None],
                position_ids=columns[:, None],
                attention_mask=self._mask(columns, width),
                past_key_values=cache,
                **self._options,
            )
        logits: Tensor = output.logits[:, -1]
        return logits

    def _mask(self, positions: Tensor, width: int) -> Mask:
        """Tell which columns each row sees, shape (rows, 1, 1, width).

        Models with two kinds of layers take a mask for each kind.
        """
        column = torch.arange(width, device=self.device)
        last = positions[:, None]
        past = column <= last
        masks = {
            window: self._form(past if window is None else past & (column > last - window))
            for window in self._windows
        }
        if len(masks) == 1:
            return next(iter(masks.values()))
        return {
            "full_attention" if window is None else "sliding_attention": mask
            for window, mask in masks.items()
        }

    def _form(self, seen: Tensor) -> Tensor:
        mask = seen[:, None, None, :]
        if not self._is_mask_added:
            return mask
        lowest = torch.finfo(self._model.dtype).min
        return torch.zeros_like(mask, dtype=self._model.dtype).masked_fill(~mask, lowest)

    def _blank_cache(self) -> DynamicCache:
        cache = DynamicCache(config=self._config)
        # Layers with a window keep what lies before it too: other texts may begin there.
        cache.activate_past_recording()  # type: ignore[no-untyped-call]
        return cache


def is_small_step(cache_bytes: int) -> bool:
    """Tell whether a step looks at so few keys and values that one thread is quicker."""
    return cache_bytes < _WORTH_CACHE_BYTES


class Prefill:
    """A context on its way into the model, in pieces, apart from the rows that run.

    Attributes:
        cache: What has been read so far.
        done: Tokens of it.
    """

    def __init__(self, forward: RowForward, ids: Sequence[int], cache: Any, done: int = 0) -> None:
        self._forward = forward
        self._ids = ids
        self.done = done
        self.cache = cache

    @property
    def left(self) -> int:
        """Tokens that have not been read."""
        return len(self._ids) - self.done

    def next_piece(self, tokens: int) -> Sequence[int]:
        """Return the tokens that come next, at most that many."""
        return self._ids[self.done : self.done + tokens]

    def read(self, tokens: int) -> Tensor:
        """Read at most that many tokens.

        Returns:
            Logits after the last of them, shape (1, vocab).
        """
        piece = self.next_piece(tokens)
        logits = self._forward.read(piece, self.cache)
        self.done += len(piece)
        return logits
