"""A replica that goes wrong in the ways in which replicas do."""

from __future__ import annotations

import asyncio
import json

from engine.serving.app import EngineApp


class Faulty:
    """The application of an engine whose next calls meet with a fault.

    Args:
        engine: What answers behind it.
    """

    def __init__(self, engine) -> None:
        self.app = EngineApp(engine)
        self.fault = None
        self.times = 1
        self.calls = 0

    def next(self, fault, times=1):
        self.fault, self.times, self.calls = fault, times, 0
        return self

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        self.calls += 1
        if self.fault is not None and self.calls <= self.times:
            await self.fault(self.app, scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _kind(message):
    body = message.get("body", b"")
    return json.loads(body).get("kind") if body else None


def dies_after(progress):
    """The process is gone after so many texts: 0 is before the first."""

    async def fault(app, scope, receive, send):
        seen = 0

        async def sending(message):
            nonlocal seen
            if _kind(message) in ("progress", "done"):
                if seen == progress:
                    raise ConnectionAbortedError
                seen += 1
            await send(message)

        task = asyncio.ensure_future(app(scope, receive, sending))
        await task
        raise RuntimeError("killed")

    return fault


def hangs_after(progress):
    """It says no more, and keeps the connection."""

    async def fault(app, scope, receive, send):
        seen = 0

        async def sending(message):
            nonlocal seen
            if seen >= progress:
                await asyncio.sleep(3600)
            seen += _kind(message) == "progress"
            await send(message)

        await app(scope, receive, sending)

    return fault


async def is_deaf(app, scope, receive, send):
    """It takes the connection and says nothing."""
    await asyncio.sleep(3600)


async def loses_the_last(app, scope, receive, send):
    """The answer ends without its last record."""

    async def sending(message):
        if _kind(message) != "done":
            await send(message)

    await app(scope, receive, sending)


async def is_full(app, scope, receive, send):
    """Whoever hands out the calls has no place for another, and says it in words of its own."""
    await _respond(send, 503, b"Request dropped due to backpressure", [(b"retry-after", b"7")])


async def fails(app, scope, receive, send):
    """Whoever hands out the calls has lost the replica."""
    await _respond(send, 500, b"The actor died unexpectedly")


def says(*lines):
    """It answers with these lines."""

    async def fault(app, scope, receive, send):
        await _respond(send, 200, b"\n".join(lines) + b"\n")

    return fault


async def _respond(send, status, body, headers=()):
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body, "more_body": False})
