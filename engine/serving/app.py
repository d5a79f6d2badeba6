"""The ASGI application of an engine: calls, what it says of itself, and whether it is well."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import socket
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import aclosing
from typing import Any
from uuid import uuid4

from engine.api import Engine
from engine.errors import EngineError, ModelUnavailable
from engine.remote import wire
from engine.remote.status import arithmetic_of, differing, status_of
from engine.remote.wire import Asked, Record, WireError
from engine.serving.answers import Answers
from engine.serving.pulse import Pulse

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_MOST_BYTES = 2**24
"""Of a call: a prompt is a few thousand characters, and a moment has its context's ids."""
_BUSY_S = 5
"""What a caller is told to wait where nothing is known."""


class EngineApp:
    """Serves an engine, which it starts and closes with the server that hosts it.

    Args:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._answers = Answers(engine)
        self._replica = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self.pulse = Pulse(engine)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI wants it."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._engine.start()
        except EngineError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._engine.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        match scope["method"], scope["path"]:
            case "POST", wire.CALL_PATH:
                await self._call(_Body(receive), send)
            case "GET", wire.STATUS_PATH:
                status = status_of(self._engine, self._replica)
                record = {"v": wire.VERSION, "kind": "status", "status": status.to_dict()}
                await _respond(send, 200, record)
            case "GET", wire.HEALTH_PATH:
                is_alive = await self.pulse.is_alive()
                await _respond(send, 200 if is_alive else 503, {"is_alive": is_alive})
            case _:
                await _respond(send, 404, {"kind": "unknown"})

    async def _call(self, body: _Body, send: Send) -> None:
        """Answer a call while its caller is there."""
        try:
            asked = await self._asked(body)
            answering = asyncio.create_task(self._send_records(asked, send))
        except WireError as error:
            logger.warning("a call that makes no sense: %s", error)
            await _respond(send, 400, {"kind": "refused", "reason": str(error)})
            return
        except ModelUnavailable as error:
            await _respond(send, 409, wire.error_record(error))
            return
        except EngineError as error:
            await _respond(send, 200, wire.error_record(error))
            return
        listening = asyncio.create_task(self._listen(body, asked))
        try:
            await asyncio.wait({answering, listening}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (answering, listening):
                is_left = not task.done()
                task.cancel()
                outcome = (await asyncio.gather(task, return_exceptions=True))[0]
                is_failure = isinstance(outcome, Exception) and not isinstance(outcome, OSError)
                if is_failure and not is_left:
                    logger.error("a call failed", exc_info=outcome)

    async def _asked(self, body: _Body) -> Asked:
        """Read what is asked.

        Raises:
            WireError: It makes no sense.
            ModelUnavailable: The caller knows a model otherwise.
            EngineError: It cannot be.
        """
        asked = wire.asked_of(await body.line())
        other = differing(asked.arithmetic, arithmetic_of(self._engine.models()))
        if other is not None:
            raise ModelUnavailable(other, "revision_changed")
        return asked

    async def _listen(self, body: _Body, asked: Asked) -> None:
        """Stop the call when its caller says so; return when the caller is gone."""
        while (data := await body.next_line()) is not None:
            if data:
                self._engine.cancel(asked.request.request_id)

    async def _send_records(self, asked: Asked, send: Send) -> None:
        """Send the answer; what fails before its first record has a status of its own."""
        is_begun = False
        try:
            async with aclosing(self._answers.records(asked.request)) as answer:
                async for record in answer:
                    if not is_begun:
                        await _begin(send, 200)
                        is_begun = True
                    if record["kind"] in ("progress", "done"):
                        self.pulse.beat()
                    await _send_record(send, record)
        except EngineError as error:
            if not is_begun:
                await self._refuse(error, send)
                return
            await _send_record(send, await asyncio.to_thread(wire.error_record, error))
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _refuse(self, error: EngineError, send: Send) -> None:
        if error.code != "queue_full":
            await _respond(send, 200, wire.error_record(error))
            return
        stats = self._engine.stats()
        known = [s for s in (stats.queue_wait_s, stats.expected_wait_s) if s is not None]
        wait_s = max(1, math.ceil(known[0])) if known else _BUSY_S
        headers = {"Retry-After": str(wait_s)}
        await _respond(send, 503, wire.error_record(error), headers)


class _Body:
    """The lines of a call's body, as they come."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._rest = b""

    async def line(self) -> bytes:
        """Return the line that begins the call.

        Raises:
            WireError: There is none.
        """
        data = await self.next_line()
        if not data:
            raise WireError("no call")
        return data

    async def next_line(self) -> bytes | None:
        """Return the next line, b"" at the end of the body; None when the caller is gone."""
        while b"\n" not in self._rest:
            if len(self._rest) > _MOST_BYTES:
                raise WireError("a call too long")
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return None
            self._rest += message.get("body", b"")
            if not message.get("more_body", False) and b"\n" not in self._rest:
                data, self._rest = self._rest, b""
                return data
        data, _, self._rest = self._rest.partition(b"\n")
        return data


async def _begin(send: Send, status: int, headers: Mapping[str, str] | None = None) -> None:
    fields = {"Content-Type": "application/x-ndjson", "Cache-Control": "no-store"}
    pairs = [(k.lower().encode(), v.encode()) for k, v in {**fields, **(headers or {})}.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})


async def _send_record(send: Send, record: Record) -> None:
    await send({"type": "http.response.body", "body": wire.line(record), "more_body": True})


async def _respond(
    send: Send, status: int, record: Record, headers: Mapping[str, str] | None = None
) -> None:
    await _begin(send, status, headers)
    await send({"type": "http.response.body", "body": wire.line(record), "more_body": False})
