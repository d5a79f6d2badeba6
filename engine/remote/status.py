"""What a replica says of itself, and what many say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.api import Engine
from engine.errors import EngineError
from engine.precision import EXACT
from engine.remote.wire import Arithmetic
from engine.status import WRITERS, Capabilities, EngineStats, FreeMemory, ModelInfo
from engine.values import Value


@dataclass(frozen=True, kw_only=True)
class ReplicaStatus(Value):
    """A replica at this moment.

    Attributes:
        replica: Its own name, which no other has.
        models: As `Engine.models` tells.
        capabilities: By model.
        stats: Its counters.
        free_memory: Of its machine.
    """

    replica: str
    models: tuple[ModelInfo, ...]
    capabilities: Mapping[str, Capabilities]
    stats: EngineStats
    free_memory: FreeMemory

    def named(self, model: str | None) -> ModelInfo:
        """Return the model of that name or alias; for None, the first that goes on with texts.

        Raises:
            EngineError: unknown_model.
        """
        if model is None:
            writers = (info for info in self.models if info.kind is None or info.kind in WRITERS)
            return next(writers, self.models[0])
        for info in self.models:
            if model in (info.name, *info.aliases):
                return info
        raise EngineError("unknown_model", model=model)


def status_of(engine: Engine, replica: str) -> ReplicaStatus:
    """Ask an engine of this process."""
    models = engine.models()
    return ReplicaStatus(
        replica=replica,
        models=models,
        capabilities={info.name: engine.capabilities(info.name) for info in models},
        stats=engine.stats(),
        free_memory=engine.free_memory(),
    )


def arithmetic_of(models: Sequence[ModelInfo]) -> Arithmetic:
    """Return what makes the numbers of each model what they are."""
    return {info.name: (info.revision, info.precision) for info in models}


def differing(known: Arithmetic, other: Arithmetic) -> str | None:
    """Name a model that two do not compute alike; what one does not know yet does not count."""
    for name in known.keys() & other.keys():
        if any(a != b for a, b in zip(known[name], other[name], strict=True) if a and b):
            return name
    return None


def completed(known: Arithmetic, other: Arithmetic) -> Arithmetic:
    """Return the first with what only the other knows; what is known stays."""
    nothing = (None, None)
    return {
        name: (
            known.get(name, nothing)[0] or other.get(name, nothing)[0],
            known.get(name, nothing)[1] or other.get(name, nothing)[1],
        )
        for name in (*known, *(name for name in other if name not in known))
    }


def together(stats: Iterable[EngineStats], waiting: int) -> EngineStats:
    """Add up the counters of all replicas.

    Somebody who comes now goes where the wait is least.

    Args:
        stats: Theirs.
        waiting: Calls that no replica has yet.
    """
    each = list(stats) or [_NOTHING]
    speeds = [one.tokens_per_s for one in each if one.tokens_per_s is not None]
    return replace(
        each[0],
        queued=sum(one.queued for one in each) + waiting,
        running=sum(one.running for one in each),
        queue_limit=sum(one.queue_limit for one in each),
        tokens_per_s=sum(speeds) if speeds else None,
        cache_hits=sum(one.cache_hits for one in each),
        cache_lookups=sum(one.cache_lookups for one in each),
        cache_tokens=sum(one.cache_tokens for one in each),
        completed=sum(one.completed for one in each),
        failed=sum(one.failed for one in each),
        workers=sum(one.workers for one in each),
        expected_wait_s=_least(one.expected_wait_s for one in each),
        queue_wait_s=_least(one.queue_wait_s for one in each),
        loaded_models=tuple(dict.fromkeys(m for one in each for m in one.loaded_models)),
    )


_NOTHING = EngineStats(
    queued=0,
    running=0,
    queue_limit=0,
    tokens_per_s=None,
    cache_hits=0,
    completed=0,
    failed=0,
    workers=0,
    device=None,
    precision=EXACT,
    loaded_models=(),
)
"""Of replicas that have not said anything yet."""


def _least(waits: Iterable[float | None]) -> float | None:
    return min((wait for wait in waits if wait is not None), default=None)
