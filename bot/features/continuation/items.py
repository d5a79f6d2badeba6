"""The buttons of a continuation."""

from __future__ import annotations

import discord

from bot.client import Interaction
from bot.features.continuation import remedy_texts, texts
from bot.features.continuation.presenter import (
    CurePresenter,
    kind_after,
    page_of,
    start_beside,
)
from bot.features.continuation.requests import another, going_on, remedied, tried
from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.render.frame import Frame
from bot.storage.records import StoredReply
from bot.ui.items import PersistentButton
from bot.ui.replies import require_kept, require_owner, stored_reply
from bot.ui.turning import is_private, open_explorer


class GoOnButton(PersistentButton, action="seguir", args=("attempt",)):
    """Goes on with the attempt on show, from its token ids, in a new message."""

    label = texts.GO_ON
    style = discord.ButtonStyle.primary

    async def respond(self, interaction: Interaction) -> None:
        """Continue the text for its owner."""
        reply = await own_request(interaction, self.reply_id)
        request, before = going_on(interaction, reply, self.args[0])
        await start_beside(interaction, reply, request, Frame.of_text(reply, before))


class AgainButton(PersistentButton, action="otra"):
    """Asks for another text with a new seed, in a new message."""

    label = texts.AGAIN

    async def respond(self, interaction: Interaction) -> None:
        """Generate again for the reply's owner."""
        reply = await own_request(interaction, self.reply_id)
        await start_beside(interaction, reply, another(interaction, reply), frame_of(reply))


class TryButton(PersistentButton, action="probar-principio"):
    """Goes on with the beginning that is suggested in place of a question, in a new message."""

    label = texts.TRY

    async def respond(self, interaction: Interaction) -> None:
        """Write it for the owner of the question."""
        reply = await own_request(interaction, self.reply_id)
        request = tried(interaction, reply)
        await start_beside(interaction, reply, request, Frame.of_prompt(request.prompt))


class ExplainButton(PersistentButton, action="explicar", args=("attempt",)):
    """Opens the clicker's own explorer of this very text."""

    label = texts.EXPLAIN

    async def respond(self, interaction: Interaction) -> None:
        """Open it for anybody."""
        reply = await stored_reply(interaction, self.reply_id)
        await open_explorer(interaction, reply, self.args[0])


class PageButton(PersistentButton, action="pagina", args=("index", "place")):
    """Turns to another attempt or part; everybody may read on.

    The last argument only keeps the ids of one row apart.
    """

    async def respond(self, interaction: Interaction) -> None:
        """Show that page."""
        _, page = await page_at(interaction, self.reply_id, self.args[0])
        await interaction.response.edit_message(**page.edit_arguments())


class CureButton(PersistentButton, action="curar", args=("attempt", "remedy")):
    """Writes a text that repeats itself again, with a remedy and the same seed.

    `remedy` is the size of the n-grams that may not come twice, or `SAMPLING`.
    """

    label = remedy_texts.FIX

    async def respond(self, interaction: Interaction) -> None:
        """Write it in a new message of the text's owner, which says what the remedy changed."""
        attempt, remedy = self.args
        reply = await own_request(interaction, self.reply_id)
        request = remedied(interaction, reply, attempt, remedy)
        presenter = CurePresenter(
            client=interaction.client,
            frame=frame_of(reply),
            is_ephemeral=is_private(interaction),
            before=reply,
            attempt=attempt,
        )
        await interaction.client.jobs.run(
            interaction, request, kind=kind_after(reply), presenter=presenter
        )


def frame_of(reply: StoredReply) -> Frame:
    """Frame another text that goes on from where a kept one does."""
    return Frame.of_text(reply, reply.text_before)


async def page_at(interaction: Interaction, reply_id: str, index: int) -> tuple[StoredReply, Page]:
    """Build a page of the text that the clicked message shows.

    Raises:
        UserError: The text is gone, or was never written.
    """
    reply = await stored_reply(interaction, reply_id)
    if not reply.completion.attempts:
        raise UserError(texts.NO_TEXT_YET)
    content = interaction.message.content if interaction.message else ""
    return reply, page_of(interaction.client, reply, Frame.of_reply(reply, content), index)


async def own_request(interaction: Interaction, reply_id: str) -> StoredReply:
    """Return a text that its owner wants to ask for again.

    Raises:
        UserError: It is gone, somebody else's, or its prompt is another person's message.
    """
    reply = await stored_reply(interaction, reply_id)
    require_owner(interaction, reply)
    require_kept(reply, texts.NOT_KEPT_CLICK)
    return reply
