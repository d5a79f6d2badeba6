"""The demo's page while texts are written.

simcord refuses what was clicked on an earlier publication than the last, for the message may have
other buttons by then; a text that is being written is published twice a second. Here a click counts
as long as its message has kept its buttons, and nothing is published while it is carried out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import simcord
from simcord.components import walk_components

_Buttons = tuple[str, ...]


class LivePage:
    """A preview that can be clicked while it changes.

    Args:
        preview: Active; its private hooks are replaced, since it has no public ones.
    """

    def __init__(self, preview: Any) -> None:
        self._preview = preview
        self._turn = asyncio.Lock()
        # Page and message → its buttons, and the publication since which it has them.
        self._buttons: dict[tuple[str, int], tuple[_Buttons, int]] = {}
        self._carry_out, self._publish = preview._action, preview._publish
        preview._action, preview._publish = self._act, self._note_publication

    async def wait_closed(self) -> None:
        """Wait until the page is closed."""
        await self._preview.wait_closed()

    async def refresh(self) -> None:
        """Publish what there is to see.

        Raises:
            simcord.SetupError: Not now.
        """
        if self._turn.locked():
            raise simcord.SetupError("an action is in flight")
        async with self._turn:
            await self._preview.refresh()

    async def pass_time(self, seconds: float) -> None:
        """Let time go by in the simulation, whose clock stands still.

        Raises:
            simcord.SetupError: Not now.
        """
        if self._turn.locked():
            raise simcord.SetupError("an action is in flight")
        async with self._turn:
            await self._preview.env.advance_time(seconds)

    async def _act(self, context_id: str | None, body: Any) -> Any:
        async with self._turn:
            return await self._carry_out(context_id, self._renewed(context_id, body))

    def _renewed(self, context_id: str | None, body: Any) -> Any:
        """Return an action as one on the last publication, if it means the same there."""
        page = self._preview._pages.get(context_id)
        if page is None or not isinstance(body, Mapping):
            return body
        revision, target = body.get("published_revision"), body.get("target_id")
        if not isinstance(revision, int) or not self._is_as_it_was(page, target, revision):
            return body
        return {**body, "published_revision": page.revision}

    def _is_as_it_was(self, page: Any, target: object, revision: int) -> bool:
        if target is None:
            return True
        message = self._messages(page).get(int(str(target))) if str(target).isdecimal() else None
        known = None if message is None else self._buttons.get((page.id, message.id))
        return known is not None and known[0] == _buttons_of(message) and known[1] <= revision

    def _note_publication(self, page: Any, **options: Any) -> None:
        self._publish(page, **options)
        for message in self._messages(page).values():
            buttons, key = _buttons_of(message), (page.id, message.id)
            if key not in self._buttons or self._buttons[key][0] != buttons:
                self._buttons[key] = (buttons, page.revision)

    def _messages(self, page: Any) -> Mapping[int, Any]:
        found: Mapping[int, Any] = self._preview.env.backend.messages.get(page.channel_id, {})
        return found


def _buttons_of(message: Any) -> _Buttons:
    components = walk_components(message.components)
    return tuple(part["custom_id"] for part in components if "custom_id" in part)
