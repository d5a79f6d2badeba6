"""A call of /explicar that asks about words: it ends in their answer."""

from __future__ import annotations

from dataclasses import replace

from bot.client import Client, Reading
from bot.features.explorer.presenter import ExplorerPresenter
from bot.features.explorer.word.words import fitting_step
from bot.messages.errors import UserError, report
from bot.messages.live import Page
from bot.messages.place import PageName, Place, step_view
from bot.storage.records import StoredReply
from engine import EngineError


class WordPresenter(ExplorerPresenter):
    """The screens of a call of /explicar that asks about words.

    Args:
        client: Its engine is asked.
        words: Without spaces around them, at least one.
        start: How the explorer is shown; its step is where the words fit best.
        notes: Sentences about the settings of the call.
        is_ephemeral: Whether only the person who asked sees it.
    """

    def __init__(
        self,
        client: Client,
        words: tuple[str, ...],
        *,
        start: Place,
        notes: tuple[str, ...],
        is_ephemeral: bool,
    ) -> None:
        super().__init__(client, start=start, notes=notes, is_ephemeral=is_ephemeral)
        self._words = words

    async def finished(self, reply: StoredReply) -> Page:
        """Answer at the step where the words fit best."""
        place = self._opening(reply)
        if reply.completion.remote is None:
            first = step_view(reply, replace(place, step=0))
            place = replace(place, step=fitting_step(first, self._words))
        reading = Reading(
            client=self._client,
            reader_id=reply.owner_id,
            reply=reply,
            place=replace(place, page=PageName.WORD),
            notes=self._notes,
            words=self._words,
        )
        try:
            return await self._client.pages[PageName.WORD].build(reading)
        except (UserError, EngineError) as error:
            # The text is written: it is shown although there is no answer.
            return await self._page(reply, place, (*self._notes, report(error)))
