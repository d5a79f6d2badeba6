"""One address over HTTP: a call and the records of its answer, and every way in which it breaks."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from engine.errors import EngineError, UnavailableReason
from engine.remote import wire
from engine.remote.status import ReplicaStatus
from engine.remote.wire import Record, WireError

_MOST_BYTES = 2**28
"""Of one record: a whole distribution at each of many steps is long."""
_REFUSAL_BYTES = 2**16
_FULL = 503
_OTHERWISE = 409
"""The replica does not compute a model as the caller knows it."""


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long a replica may keep silent.

    Attributes:
        connect_s: Until the connection stands.
        first_s: From there to the first record: whoever hands out the calls may let one wait.
        between_s: From one record to the next; a replica says every second that it is there.
        status_s: For what it says of itself.
    """

    connect_s: float = 5.0
    first_s: float = 90.0
    between_s: float = 6.0
    status_s: float = 5.0


class BrokenError(Exception):
    """An address did not answer a call to its end.

    Attributes:
        reason: What is said where nobody else answers it either.
        is_opened: Whether a replica had it.
    """

    def __init__(self, reason: UnavailableReason, host: str, *, is_opened: bool = False) -> None:
        self.reason: UnavailableReason = reason
        self.host = host
        self.is_opened = is_opened
        super().__init__(f"{host}: {reason}")


class FullError(Exception):
    """An address takes no more calls now.

    Attributes:
        error: What it says of it.
    """

    def __init__(self, error: EngineError) -> None:
        self.error = error
        super().__init__(str(error))


@dataclass(eq=False, kw_only=True)
class Outgoing:
    """The body of a call: its line at once, and one that stops it when that is wanted.

    Who is refused sends it elsewhere.
    """

    first: bytes
    is_stopped: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Ask for what there is so far."""
        self.is_stopped = True
        self._changed.set()

    def end(self) -> None:
        """Say no more."""
        self._changed.set()

    async def lines(self) -> AsyncGenerator[bytes, None]:
        """Yield the lines as they are to be sent to one address, to the next one again."""
        if not self.is_stopped:
            # Of this sending: the one before, which was refused, has ended its own.
            self._changed = asyncio.Event()
        yield self.first
        await self._changed.wait()
        if self.is_stopped:
            yield wire.STOP


class Connection:
    """Speaks to one address, behind which there is one replica or any number.

    Args:
        address: `http://host:port`.
        timeouts: How long it may keep silent.
    """

    def __init__(self, address: str, timeouts: Timeouts) -> None:
        self.address = address.rstrip("/")
        self.host = urlsplit(address).netloc
        self._timeouts = timeouts
        self._session: aiohttp.ClientSession | None = None

    async def records(self, body: Outgoing) -> AsyncGenerator[Record, None]:
        """Send a call and yield the records of its answer, `done` or `error` the last.

        Leaving the iterator closes the connection, which stops the call.

        Raises:
            BrokenError: No answer, or one that is cut off.
            FullError: It takes no more calls now.
        """
        is_opened = False
        try:
            async with AsyncExitStack() as stack:
                stack.callback(body.end)
                async with asyncio.timeout(self._timeouts.first_s):
                    response = await stack.enter_async_context(self._post(body))
                    if response.status != 200:
                        await self._refused(response)
                lines = _Lines(response.content, self._timeouts)
                while (data := await lines.next()) is not None:
                    record = wire.record_of(data)
                    if not is_opened:
                        wire.require_version(record)
                    is_opened = True
                    is_last = record["kind"] in ("done", "error")
                    if is_last:
                        body.end()
                    yield record
                    if is_last:
                        return
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError):
            raise BrokenError("remote_unreachable", self.host) from None
        except TimeoutError:
            raise BrokenError("remote_late", self.host, is_opened=is_opened) from None
        except (WireError, KeyError):
            raise BrokenError("remote_garbled", self.host, is_opened=is_opened) from None
        except (aiohttp.ClientError, OSError):
            raise BrokenError("remote_cut", self.host, is_opened=is_opened) from None
        raise BrokenError("remote_cut", self.host, is_opened=is_opened)

    async def status(self) -> ReplicaStatus:
        """Ask a replica behind the address what it is and how busy.

        Raises:
            BrokenError: It does not say.
        """
        timeout = aiohttp.ClientTimeout(total=self._timeouts.status_s)
        url = self.address + wire.STATUS_PATH
        try:
            async with self._opened().get(url, timeout=timeout, allow_redirects=False) as response:
                if response.status != 200:
                    raise BrokenError("remote_failed", self.host)
                data = await response.read()
            record = wire.record_of(data)
            wire.require_version(record)
            return ReplicaStatus.from_dict(record["status"])
        except TimeoutError:
            raise BrokenError("remote_late", self.host) from None
        except (aiohttp.ClientError, OSError):
            raise BrokenError("remote_unreachable", self.host) from None
        except (ValueError, KeyError, TypeError):
            raise BrokenError("remote_garbled", self.host) from None

    async def close(self) -> None:
        """Close the connections that are kept open."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._timeouts.connect_s),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _post(self, body: Outgoing) -> aiohttp.client._RequestContextManager:
        url = self.address + wire.CALL_PATH
        return self._opened().post(url, data=body.lines(), allow_redirects=False)

    async def _refused(self, response: aiohttp.ClientResponse) -> None:
        """Say why an address does not take a call.

        Raises:
            BrokenError: It fails.
            FullError: It takes no more now.
        """
        if response.status != _FULL:
            raise BrokenError(_reason(response.status), self.host)
        wait_s = _seconds(response.headers.get("Retry-After"))
        try:
            error = wire.error_of(wire.record_of(await response.content.read(_REFUSAL_BYTES)))
        except WireError:
            # One that hands out the calls speaks for itself.
            error = EngineError("queue_full")
        if wait_s is not None:
            error.details.setdefault("retry_after_s", wait_s)
        raise FullError(error)


class _Lines:
    """The lines of an answer, whatever the pieces in which they come."""

    def __init__(self, content: aiohttp.StreamReader, timeouts: Timeouts) -> None:
        self._content = content
        self._patience_s = timeouts.first_s
        self._timeouts = timeouts
        self._rest = bytearray()

    async def next(self) -> bytes | None:
        """Return the next whole line; None where the answer has ended, a half line left out.

        Raises:
            TimeoutError: Nothing came for too long.
            WireError: It is too long.
        """
        begin = 0
        while (end := self._rest.find(b"\n", begin)) < 0:
            begin = len(self._rest)
            if begin > _MOST_BYTES:
                raise WireError("a line without end")
            async with asyncio.timeout(self._patience_s):
                data = await self._content.readany()
            if not data:
                return None
            self._rest += data
        found = bytes(self._rest[:end])
        del self._rest[: end + 1]
        self._patience_s = self._timeouts.between_s
        return found


def _reason(status: int) -> UnavailableReason:
    if status == _OTHERWISE:
        return "revision_changed"
    return "remote_failed" if status >= 500 else "remote_refused"


def _seconds(value: str | None) -> int | None:
    """Read a wait as this interface gives it: whole seconds."""
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return max(0, math.ceil(seconds)) if math.isfinite(seconds) else None
