"""Whose settings are looked at or changed, and who may."""

from __future__ import annotations

from bot.asking.layers import Effective, Laid, lay, merge, stored_layers, with_known_model
from bot.client import Interaction
from bot.features.settings import texts
from bot.messages.errors import UserError
from bot.storage.records import Preferences, Scope


def scope_id(interaction: Interaction, scope: Scope) -> int:
    """Return the user or the server whose settings these are.

    Raises:
        UserError: There is no server here, or the person does not manage it.
    """
    if scope == "user":
        return interaction.user.id
    if interaction.guild_id is None:
        raise UserError(texts.ONLY_IN_GUILD)
    if not interaction.permissions.manage_guild:
        raise UserError(texts.NEEDS_MANAGE_GUILD)
    return interaction.guild_id


async def layers_of(interaction: Interaction, scope: Scope) -> tuple[Preferences, Preferences]:
    """Read the server's and the user's layer, as far as they count for the scope."""
    user_id = interaction.user.id if scope == "user" else None
    return await stored_layers(interaction.client.storage, interaction.guild_id, user_id)


async def current(interaction: Interaction, scope: Scope) -> tuple[Laid, Effective]:
    """Return what is set for the scope, and what comes of it in a call that names nothing."""
    guild, user = await layers_of(interaction, scope)
    settings = interaction.client.settings
    effective = merge(settings, guild, user, {})
    laid = lay(settings, guild, user)
    return laid, with_known_model(interaction.client.engine, effective)
