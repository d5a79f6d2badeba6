"""«Seguir con lo que falta»: the end of a text that did not fit into the model, by itself."""

from __future__ import annotations

from dataclasses import replace

import discord

from bot.asking.requests import asked_again
from bot.client import Interaction
from bot.features.continuation.items import own_request
from bot.features.continuation.presenter import start_beside
from bot.features.transform import texts
from bot.render.frame import Frame
from bot.storage.records import StoredReply
from bot.ui.carried import StaleItemError
from bot.ui.items import PersistentButton


class RestButton(PersistentButton, action="lo-que-falta"):
    """Turns what a model has not read of a text, as it has turned the beginning."""

    label = texts.REST
    style = discord.ButtonStyle.primary

    async def respond(self, interaction: Interaction) -> None:
        """Write it for the text's owner, in a new message."""
        reply = await own_request(interaction, self.reply_id)
        rest = rest_of(reply)
        if not rest:
            raise StaleItemError
        fresh = replace(asked_again(interaction, reply.request, rest), prompt=rest, prefix_ids=())
        await start_beside(interaction, reply, fresh, Frame.of_prompt(rest, is_source=True))


def rest_of(reply: StoredReply) -> str:
    """Return what the model has not read of a kept text; nothing where it has read all."""
    read = reply.completion.source_characters
    return "" if read is None or not reply.is_prompt_kept else reply.request.prompt[read:].strip()


TRANSFORM_ITEMS = (RestButton,)
