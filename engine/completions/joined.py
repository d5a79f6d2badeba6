"""The models of this machine and those of servers as one engine."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from engine.api import Engine
from engine.completions.engine import CompletionsEngine
from engine.errors import EngineError
from engine.explain.values import AnswerT, ExplainRequest
from engine.filling.values import Filling, FillRequest
from engine.models.kinds import CALLS
from engine.requests import GenerationRequest, ScoreRequest
from engine.status import FreeMemory
from engine.trace import Capabilities, Completion, EngineStats, Event, ModelInfo, Step


class JoinedEngine:
    """Implements `engine.api.Engine`: each request goes to the side that has its model.

    The sides run beside each other; each has a queue of its own, in which people take turns.

    Args:
        local: The models of this machine.
        remote: The models of servers.
        names: Of all models, in the order in which they are configured.
    """

    def __init__(self, local: Engine, remote: CompletionsEngine, names: Sequence[str]) -> None:
        self._local = local
        self._remote = remote
        self._places = {name: place for place, name in enumerate(names)}

    async def start(self) -> None:
        """Load the first model of this machine; raises ModelUnavailable."""
        await self._remote.start()
        await self._local.start()

    async def generate(self, request: GenerationRequest) -> Completion:
        """Wait for the whole answer."""
        return await self._side(request.model).generate(self._named(request))

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        """Yield the events of the side that has the model."""
        events = self._side(request.model).stream(self._named(request))
        async with aclosing(events):
            async for event in events:
                yield event

    async def score(self, request: ScoreRequest) -> tuple[Step, ...]:
        """Score with a model of this machine; raises unsupported for a server's."""
        side = self._local if request.model is None else self._side(request.model)
        return await side.score(request)

    async def explain(self, request: ExplainRequest[AnswerT]) -> AnswerT:
        """Look into a model of this machine; raises unsupported for a server's."""
        return await self._side(request.model).explain(request)

    async def fill(self, request: FillRequest) -> Filling:
        """Fill gaps with a model of this machine; raises unsupported for a server's."""
        side = self._local if request.model is None else self._side(request.model)
        return await side.fill(request)

    def cancel(self, request_id: str) -> bool:
        """Stop a queued or running request; tell whether there was one."""
        return self._remote.cancel(request_id) or self._local.cancel(request_id)

    def capabilities(self, model: str | None = None) -> Capabilities:
        """Say what a model can do here; raises unknown_model."""
        name = self._first if model is None else model
        return self._side(name).capabilities(name)

    def models(self) -> tuple[ModelInfo, ...]:
        """Describe the configured models, the default first."""
        infos = (*self._remote.models(), *self._local.models())
        last = len(self._places)
        return tuple(sorted(infos, key=lambda info: self._places.get(info.name, last)))

    def free_memory(self) -> FreeMemory:
        """Say how much memory a model of this machine could take now."""
        return self._local.free_memory()

    def stats(self) -> EngineStats:
        """Return the counters of both sides; speed and wait are those of this machine."""
        here, there = self._local.stats(), self._remote.stats()
        return replace(
            here,
            queued=here.queued + there.queued,
            running=here.running + there.running,
            queue_limit=here.queue_limit + there.queue_limit,
            completed=here.completed + there.completed,
            failed=here.failed + there.failed,
            workers=here.workers + there.workers,
        )

    async def close(self) -> None:
        """Close both sides."""
        await self._remote.close()
        await self._local.close()

    @property
    def _first(self) -> str | None:
        """The model that goes on with a text where none is named."""
        writers = (m.name for m in self.models() if m.kind is None or CALLS[m.kind] == "generate")
        return next(writers, None)

    def _named(self, request: GenerationRequest) -> GenerationRequest:
        return request if request.model is not None else replace(request, model=self._first)

    def _side(self, model: str | None) -> Engine:
        name = self._first if model is None else model
        try:
            self._remote.resolve(name)
        except EngineError:
            return self._local
        return self._remote
