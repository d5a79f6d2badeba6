"""The interface that callers rely on; a local and a remote engine both implement it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

from engine.explain.values import AnswerT, ExplainRequest
from engine.filling.values import Filling, FillRequest
from engine.requests import GenerationRequest, ScoreRequest
from engine.status import FreeMemory
from engine.trace import Capabilities, Completion, EngineStats, Event, ModelInfo, Step


class Engine(Protocol):
    """Generates text; every call belongs to the event loop that called `start`."""

    async def start(self) -> None:
        """Load the first model.

        Raises:
            ModelUnavailable: It cannot be loaded.
        """
        ...

    async def generate(self, request: GenerationRequest) -> Completion:
        """Wait for the whole answer.

        Raises:
            EngineError: See its codes. Once a token exists, a cancelled or late request returns
                its partial text instead.
        """
        ...

    def stream(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        """Yield Queued and Progress events, newest only, and one Done at the end.

        Leaving the iterator early cancels the request.

        Raises:
            EngineError: As `generate`.
        """
        ...

    async def score(self, request: ScoreRequest) -> tuple[Step, ...]:
        """Return one step per token of a text that is already written."""
        ...

    async def explain(self, request: ExplainRequest[AnswerT]) -> AnswerT:
        """Answer a question about a decision: why not a word, other settings, what is inside.

        Raises:
            EngineError: invalid_params for what does not fit the model, unsupported for what it
                cannot show; otherwise as `generate`.
        """
        ...

    async def fill(self, request: FillRequest) -> Filling:
        """Fill the gaps of a text with an encoder.

        Raises:
            EngineError: unsupported for a model of another kind, or where none is an encoder;
                invalid_params for a text without gaps, with gaps inside words, or too long, with
                a `reason`; otherwise as `generate`.
        """
        ...

    def cancel(self, request_id: str) -> bool:
        """Stop a queued or running request; tell whether there was one."""
        ...

    def capabilities(self, model: str | None = None) -> Capabilities:
        """Say what a model's backend can do.

        Raises:
            EngineError: unknown_model.
        """
        ...

    def models(self) -> tuple[ModelInfo, ...]:
        """Describe the configured models, the default first."""
        ...

    def free_memory(self) -> FreeMemory:
        """Say how much memory a model that is not loaded could take now."""
        ...

    def stats(self) -> EngineStats:
        """Return the counters of this moment."""
        ...

    async def close(self) -> None:
        """Cancel what runs, let the workers end and free the models."""
        ...
