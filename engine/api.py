"""The interface that callers rely on; a local and a remote engine both implement it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import Protocol

from engine.explain.values import AnswerT, ExplainRequest
from engine.requests import GenerationRequest, ScoreRequest
from engine.trace import Capabilities, Completion, EngineStats, Event, ModelInfo, Step

PreparationProgress = Callable[[str, str, float | None], None]
"""Called as (model, phase, share done or None) while a model is fetched, prepared or loaded."""


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

    def stats(self) -> EngineStats:
        """Return the counters of this moment."""
        ...

    async def close(self) -> None:
        """Cancel what runs, let the workers end and free the models."""
        ...


def create_engine(
    *,
    models: Sequence[str] = (),
    device: str = "auto",
    precision: str = "exact",
    workers: int = 1,
    max_queue: int = 64,
    data_dir: Path | str | None = None,
    hf_token: str | None = None,
    on_preparation: PreparationProgress | None = None,
    batch_rows: int = 1,
) -> Engine:
    """Build an engine in this process; nothing is loaded before `start`.

    Args:
        models: Catalogue names, hub ids (optionally `@revision`), folders or `.gguf` files; the
            first is the default. Empty means the first that is installed.
        device: auto, cpu, cuda or cuda:N.
        precision: exact (float32), fast (bfloat16 matrix products, float32 elsewhere) or turbo
            (int8 weights).
        workers: Decode threads; the cores are divided among them.
        max_queue: Requests that may wait; each attempt takes one place.
        data_dir: Where prepared models are kept; None means the user's cache folder.
        hf_token: Token for gated repositories of the hub.
        on_preparation: Called from worker threads while a model is being prepared.
        batch_rows: Rows that a worker may decode together, for models that are proven to come out
            the same; a request takes one per attempt or beam. 1 = one request at a time.

    Raises:
        EngineError: invalid_params.
    """
    from engine.runtime.local import LocalEngine

    return LocalEngine(
        models=models,
        device=device,
        precision=precision,
        workers=workers,
        max_queue=max_queue,
        data_dir=data_dir,
        hf_token=hf_token,
        on_preparation=on_preparation,
        batch_rows=batch_rows,
    )
