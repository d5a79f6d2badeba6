"""One request at a time on the model's own cache: right for every architecture."""

from __future__ import annotations

from collections import deque

import torch
from torch import Tensor

from engine.errors import EngineError
from engine.models.forward import ModelForward
from engine.models.loaded import LoadedModel
from engine.requests import GenerationRequest
from engine.runtime.generation import Generation


class PlainRun(Generation):
    """The run of one `GenerationRequest` by itself.

    Args:
        loaded: Model that serves it.
        request: The request.

    Raises:
        EngineError: invalid_params or empty_prompt.
    """

    def __init__(self, loaded: LoadedModel, request: GenerationRequest) -> None:
        super().__init__(loaded, request)
        forward = ModelForward(loaded, keeps_hidden=self.needs_hidden, source_ids=self.source_ids)
        self._forward: ModelForward | None = forward
        self._unread = deque(forward.pieces(self.prompt_ids))

    def step(self) -> None:
        """Do one forward pass: read a piece of the context, or choose the next tokens.

        The pass that reads the last piece chooses the first tokens.

        Raises:
            EngineError: invalid_logits with what exists so far as `partial`, out_of_memory.
        """
        if self.is_done or self._forward is None:
            return
        self.start_clock()
        with torch.inference_mode():
            try:
                logits = self._run(self._forward)
                if self._forward.hidden is not None:
                    self.observe(self._forward.hidden)
            except EngineError as error:
                raise self.fail(error) from error
            if self._unread:
                self.count_time()
            else:
                self.accept(logits)
        if self.is_done:
            self._forward = None

    def _run(self, forward: ModelForward) -> Tensor:
        if self.feed is None:
            return forward.prefill(self._unread.popleft())
        return forward.feed(self.feed.tokens, self.feed.parents)
