"""The connection to Discord: tried again, with growing pauses, while it or the network fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

import aiohttp
import discord

from bot.app import Unicornio
from bot.config import Settings
from bot.messages.responses import NETWORK_ERRORS, is_discord_trouble
from bot.process import connection_texts as texts
from bot.render.numbers import duration
from bot.storage import Storage
from engine import Engine

_PAUSES_S = (5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0)
_TURNED_AWAY_PAUSE_S = 60.0
"""Least pause after Discord has turned the bot away: asking on makes it last longer."""
_LONGEST_PAUSE_S = 3600.0
_QUIET_S = 30.0
_AUTHENTICATION_FAILED = 4004


class RefusedError(Exception):
    """Trying again would not help; its text is Spanish, for the admin."""


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """What stands between the bot and Discord for now, in Spanish, and the least pause."""

    text: str
    least_pause_s: float = 0.0


class Connection:
    """One client after another, until one has connected or somebody asks to stop.

    Args:
        settings: With a token.
        storage: Open; it outlives the clients.
        engine: Started; it outlives the clients.
        say: Tells the admin something.
    """

    def __init__(
        self, settings: Settings, storage: Storage, engine: Engine, say: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._engine = engine
        self._say = say
        self._bot: Unicornio | None = None

    @property
    def is_up(self) -> bool:
        """Whether the bot is at Discord now."""
        return self._bot is not None and self._bot.is_connected

    async def hold(self, stop: asyncio.Event) -> None:
        """Connect and stay connected until `stop` is set.

        Raises:
            RefusedError: Discord refuses for good.
        """
        self._say(texts.CONNECTING)
        for usual_pause_s in _pauses():
            obstacle = await self._hold_once(stop)
            if obstacle is None:
                return
            pause_s = max(usual_pause_s, obstacle.least_pause_s)
            self._say(texts.TRY_AGAIN.format(obstacle=obstacle.text, pause=duration(pause_s)))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause_s)
                return

    async def _hold_once(self, stop: asyncio.Event) -> Obstacle | None:
        """Use a new client, since a closed one cannot be opened again."""
        bot = self._bot = Unicornio(
            settings=self._settings, engine=self._engine, storage=self._storage
        )

        async def leave() -> None:
            self._say(texts.STOPPING)
            await bot.close()

        try:
            await unless_stopped(self._run(bot), stop, leave)
        except (discord.DiscordException, *NETWORK_ERRORS) as error:
            return obstacle_of(error)
        finally:
            await bot.close()
        return None

    async def _run(self, bot: Unicornio) -> None:
        assert self._settings.discord_token is not None
        await bot.login(self._settings.discord_token.get_secret_value())
        announcement = asyncio.create_task(self._announce(bot))
        try:
            await bot.connect()
        finally:
            announcement.cancel()

    async def _announce(self, bot: Unicornio) -> None:
        """Say that the bot is ready, or now and then that the client is still trying."""
        for pause_s in _pauses():
            try:
                await asyncio.wait_for(bot.wait_until_ready(), max(pause_s, _QUIET_S))
            except TimeoutError:
                self._say(texts.NOT_YET)
            else:
                self._say(texts.READY.format(user=bot.user, guilds=len(bot.guilds)))
                return


def obstacle_of(error: BaseException) -> Obstacle:
    """Say what keeps the bot from Discord.

    Raises:
        RefusedError: It will not pass.
    """
    if isinstance(error, discord.GatewayNotFound) and error.__cause__ is not None:
        return obstacle_of(error.__cause__)
    if isinstance(error, discord.HTTPException) and is_discord_trouble(error):
        if error.status >= 500:
            return Obstacle(text=texts.DISCORD_FAILS.format(status=error.status))
        text = texts.TURNED_AWAY.format(status=error.status)
        return Obstacle(text=text, least_pause_s=_asked_pause_s(error))
    for kind, reason in _NETWORK_REASONS:
        if isinstance(error, kind):
            return Obstacle(text=texts.NO_NETWORK.format(reason=reason))
    if isinstance(error, discord.LoginFailure) or (
        isinstance(error, discord.ConnectionClosed) and error.code == _AUTHENTICATION_FAILED
    ):
        raise RefusedError(texts.BAD_TOKEN) from error
    reason = getattr(error, "code", None) or type(error).__name__
    raise RefusedError(texts.REFUSED.format(reason=reason)) from error


async def unless_stopped(
    work: Coroutine[Any, Any, None],
    stop: asyncio.Event,
    leave: Callable[[], Awaitable[None]] | None = None,
) -> bool:
    """Run `work` until it ends or `stop` is set; tell whether it ended by itself.

    Args:
        work: Cancelled when `stop` comes first.
        stop: Asks to stop.
        leave: Awaited before `work` is cancelled.
    """
    running = asyncio.create_task(work)
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if running.done():
        await running
        return True
    if leave is not None:
        await leave()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    return False


def _pauses() -> Iterator[float]:
    return chain(_PAUSES_S, repeat(_PAUSES_S[-1]))


def _asked_pause_s(error: discord.HTTPException) -> float:
    """Return the pause that the answer asks for, or a minute."""
    asked = error.response.headers.get("Retry-After", "")
    asked_s = float(asked) if asked.isdigit() else 0.0
    return min(max(asked_s, _TURNED_AWAY_PAUSE_S), _LONGEST_PAUSE_S)


_NETWORK_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (aiohttp.ClientConnectorDNSError, texts.NO_ADDRESS),
    (aiohttp.ClientConnectorCertificateError, texts.BAD_CERTIFICATE),
    (aiohttp.ClientConnectorError, texts.NO_WAY),
    (TimeoutError, texts.NO_ANSWER),
    (aiohttp.ClientError, texts.BROKEN_OFF),
    (OSError, texts.BROKEN_OFF),
)
