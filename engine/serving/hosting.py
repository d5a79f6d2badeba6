"""Hosts an ASGI application with aiohttp, which is here anyway: for one replica, and for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import ClientError, web

from engine.serving.app import EngineApp, Message

DRAIN_S = 60.0
"""How long calls may go on behind the end of the server."""


@asynccontextmanager
async def hosted(
    app: EngineApp, host: str, port: int, *, drain_s: float = DRAIN_S
) -> AsyncIterator[int]:
    """Serve an application while the block runs; then let its calls end.

    Args:
        app: The application.
        host: Address to listen at.
        port: Its port; 0 takes any that is free.
        drain_s: How long calls may still go on.

    Yields:
        The port.

    Raises:
        RuntimeError: The application does not start.
        OSError: The port cannot be had.
    """
    async with _lifespan(app):
        server = web.Application()
        server.router.add_route("*", "/{path:.*}", _handler(app))
        runner = web.AppRunner(
            server, handler_cancellation=True, shutdown_timeout=drain_s, access_log=None
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()


@asynccontextmanager
async def _lifespan(app: EngineApp) -> AsyncIterator[None]:
    incoming: asyncio.Queue[Message] = asyncio.Queue()
    outgoing: asyncio.Queue[Message] = asyncio.Queue()
    task = asyncio.create_task(app({"type": "lifespan"}, incoming.get, outgoing.put))
    incoming.put_nowait({"type": "lifespan.startup"})
    saying = asyncio.create_task(outgoing.get())
    await asyncio.wait({task, saying}, return_when=asyncio.FIRST_COMPLETED)
    if not saying.done():
        saying.cancel()
        raise RuntimeError(repr(task.exception())) from task.exception()
    said = saying.result()
    if said["type"] == "lifespan.startup.failed":
        raise RuntimeError(said["message"])
    try:
        yield
    finally:
        incoming.put_nowait({"type": "lifespan.shutdown"})
        await task


def _handler(app: EngineApp) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        exchange = _Exchange(request)
        scope = {"type": "http", "method": request.method, "path": request.path}
        await app(scope, exchange.receive, exchange.send)
        assert exchange.response is not None
        return exchange.response

    return handle


class _Exchange:
    """One request as ASGI's two functions; aiohttp cancels the handler when the client is gone."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._is_whole = False
        self.response: web.StreamResponse | None = None

    async def receive(self) -> Message:
        if self._is_whole:
            await asyncio.Event().wait()
        try:
            data = await self._request.content.readany()
        except (OSError, ClientError):
            return {"type": "http.disconnect"}
        self._is_whole = not data
        return {"type": "http.request", "body": data, "more_body": bool(data)}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = {k.decode(): v.decode() for k, v in message["headers"]}
            self.response = web.StreamResponse(status=message["status"], headers=headers)
            await self.response.prepare(self._request)
            return
        assert self.response is not None
        await self.response.write(message["body"])
        if not message["more_body"]:
            await self.response.write_eof()
