"""The panel of `/ayuda`: a page over the menus of topics and of the glossary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from bot.render import help as pages
from bot.render.markdown import clip
from bot.texts import ayuda as texts
from bot.texts.glosario import TERMS
from bot.views.panels import PanelSelect, PanelView, panel

if TYPE_CHECKING:
    from bot.app import Unicornio

_DESCRIPTION_LIMIT = 100


def help_panel(key: str, retention_days: int, news: str | None = None) -> PanelView:
    """Show a page; an unknown key shows the first.

    Args:
        key: Of a topic or a term.
        retention_days: Named on the page about privacy.
        news: Said above the page.
    """
    known = key if key in pages.page_names() else texts.FIRST_TOPIC
    blocks = [block for block in (news, pages.page(known, retention_days)) if block]
    topics = [
        discord.SelectOption(label=name, description=line, value=topic, default=topic == known)
        for topic, (name, line, _) in texts.TOPICS.items()
    ]
    terms = [
        discord.SelectOption(
            label=name,
            description=clip(definition.partition("\n")[0].replace("*", ""), _DESCRIPTION_LIMIT),
            value=term,
            default=term == known,
        )
        for term, (name, definition) in TERMS.items()
    ]
    return panel(*blocks, rows=[[TopicMenu(options=topics)], [TermMenu(options=terms)]])


class TopicMenu(PanelSelect, action="ayuda-tema"):
    """The topics."""

    placeholder = texts.TOPICS_PLACEHOLDER

    async def respond(self, interaction: discord.Interaction[Unicornio]) -> None:
        """Show the page in the same message."""
        await _show(interaction, self.value)


class TermMenu(PanelSelect, action="ayuda-glosario"):
    """The glossary."""

    placeholder = texts.TERMS_PLACEHOLDER

    async def respond(self, interaction: discord.Interaction[Unicornio]) -> None:
        """Show the definition in the same message."""
        await _show(interaction, self.value)


async def _show(interaction: discord.Interaction[Unicornio], key: str) -> None:
    view = help_panel(key, interaction.client.settings.retention_days)
    await interaction.response.edit_message(view=view)


HELP_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (TopicMenu, TermMenu)
