"""A call of `/continuar`, whether its text comes with it or from its form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.asking.layers import effective
from bot.asking.prompts import checked_prompt
from bot.asking.requests import new_request
from bot.client import Interaction
from bot.features.continuation.presenter import start_continuation
from bot.messages.responses import is_private
from bot.render.frame import Frame


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a call named beside its text.

    Attributes:
        settings: Field of `DecodingParams`, "model" or "style" → value.
        seed: 0 ≤ seed < 2³², or None.
        is_private: The option `privado`.
    """

    settings: Mapping[str, object]
    seed: int | None = None
    is_private: bool | None = None


async def go_on(interaction: Interaction, text: str, asked: Asked) -> None:
    """Go on with a text in a new message.

    Raises:
        UserError: The text or a setting is refused; nothing has been answered.
        EngineError: It was refused before the first response.
    """
    client = interaction.client
    prompt = checked_prompt(text, client.word_list)
    settings = await effective(client, interaction, asked.settings)
    request = new_request(interaction, prompt, settings, seed=asked.seed)
    await start_continuation(
        interaction,
        request,
        Frame.of_prompt(request.prompt, settings.notes),
        is_ephemeral=is_private(
            client.settings.reply_visibility, asked.is_private, by_default=False
        ),
    )
