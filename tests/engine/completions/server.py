"""A server of the completions interface whose every answer a test writes."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from engine.completions.client import Timeouts

KEY = "sk-clave-secreta-0123456789"
QUICK = Timeouts(connect_s=0.5, first_s=0.5, between_s=0.3)
Answer = Callable[["FakeServer", web.Request, dict], Awaitable[web.StreamResponse]]

WORDS = (" un", " unicornio", " azul", ".")


class FakeServer:
    """What was asked, and how it is answered.

    Attributes:
        bodies: Of the requests, in their order.
        headers: Theirs.
        gone: Set once a client has closed its connection in the middle.
    """

    def __init__(self) -> None:
        self.bodies: list[dict] = []
        self.headers: list[dict] = []
        self.answer: Answer = writes()
        self.gone = asyncio.Event()
        self.url = ""

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://").removesuffix("/v1")

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        try:
            return await self.answer(self, request, body)
        except (asyncio.CancelledError, ConnectionError):
            self.gone.set()
            raise


@asynccontextmanager
async def serving() -> AsyncIterator[FakeServer]:
    server = FakeServer()
    app = web.Application()
    app.router.add_post("/v1/completions", server.handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    server.url = f"http://127.0.0.1:{port}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()


def event(data: object) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()


def choice(text: str, index: int = 0, *, end: str | None = None, top: int | None = None) -> dict:
    """A chunk of one token, with `top` other candidates half as probable each."""
    found: dict = {"index": index, "text": text, "logprobs": None, "finish_reason": end}
    if top is not None and text:
        listed = {f" otra{n}": math.log(0.5 / 2**n) for n in range(1, top)}
        listed = {text: math.log(0.5), **listed}
        found["logprobs"] = {
            "tokens": [text],
            "token_logprobs": [math.log(0.5)],
            "top_logprobs": [dict(list(listed.items())[:top])],
            "text_offset": [0],
        }
    return found


def message(*choices: dict, **fields: object) -> dict:
    return {
        "id": "c",
        "object": "text_completion",
        "model": "de-prueba",
        "choices": list(choices),
    } | fields


async def opened(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    return response


def writes(words: tuple[str, ...] = WORDS, *, end: str = "length", pause_s: float = 0.0) -> Answer:
    """Write the words, one a chunk, and all that the interface promises."""

    async def answer(_server: FakeServer, request: web.Request, body: dict) -> web.StreamResponse:
        response = await opened(request)
        count, top = body.get("n", 1), body.get("logprobs")
        limit = body["max_tokens"]
        for place, word in enumerate(words[:limit]):
            is_last = place + 1 == min(limit, len(words))
            for index in range(count):
                piece = choice(word, index, end=end if is_last else None, top=top)
                await response.write(event(message(piece, system_fingerprint="fp_1")))
            await asyncio.sleep(pause_s)
        if body.get("stream_options"):
            usage = {"prompt_tokens": 7, "completion_tokens": count * len(words)}
            await response.write(event(message(usage=usage)))
        await response.write(b"data: [DONE]\n\n")
        return response

    return answer


def fails(status: int, text: str = "", **headers: str) -> Answer:
    """Answer with an error; its text quotes the key, as some servers do."""

    async def answer(_server: FakeServer, _request: web.Request, _body: dict) -> web.StreamResponse:
        data = {"error": {"message": f"{text} (key {KEY})", "type": "some_error"}}
        return web.json_response(data, status=status, headers=headers)

    return answer


def sends(*parts: bytes, then: str = "end") -> Answer:
    """Send bytes as they are, then end, break the connection, or say no more."""

    async def answer(_server: FakeServer, request: web.Request, _body: dict) -> web.StreamResponse:
        response = await opened(request)
        for part in parts:
            await response.write(part)
        if then == "break":
            assert request.transport is not None
            request.transport.abort()
        if then == "silence":
            await asyncio.sleep(30)
        return response

    return answer
