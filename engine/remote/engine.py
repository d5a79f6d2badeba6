"""The engine whose replicas run elsewhere: the same values and the same errors, over HTTP."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

from engine.errors import GAVE_WAY, EngineError, ModelUnavailable
from engine.explain.values import AnswerT, ExplainRequest
from engine.filling.values import Filling, FillRequest
from engine.remote import wire
from engine.remote.call import RemoteCall
from engine.remote.connection import BrokenError, Outgoing, Timeouts
from engine.remote.draft import Draft
from engine.remote.fleet import LOOK_S, Fleet
from engine.remote.status import ReplicaStatus
from engine.remote.wire import Question, Record, WireError
from engine.requests import GenerationRequest, ScoreRequest
from engine.status import FreeMemory
from engine.trace import (
    Capabilities,
    Completion,
    Done,
    EngineStats,
    Event,
    ModelInfo,
    Queued,
    Step,
)

logger = logging.getLogger(__name__)

_RUNS: Final = 2
"""How often a call is made at most: once, and once more where its answer broke off."""
_GRACE_S: Final = 0.25
"""What a replica that ends a late call by itself may take for it."""


class RemoteEngine:
    """Implements `engine.api.Engine` for replicas at one or several addresses.

    Args:
        addresses: `http://host:port`, each with one replica or many behind it.
        timeouts: How long a replica may keep silent.
        patience_s: How long nobody may answer before that is said: replicas come back.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        *,
        timeouts: Timeouts | None = None,
        patience_s: float = 20.0,
    ) -> None:
        self._fleet = Fleet(addresses, timeouts or Timeouts(), patience_s)
        self._calls: dict[str, RemoteCall] = {}
        self._looking: asyncio.Task[None] | None = None
        self._is_closed = False

    async def start(self) -> None:
        """Learn what the replicas have.

        Raises:
            ModelUnavailable: None of them says it; `start` may be tried again.
            EngineError: closed.
        """
        if self._is_closed:
            raise EngineError("closed")
        if self._looking is None:
            await self._fleet.look()
            self._looking = asyncio.create_task(self._keep_looking())

    async def generate(self, request: GenerationRequest) -> Completion:
        """Wait for the whole answer."""
        async with aclosing(self.stream(request)) as events:
            async for event in events:
                if isinstance(event, Done):
                    return event.completion
        raise AssertionError("a stream ends with Done or raises")

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        """Submit at the first iteration; yield Queued first, then the newest of everything."""
        with self._call(request) as call:
            draft = Draft(request, self._known().named(request.model))
            position = 0
            try:
                async with aclosing(self._conversation(call, draft.rest)) as records:
                    async for asked, record in records:
                        kind = record["kind"]
                        if kind == "progress" and (progress := draft.accept(record)) is not None:
                            yield progress
                        elif kind == "queued" and record["position"] != position:
                            position = record["position"]
                            if not draft.is_begun:
                                yield Queued(position=position)
                        elif kind == "done":
                            answer = await _unpacked(asked, record)
                            yield Done(completion=_named(draft.whole(answer), call))
            except EngineError as error:
                if isinstance(error.partial, Completion):
                    error.partial = draft.whole(error.partial)
                raise

    async def score(self, request: ScoreRequest) -> tuple[Step, ...]:
        """Have a text weighed that is already written."""
        steps: tuple[Step, ...] = await self._ask(request)
        return steps

    async def explain(self, request: ExplainRequest[AnswerT]) -> AnswerT:
        """Ask about a decision."""
        answer: AnswerT = await self._ask(request)
        return answer

    async def fill(self, request: FillRequest) -> Filling:
        """Have the gaps of a text filled."""
        filling: Filling = await self._ask(request)
        return replace(filling, request_id=request.request_id)

    def cancel(self, request_id: str) -> bool:
        """Stop a queued or running request; tell whether there was one."""
        call = self._calls.get(request_id)
        if call is None or call.stop_reason is not None:
            return False
        call.stop("cancelled")
        return True

    def capabilities(self, model: str | None = None) -> Capabilities:
        """Say what a model's replicas can do; raises unknown_model."""
        status = self._known()
        return status.capabilities[status.named(model).name]

    def models(self) -> tuple[ModelInfo, ...]:
        """Describe the models of the replicas, the default first; none before `start`."""
        status = self._fleet.status
        return () if status is None else status.models

    def free_memory(self) -> FreeMemory:
        """Say how much memory a model could take at a replica."""
        status = self._fleet.status
        return FreeMemory(device="", available_bytes=None) if status is None else status.free_memory

    def stats(self) -> EngineStats:
        """Return the counters of all replicas, as of the last look."""
        return self._fleet.stats(sum(not call.is_taken for call in self._calls.values()))

    async def close(self) -> None:
        """End every call and close the connections; the replicas go on."""
        self._is_closed = True
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        for call in self._calls.values():
            call.abandon()
        await self._fleet.close()

    async def _ask(self, request: Question) -> Any:
        """Make a call that has one answer and no events."""
        runs = itertools.count()

        def question() -> Question:
            run = next(runs)
            return replace(request, request_id=f"{request.request_id}.{run}") if run else request

        with self._call(request) as call:
            async with aclosing(self._conversation(call, question)) as records:
                async for asked, record in records:
                    if record["kind"] == "done":
                        return await _unpacked(asked, record)
        raise AssertionError("a conversation ends with an answer or raises")

    @contextmanager
    def _call(self, request: Question) -> Iterator[RemoteCall]:
        """Note a call; leaving the block forgets it."""
        self._known()
        if request.request_id in self._calls:
            value, allowed = request.request_id, "an id that is not in use"
            raise EngineError("invalid_params", field="request_id", value=value, range=allowed)
        self._calls[request.request_id] = call = RemoteCall()
        timer = None
        if request.deadline_s is not None and math.isfinite(request.deadline_s):
            loop = asyncio.get_running_loop()
            timer = loop.call_later(request.deadline_s + _GRACE_S, call.stop, "deadline")
        try:
            yield call
        except WireError:
            raise ModelUnavailable(request.model, "remote_garbled") from None
        finally:
            if timer is not None:
                timer.cancel()
            del self._calls[request.request_id]

    async def _conversation(
        self, call: RemoteCall, ask: Callable[[], Question]
    ) -> AsyncGenerator[tuple[Question, Record], None]:
        """Yield what comes for a call, `done` the last, and make it again where that breaks off.

        Args:
            call: The call.
            ask: Says what to ask for now; called again after a break.

        Raises:
            EngineError: What the replica says, or that none answers.
        """
        avoided: str | None = None
        for run in range(_RUNS):
            asked = ask()
            body = Outgoing(first=wire.call_line(asked, self._fleet.arithmetic))
            sent = self._fleet.records(asked, body, avoided, is_patient=run > 0)
            try:
                async with call.exchange(body, sent, partial(self._place, call)) as received:
                    async for record in received:
                        _require_wanted_end(record, call)
                        yield asked, record
                        if record["kind"] == "done":
                            return
            except BrokenError as broken:
                if call.stop_reason is not None:
                    raise EngineError(call.stop_reason) from None
                if run + 1 == _RUNS:
                    raise ModelUnavailable(asked.model, broken.reason, host=broken.host) from None
                logger.info("%s: a call goes on elsewhere", broken)
                avoided = broken.host

    def _place(self, call: RemoteCall) -> int:
        """Return the place of a call among those that no replica has had, 1 the first."""
        waiting = [other for other in self._calls.values() if not other.is_taken]
        return waiting.index(call) + 1 if call in waiting else 1

    def _known(self) -> ReplicaStatus:
        """Return what the replicas have said.

        Raises:
            EngineError: closed.
        """
        if self._is_closed:
            raise EngineError("closed")
        status = self._fleet.status
        if status is None:
            raise EngineError("closed", reason="not_started")
        return status

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            with suppress(ModelUnavailable):
                await self._fleet.look()


def _require_wanted_end(record: Record, call: RemoteCall) -> None:
    """Raise what a record tells of.

    Raises:
        EngineError: The call failed.
        BrokenError: Its replica ended it, and nobody had asked for that.
    """
    kind = record["kind"]
    is_wanted = call.stop_reason is not None
    if kind == "done" and record.get("is_cut") and not is_wanted:
        raise BrokenError("remote_cut", "", is_opened=True)
    if kind != "error":
        return
    error = wire.error_of(record)
    if error.code in ("closed", "cancelled") and error.reason != GAVE_WAY and not is_wanted:
        raise BrokenError("remote_cut", "", is_opened=True)
    if error.code == "cancelled" and call.stop_reason == "deadline":
        raise EngineError("deadline")
    raise error


def _named(completion: Completion, call: RemoteCall) -> Completion:
    """Give a text the reason that its caller had to end it."""
    if call.stop_reason != "deadline":
        return completion
    attempts = tuple(
        replace(one, finish_reason="deadline") if one.finish_reason == "cancelled" else one
        for one in completion.attempts
    )
    return replace(completion, attempts=attempts)


async def _unpacked(request: Question, record: Record) -> Any:
    return await asyncio.to_thread(wire.unpacked, request, record.get("data", ""))
