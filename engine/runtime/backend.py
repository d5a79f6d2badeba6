"""What the runtime needs from models and decoding, and the plain way to get it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Literal, Protocol

from engine.models.kinds import refuse
from engine.requests import GenerationRequest, ScoreRequest
from engine.runtime.prefix_cache import PrefixCounts
from engine.status import FreeMemory, Kind
from engine.trace import Completion, ModelInfo, Progress, Step

if TYPE_CHECKING:
    from engine.models.loaded import LoadedModel, LoadedTokenizer
    from engine.runtime.batch.batch import Batch

StopReason = Literal["cancelled", "deadline"]


class Store(Protocol):
    """The configured models (`engine.models.store.ModelStore`)."""

    def resolve(self, name: str | None, kinds: Collection[Kind] = ()) -> str:
        """Return the name of a configured model; for None the first, of those kinds if named."""
        ...

    @property
    def room_wanted_s(self) -> float | None:
        """Since when somebody waits until models are used no more, in monotonic seconds."""
        ...

    def use(
        self, name: str, revision: str | None = None, is_wanted: Callable[[], bool] = ...
    ) -> AbstractContextManager[LoadedModel]:
        """Load the model if needed, as long as it is wanted, and keep it while it is used."""
        ...

    def tokenizer(self, name: str, revision: str | None = None) -> LoadedTokenizer:
        """Load the model's tokenizer if needed, without its weights."""
        ...

    def infos(self) -> tuple[ModelInfo, ...]:
        """Describe the configured models."""
        ...

    def survey(self) -> None:
        """Find out what the models need before they are loaded."""
        ...

    def free_memory(self) -> FreeMemory:
        """Say how much memory a model could take now."""
        ...

    def close(self) -> None:
        """Free the models."""
        ...


class Writing(Protocol):
    """A generation and what it has written so far."""

    @property
    def has_tokens(self) -> bool:
        """A token exists, so there is a partial text."""
        ...

    @property
    def new_tokens(self) -> int:
        """Tokens made so far, over all attempts."""
        ...

    def progress(self) -> tuple[Progress, ...]:
        """Return the attempts whose text changed since the last call."""
        ...


class Run(Writing, Protocol):
    """One generation, one step at a time."""

    @property
    def is_done(self) -> bool:
        """Nothing is left to do."""
        ...

    def step(self) -> None:
        """Do one forward pass and decide the next tokens; the first is the prefill.

        Raises:
            EngineError: With what exists so far as `partial`, its `queue_s` still unknown.
        """
        ...

    def stop(self, reason: StopReason) -> None:
        """End every attempt that still runs."""
        ...

    def completion(self, queue_s: float) -> Completion:
        """Return the answer of a run that is done, or stopped with tokens."""
        ...


class Backend(Protocol):
    """How a loaded model generates and scores.

    Attributes:
        prefix_counts: How many contexts went on from texts that had ended.
    """

    prefix_counts: PrefixCounts

    def open_run(self, loaded: LoadedModel, request: GenerationRequest) -> Run:
        """Prepare a generation.

        Raises:
            EngineError: The request does not fit the model.
        """
        ...

    def open_batch(self, loaded: LoadedModel) -> AbstractContextManager[Batch | None]:
        """Return an empty batch, or None for a model that runs one request at a time.

        Memory is kept free for it while the block runs.
        """
        ...

    def score(self, loaded: LoadedModel, request: ScoreRequest) -> tuple[Step, ...]:
        """Return the steps of a given text."""
        ...


class PlainBackend:
    """One request at a time per worker, with the model's own cache or none."""

    def __init__(self) -> None:
        self.prefix_counts = PrefixCounts()

    def open_run(self, loaded: LoadedModel, request: GenerationRequest) -> Run:
        """Open a `PlainRun`."""
        from engine.runtime.plain import PlainRun

        _require_writer(loaded)
        return PlainRun(loaded, request)

    def open_batch(
        self,
        loaded: LoadedModel,  # noqa: ARG002
    ) -> AbstractContextManager[Batch | None]:
        """Return None."""
        return nullcontext()

    def score(self, loaded: LoadedModel, request: ScoreRequest) -> tuple[Step, ...]:
        """Score by teacher forcing."""
        from engine.decoding import score

        _require_writer(loaded)
        return score(loaded, request)


def _require_writer(loaded: LoadedModel) -> None:
    if loaded.kind == "encoder":
        refuse(loaded.name, loaded.kind)
