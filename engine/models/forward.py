"""A model's logits for the rows of one request, with transformers' own cache or none."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from engine.errors import EngineError
from engine.models.loaded import LoadedModel
from engine.models.memory import is_out_of_memory
from engine.models.source_memory import SourceMemory, blank_cache
from engine.models.twin import twin

# Of a prefill, so that a long context can be given up between two pieces; and of a read, which
# keeps the logits of every position of a piece.
_PREFILL_PIECE_TOKENS = 512
_READ_PIECE_TOKENS = 256


class ModelForward:
    """Rows of equal length that a model goes on with, one token at a time.

    Args:
        loaded: Model; without a cache it reads every row again at each step.
        keeps_hidden: Whether `hidden` is wanted.
        source_ids: What an encoder-decoder turns into the rows; the encoder reads it once.

    Attributes:
        hidden: Last hidden states of what was read last, shape (rows, tokens, width).
    """

    def __init__(
        self, loaded: LoadedModel, *, keeps_hidden: bool = False, source_ids: Sequence[int] = ()
    ) -> None:
        self.hidden: Tensor | None = None
        self._keeps_hidden = keeps_hidden
        # Asked for hidden states, transformers hangs hooks on every layer for good: the model that
        # the others use stays without.
        self._model = twin(loaded.model) if keeps_hidden else loaded.model
        self._device = torch.device(loaded.device)
        accepted = inspect.signature(self._model.forward).parameters
        self._takes_logits_to_keep = "logits_to_keep" in accepted
        self._source_ids = source_ids
        self._source: SourceMemory | None = None
        self._cache: Any = None
        if loaded.has_cache:
            self._cache = self._blank_cache()
        self._is_cache_optional = "use_cache" in accepted
        self._rows = 1
        self._ids = torch.empty((1, 0), dtype=torch.long, device=self._device)

    def pieces(self, ids: Sequence[int], size: int = _PREFILL_PIECE_TOKENS) -> list[Sequence[int]]:
        """Split a text into what is read at once: all of it where there is no cache."""
        size = len(ids) if self._cache is None else size
        return [ids[start : start + size] for start in range(0, len(ids), size)]

    def prefill(self, ids: Sequence[int]) -> Tensor:
        """Read the context, or go on reading it.

        Returns:
            Logits of the next token, shape (1, vocab).

        Raises:
            EngineError: out_of_memory.
        """
        for piece in self.pieces(ids):
            logits = self._run(self._tensor(piece)[None, :], keep=1)
        return logits[:, -1]

    def feed(self, tokens: Sequence[int], parents: Sequence[int]) -> Tensor:
        """Go on with rows: row i continues the present row `parents[i]` with `tokens[i]`.

        Returns:
            Logits of the next tokens, shape (rows, vocab).

        Raises:
            EngineError: out_of_memory.
        """
        self._select(parents)
        return self._run(self._tensor(tokens)[:, None], keep=1)[:, -1]

    def read(self, ids: Sequence[int], first: int) -> Iterator[Tensor]:
        """Read a text once, in pieces, so that the logits of all positions need little memory.

        Args:
            ids: The text.
            first: Position whose next-token logits come first.

        Yields:
            Logits after one position each, shape (1, vocab), from `first` on.

        Raises:
            EngineError: out_of_memory.
        """
        end = 0
        for piece in self.pieces(ids, _READ_PIECE_TOKENS):
            start, end = end, end + len(piece)
            wanted = end - max(first, start)
            logits = self._run(self._tensor(piece)[None, :], keep=max(1, wanted))
            for position in range(wanted):
                yield logits[:, logits.shape[1] - wanted + position]

    def _run(self, ids: Tensor, keep: int) -> Tensor:
        options: dict[str, Any] = {}
        read = ids.shape[1]
        if self._keeps_hidden:
            options["output_hidden_states"] = True
        if self._takes_logits_to_keep:
            options["logits_to_keep"] = keep
        if self._cache is not None:
            options |= {"past_key_values": self._cache, "use_cache": True}
        else:
            if self._is_cache_optional:
                options["use_cache"] = False
            self._ids = ids = torch.cat([self._ids.expand(len(ids), -1), ids], dim=1)
        try:
            output = self._model(**self._inputs(ids), return_dict=True, **options)
        except (RuntimeError, MemoryError) as error:
            if is_out_of_memory(error):
                raise EngineError("out_of_memory") from error
            raise
        if self._keeps_hidden:
            layers = output.decoder_hidden_states if self._source_ids else output.hidden_states
            self.hidden = layers[-1][:, -read:]
        logits: Tensor = output.logits
        return logits

    def _inputs(self, ids: Tensor) -> dict[str, Any]:
        """Say what the model reads: the rows, and in an encoder-decoder what they come from."""
        if not self._source_ids:
            return {"input_ids": ids}
        if self._source is None:
            self._source = SourceMemory(self._model, self._source_ids, self._device)
        return {"decoder_input_ids": ids, "encoder_outputs": self._source.states(len(ids))}

    def _blank_cache(self) -> Any:
        if self._source_ids:
            return blank_cache()
        return DynamicCache(config=self._model.config.get_text_config(decoder=True))

    def _select(self, parents: Sequence[int]) -> None:
        """Let the state of row i be that of `parents[i]`; a row can have several or none."""
        rows = self._tensor(parents)
        if self._cache is None:
            self._ids = self._ids[rows]
        elif list(parents) != list(range(self._rows)):
            if self._source is None:
                self._cache.reorder_cache(rows)
            else:
                self._cache.self_attention_cache.reorder_cache(rows)
                self._source.share(self._cache, len(parents))
        self._rows = len(parents)

    def _tensor(self, values: Sequence[int]) -> Tensor:
        return torch.tensor(values, dtype=torch.long, device=self._device)
