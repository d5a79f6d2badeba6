"""One endpoint over HTTP: what is sent, and every way in which that can fail.

A failure names the server, never what it said: that may quote the prompt or part of the key.
"""

from __future__ import annotations

import asyncio
import email.utils
import json
import math
import time
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Any

import aiohttp
from pydantic import SecretStr

from engine.completions.events import EventReader, TooLongError
from engine.errors import ModelUnavailable, UnavailableReason
from engine.models.remote import RemoteSource

_DONE = "[DONE]"
_MOST_BYTES = 2**23
"""Of an answer that is not streamed."""
_COMPLAINT_BYTES = 2**14
_REFUSED = frozenset({400, 413, 415, 422})
_STATUS: Mapping[int, UnavailableReason] = {
    401: "remote_key",
    403: "remote_key",
    404: "remote_not_found",
    408: "remote_late",
    429: "remote_busy",
    504: "remote_late",
}


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long a server may keep silent.

    Attributes:
        connect_s: Until the connection stands.
        first_s: From there to the first piece of text: a large model reads the prompt first.
        between_s: From one piece to the next.
    """

    connect_s: float = 10.0
    first_s: float = 90.0
    between_s: float = 30.0


class ComplaintError(Exception):
    """The server does not take the request as it is, or failed over it.

    Attributes:
        text: What it said, in lower case, to be searched only: never shown, logged or kept.
        asked: Fields of the request.
        failure: What is said where none of them can be left out.
    """

    def __init__(self, text: str, asked: Collection[str], failure: ModelUnavailable) -> None:
        self.text = text
        self.asked = asked
        self.failure = failure
        super().__init__(failure.reason)


class CompletionsClient:
    """Sends completions to one server.

    Args:
        source: The model and its server.
        name: What the model is called here.
        key: Sent as bearer token to this server only; None sends none.
        timeouts: How long it may keep silent.
    """

    def __init__(
        self, source: RemoteSource, name: str, key: SecretStr | None, timeouts: Timeouts
    ) -> None:
        self._url = f"{source.base_url}/completions"
        self._host = source.host
        self._name = name
        self._key = key
        self._timeouts = timeouts
        self._session: aiohttp.ClientSession | None = None

    async def chunks(self, body: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        """Send a completion and yield the messages of its answer, as parsed JSON.

        Leaving the iterator closes the connection, which tells the server to stop.

        Raises:
            ModelUnavailable: One of the remote reasons.
            ComplaintError: The server does not take the request.
        """
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(self._timeouts.first_s):
                    response = await stack.enter_async_context(self._post(body))
                    await self._require_taken(response, body)
                reading = self._events if _is_stream(response) else self._whole
                async with aclosing(reading(response)) as messages:
                    async for message in messages:
                        yield message
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            is_late = isinstance(error, aiohttp.ConnectionTimeoutError)
            raise self._failed("remote_unreachable", is_late=is_late) from None
        except TimeoutError:
            raise self._failed("remote_late") from None
        except (aiohttp.ClientError, OSError):
            # A connection that was there and is not any more.
            raise self._failed("remote_cut") from None

    async def close(self) -> None:
        """Close the connections that are kept open."""
        if self._session is not None:
            await self._session.close()

    def _post(self, body: Mapping[str, Any]) -> Any:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=self._timeouts.connect_s, sock_read=None
                ),
                # Nobody asked for this server's cookies.
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        headers = {"Accept": "text/event-stream, application/json"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key.get_secret_value()}"
        # A server that points elsewhere would get the text, and the key, sent there.
        return self._session.post(self._url, json=body, headers=headers, allow_redirects=False)

    async def _require_taken(
        self, response: aiohttp.ClientResponse, body: Mapping[str, Any]
    ) -> None:
        status = response.status
        if status == 200:
            return
        complaint = await response.content.read(_COMPLAINT_BYTES)
        failure = self._failed(_reason(status), status=status, retry_after_s=_retry_after(response))
        if status in _REFUSED or status >= 500:
            said = complaint.decode("utf-8", errors="replace").lower()
            raise ComplaintError(said, frozenset(body), failure)
        raise failure

    async def _events(self, response: aiohttp.ClientResponse) -> AsyncGenerator[Any, None]:
        reader = EventReader()
        patience_s = self._timeouts.first_s
        while True:
            async with asyncio.timeout(patience_s):
                data = await response.content.readany()
            try:
                events = reader.feed(data)
            except TooLongError:
                raise self._failed("remote_garbled") from None
            if not data and (last := reader.rest()) is not None:
                events = [*events, last]
            for event in events:
                if event == _DONE:
                    return
                yield self._parsed(event)
                patience_s = self._timeouts.between_s
            if not data:
                # Some servers end without saying so; whether a text is whole, its reader knows.
                return

    async def _whole(self, response: aiohttp.ClientResponse) -> AsyncGenerator[Any, None]:
        """Read the answer of a server that does not stream."""
        parts, size = [], 0
        async with asyncio.timeout(self._timeouts.first_s):
            async for part in response.content.iter_any():
                parts.append(part)
                size += len(part)
                if size > _MOST_BYTES:
                    raise self._failed("remote_garbled")
        yield self._parsed(b"".join(parts).decode("utf-8", errors="replace"))

    def _parsed(self, text: str) -> Any:
        try:
            data = json.loads(text)
        except ValueError:
            raise self._failed("remote_garbled") from None
        error = data.get("error") if isinstance(data, dict) else None
        if error:
            code = error.get("code") if isinstance(error, dict) else None
            status = code if isinstance(code, int) else 500
            raise self._failed(_reason(status), status=status)
        return data

    def _failed(self, reason: UnavailableReason, **details: Any) -> ModelUnavailable:
        return ModelUnavailable(self._name, reason, host=self._host, **details)

    def garbled(self) -> ModelUnavailable:
        """Return the failure of an answer that makes no sense."""
        return self._failed("remote_garbled")

    def cut(self) -> ModelUnavailable:
        """Return the failure of an answer that stops in the middle."""
        return self._failed("remote_cut")


def _is_stream(response: aiohttp.ClientResponse) -> bool:
    return response.content_type != "application/json"


def _reason(status: int) -> UnavailableReason:
    if status in _REFUSED:
        return "remote_refused"
    if status in _STATUS:
        return _STATUS[status]
    return "remote_failed" if status >= 500 else "remote_garbled"


def _retry_after(response: aiohttp.ClientResponse) -> int | None:
    """Return the seconds after which the server wants to be asked again, if it says so.

    Source: RFC 9110, §10.2.3.
    """
    value = response.headers.get("Retry-After", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        date = email.utils.parsedate_tz(value)
        if date is None:
            return None
        seconds = email.utils.mktime_tz(date) - time.time()
    return max(0, math.ceil(seconds)) if math.isfinite(seconds) else None
