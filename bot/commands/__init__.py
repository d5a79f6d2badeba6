"""The commands, one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

if TYPE_CHECKING:
    from bot.app import Unicornio


def register(tree: app_commands.CommandTree[Unicornio]) -> None:
    """Add every command and message menu to the tree."""
    # Imported here because views, which commands import, open commands' screens themselves.
    from bot.commands import (
        ajustes,
        ayuda,
        comparar,
        continuar,
        datos,
        estado,
        explicar,
        menus,
        modelos,
    )

    texts = (continuar, explicar, comparar)
    for module in (*texts, ajustes, modelos, datos, ayuda, estado, menus):
        module.register(tree)
