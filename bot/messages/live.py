"""A message that follows a text while it is written: throttled, latest wins, the end guaranteed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import discord

from bot.messages.responses import EDIT_TIMEOUT_S, NETWORK_ERRORS, deliver, is_gone
from bot.render.markdown import fits

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a message shows at one moment. A view belongs to one page only.

    discord.py forgets the patterns of persistent items that disappear from a reused view, so a
    page never shares its view with another.

    Attributes:
        content: Text of a plain message; None for Components V2.
        view: Buttons, or the whole message for Components V2.
        files: Attached files; those of the page before go away.
    """

    content: str | None = None
    view: discord.ui.View | discord.ui.LayoutView | None = None
    files: tuple[discord.File, ...] = ()

    def with_note(self, note: str) -> Page:
        """Add a small line to a plain message, where it fits."""
        content = f"{self.content}\n-# {note}"
        if self.content is None or not fits(content):
            return self
        return replace(self, content=content)

    def edit_arguments(self) -> dict[str, Any]:
        """Return the keyword arguments of an edit that shows this page, files fresh each time."""
        arguments: dict[str, Any] = {
            "view": self.view,
            "attachments": [_copy(file) for file in self.files],
            "allowed_mentions": discord.AllowedMentions.none(),
        }
        if not isinstance(self.view, discord.ui.LayoutView):
            arguments["content"] = self.content
        return arguments

    def send_arguments(self) -> dict[str, Any]:
        """Return the keyword arguments of a new message that shows this page."""
        arguments = self.edit_arguments()
        arguments["files"] = arguments.pop("attachments")
        return {name: value for name, value in arguments.items() if value is not None}


def _copy(file: discord.File) -> discord.File:
    """Copy a file, because sending one consumes it and an edit may be tried again."""
    file.reset(seek=True)
    return discord.File(
        BytesIO(file.fp.read()),
        filename=file.filename,
        description=file.description,
        spoiler=file.spoiler,
    )


class LiveMessage:
    """One message under edition.

    Args:
        edit: Sends a page to Discord.
        interval_s: Shortest time between two edits of progress.
    """

    def __init__(self, edit: Callable[[Page], Awaitable[None]], *, interval_s: float) -> None:
        self._edit = edit
        self._interval_s = interval_s
        self._latest: Callable[[], Page] | None = None
        self._flusher: asyncio.Task[None] | None = None
        self._next_edit_at = 0.0
        self._is_sending = False
        self.is_gone = False

    def show(self, build: Callable[[], Page]) -> None:
        """Show a page soon; a newer one replaces it if it comes first.

        Args:
            build: Builds the page when its turn comes; most are never built.
        """
        if self.is_gone:
            return
        self._latest = build
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush(), name="live-message")

    async def finish(self, page: Page) -> bool:
        """Show the last page; tell whether it is shown.

        Raises:
            discord.HTTPException: Discord does not accept the page.
        """
        await self._stop_flusher()
        if self.is_gone:
            return False
        outcome = await deliver(lambda: self._edit(page))
        self.is_gone = outcome == "gone"
        return outcome == "shown"

    async def _flush(self) -> None:
        """Send the newest page as often as the interval allows, until there is none."""
        loop = asyncio.get_running_loop()
        while self._latest is not None and not self.is_gone:
            await asyncio.sleep(max(0.0, self._next_edit_at - loop.time()))
            build, self._latest = self._latest, None
            if build is None:
                return
            self._next_edit_at = loop.time() + self._interval_s
            try:
                await self._send(build())
            except (discord.HTTPException, *NETWORK_ERRORS) as error:
                self.is_gone = is_gone(error)
                _log.info("a progress edit failed: %s", error)

    async def _send(self, page: Page) -> None:
        self._is_sending = True
        try:
            async with asyncio.timeout(EDIT_TIMEOUT_S):
                await self._edit(page)
        finally:
            self._is_sending = False

    async def _stop_flusher(self) -> None:
        """Drop what waits and let an edit under way end, so that it cannot overtake the last."""
        self._latest = None
        flusher, self._flusher = self._flusher, None
        if flusher is None:
            return
        if not self._is_sending:
            flusher.cancel()
        await asyncio.wait({flusher})
