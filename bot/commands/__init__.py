"""The commands, one file each."""

from __future__ import annotations

from discord import app_commands

from bot.client import Client
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

_MODULES = (continuar, explicar, comparar, ajustes, modelos, datos, ayuda, estado, menus)


def register(tree: app_commands.CommandTree[Client]) -> None:
    """Add every command and message menu to the tree."""
    for module in _MODULES:
        module.register(tree)
