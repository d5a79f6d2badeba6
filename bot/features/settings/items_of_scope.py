"""What the buttons and menus of `/ajustes` are made of: each knows whose settings it is about."""

from __future__ import annotations

from typing import cast

from bot.storage.records import Scope
from bot.ui.items import ButtonItem, SelectItem

SCOPE = r":(user|guild)"
"""What stands for it in a custom_id."""


class ScopedButton(ButtonItem):
    """A button about the settings of a person or of a server."""

    @property
    def scope(self) -> Scope:
        """Whose settings."""
        return cast("Scope", self.words[0])


class ScopedSelect(SelectItem):
    """A menu about the settings of a person or of a server."""

    @property
    def scope(self) -> Scope:
        """Whose settings."""
        return cast("Scope", self.words[0])
