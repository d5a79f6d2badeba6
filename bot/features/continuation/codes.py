"""The menu of a CTRL model: the first word of a text tells it what to write."""

from __future__ import annotations

from dataclasses import replace

import discord

from bot.asking.requests import asked_again
from bot.client import Interaction
from bot.features.continuation.items import own_request
from bot.features.continuation.presenter import start_beside
from bot.render.frame import Frame
from bot.render.model_names import model_info
from bot.storage.records import StoredReply
from bot.texts import codes as texts
from bot.ui.carried import one_of
from bot.ui.items import PersistentSelect
from engine import Engine
from engine.control_codes import split_code, with_code


class CodeMenu(PersistentSelect, action="codigo"):
    """Writes the same text under another code, in a new message, with the same seed."""

    placeholder = texts.CHOOSE

    async def respond(self, interaction: Interaction) -> None:
        """Write it for the reply's owner."""
        reply = await own_request(interaction, self.reply_id)
        code = one_of(self.value, frozenset(texts.HINTS))
        prompt = with_code(code, reply.request.prompt)
        fresh = asked_again(interaction, reply.request, prompt)
        request = replace(fresh, prompt=prompt, prefix_ids=(), revision=reply.completion.revision)
        await start_beside(interaction, reply, request, Frame.of_prompt(prompt))


def code_menu(reply: StoredReply, engine: Engine, row: int) -> CodeMenu | None:
    """Return the menu of a reply's message; None where its model knows no codes."""
    info = model_info(engine, reply.request.model)
    is_own = reply.is_prompt_kept and reply.kind != "comparar"
    if info is None or not info.control_codes or not is_own:
        return None
    here, _ = split_code(reply.request.prompt)
    options = [
        discord.SelectOption(
            label=code,
            value=code,
            description=texts.NOW.format(what=texts.HINTS[code])
            if code == here
            else texts.HINTS[code],
        )
        for code in info.control_codes
    ]
    return CodeMenu(reply.reply_id, options=options, row=row)
