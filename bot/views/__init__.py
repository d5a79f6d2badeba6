"""Everything that people click; all of it works after a restart."""

from __future__ import annotations

from typing import Any

import discord

from bot.views.continuation import CONTINUATION_ITEMS
from bot.views.data import DATA_ITEMS
from bot.views.duel import DUEL_ITEMS
from bot.views.explorer_branches_items import BRANCH_ITEMS
from bot.views.explorer_funnel import FUNNEL_ITEMS
from bot.views.explorer_items import EXPLORER_ITEMS
from bot.views.explorer_redraw_items import REDRAW_ITEMS
from bot.views.explorer_tree import TREE_ITEMS
from bot.views.explorer_word_items import WORD_ITEMS
from bot.views.help import HELP_ITEMS
from bot.views.inside_items import INSIDE_ITEMS
from bot.views.settings import SETTINGS_ITEMS
from bot.views.stop import StopButton

PERSISTENT_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    StopButton,
    *CONTINUATION_ITEMS,
    *DUEL_ITEMS,
    *EXPLORER_ITEMS,
    *WORD_ITEMS,
    *FUNNEL_ITEMS,
    *REDRAW_ITEMS,
    *TREE_ITEMS,
    *INSIDE_ITEMS,
    *BRANCH_ITEMS,
    *SETTINGS_ITEMS,
    *DATA_ITEMS,
    *HELP_ITEMS,
)
"""Registered once at start; their templates do not overlap."""
