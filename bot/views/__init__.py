"""Everything that people click; all of it works after a restart."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import discord

from bot.client import ExplorerPage, ReplyKind
from bot.messages.place import PageName
from bot.storage.records import Kind
from bot.texts import arbol, dado, dentro, embudo, explicar, rama
from bot.views.continuation import CONTINUATION_ITEMS
from bot.views.continuation_kind import CONTINUATION
from bot.views.data import DATA_ITEMS
from bot.views.duel import DUEL, DUEL_ITEMS
from bot.views.explorer_branches import branches_page
from bot.views.explorer_branches_items import BRANCH_ITEMS
from bot.views.explorer_funnel import funnel_page
from bot.views.explorer_items import EXPLORER_ITEMS
from bot.views.explorer_layout import step_page
from bot.views.explorer_presenter import EXPLORER
from bot.views.explorer_redraw import redraw_page
from bot.views.explorer_redraw_items import REDRAW_ITEMS
from bot.views.explorer_tree import TREE_ITEMS, tree_page
from bot.views.explorer_word import WordButton
from bot.views.explorer_word_items import WORD_ITEMS
from bot.views.help import HELP_ITEMS
from bot.views.inside import inside_page
from bot.views.inside_items import INSIDE_ITEMS
from bot.views.settings import SETTINGS_ITEMS
from bot.views.stop import StopButton

PERSISTENT_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    StopButton,
    *CONTINUATION_ITEMS,
    *DUEL_ITEMS,
    *EXPLORER_ITEMS,
    WordButton,
    *WORD_ITEMS,
    *REDRAW_ITEMS,
    *TREE_ITEMS,
    *INSIDE_ITEMS,
    *BRANCH_ITEMS,
    *SETTINGS_ITEMS,
    *DATA_ITEMS,
    *HELP_ITEMS,
)
"""Registered once at start; their templates do not overlap."""

PAGES: Mapping[PageName, ExplorerPage] = MappingProxyType(
    {
        PageName.STEP: ExplorerPage(build=step_page, label=explicar.EXPLAIN, needs_prompt=False),
        PageName.FUNNEL: ExplorerPage(build=funnel_page, label=embudo.FUNNEL, needs_prompt=False),
        PageName.TREE: ExplorerPage(
            build=tree_page, label=arbol.TREE, needs_prompt=False, is_for_one=True
        ),
        PageName.BRANCHES: ExplorerPage(build=branches_page, label=rama.BRANCH, hint=rama.HINT),
        PageName.REDRAW: ExplorerPage(
            build=redraw_page, label=dado.OPEN, hint=dado.OPEN_HINT, is_costly=True
        ),
        PageName.INSIDE: ExplorerPage(
            build=inside_page,
            label=dentro.MENU,
            hint=dentro.MENU_HINT,
            is_costly=True,
            is_for_one=True,
        ),
    }
)
"""The pages of the explorer; a new one is a folder and an entry."""

KINDS: Mapping[Kind, ReplyKind] = MappingProxyType(
    {"continuar": CONTINUATION, "explicar": EXPLORER, "comparar": DUEL}
)
"""The kinds of reply."""
