"""Answer the buttons and forms of an earlier process, which discord.py would drop in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import discord

from bot.client import Client, Interaction
from bot.messages.given_back import give_back
from bot.messages.responses import is_acknowledged, say
from bot.texts import common as texts

Item = type[discord.ui.DynamicItem[Any]]

_GRACE_S = 0.5
"""How long a handler that has left discord.py's store may take to answer."""


async def answer_unhandled(client: Client, interaction: Interaction, items: Sequence[Item]) -> None:
    """Answer a component or a modal that nobody handles; leave all others alone.

    Args:
        client: Knows the handlers of this process.
        interaction: Any.
        items: Those that work after a restart.
    """
    is_component = interaction.type is discord.InteractionType.component
    is_modal = interaction.type is discord.InteractionType.modal_submit
    if not (is_component or is_modal) or is_acknowledged(interaction):
        return
    data: Mapping[str, Any] = dict(interaction.data or {})
    if _is_known(client, interaction, data, items, is_modal=is_modal):
        return
    await asyncio.sleep(_GRACE_S)
    if not is_acknowledged(interaction):
        if is_modal:
            await _return_form(interaction, data)
        else:
            await say(interaction, texts.UNKNOWN_COMPONENT)


def _is_known(
    client: Client,
    interaction: Interaction,
    data: Mapping[str, Any],
    items: Sequence[Item],
    *,
    is_modal: bool,
) -> bool:
    # discord.py has no public way to ask whether a handler exists.
    store = client._connection._view_store
    custom_id = data["custom_id"]
    if is_modal:
        return custom_id in store._modals
    message_id = interaction.message.id if interaction.message else None
    if any(item.__discord_ui_compiled_template__.fullmatch(custom_id) for item in items):
        # discord.py drops a click on something that the message does not have.
        return interaction.message is not None and _has(interaction.message, custom_id)
    key = (data["component_type"], custom_id)
    return any(key in store._views.get(place, {}) for place in (message_id, None))


def _has(message: discord.Message, custom_id: str) -> bool:
    layout = discord.ui.LayoutView if message.flags.components_v2 else discord.ui.View
    view = layout.from_message(message, timeout=None)
    return any(getattr(item, "custom_id", None) == custom_id for item in view.walk_children())


async def _return_form(interaction: Interaction, data: Mapping[str, Any]) -> None:
    typed = "\n".join(value for value in _values(data.get("components", ())) if value.strip())
    sentence = texts.UNKNOWN_FORM if typed else texts.UNKNOWN_FORM_EMPTY
    await give_back(interaction, sentence, typed)


def _values(components: object) -> Iterator[str]:
    """Yield what was typed in a form, through labels and rows."""
    if isinstance(components, Mapping):
        if isinstance(components.get("value"), str):
            yield components["value"]
        for key in ("components", "component"):
            yield from _values(components.get(key))
    elif isinstance(components, list | tuple):
        for component in components:
            yield from _values(component)
