"""What people can do, one folder each; here every command, item, page and kind, once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import discord
from discord import app_commands

from bot.client import Client, ExplorerPage, ReplyKind
from bot.features import menus
from bot.features.batch import command as batch
from bot.features.batch.page import BATCH_ITEMS
from bot.features.contest.items import CONTEST_ITEMS
from bot.features.contest.kind import CONTINUATION
from bot.features.continuation import command as continuation
from bot.features.continuation.message import CONTINUATION_ITEMS
from bot.features.data import command as data
from bot.features.data.panel import DATA_ITEMS
from bot.features.duel import command as duel
from bot.features.duel.kind import DUEL
from bot.features.duel.message import DUEL_ITEMS
from bot.features.duel.old_menus import OLD_DUEL_ITEMS
from bot.features.explorer import command as explorer
from bot.features.explorer.branches import page as branches
from bot.features.explorer.branches.items import BRANCH_ITEMS
from bot.features.explorer.elsewhere import pages as elsewhere
from bot.features.explorer.elsewhere.pages import with_elsewhere
from bot.features.explorer.funnel import page as funnel
from bot.features.explorer.inside import page as inside
from bot.features.explorer.inside.items import INSIDE_ITEMS
from bot.features.explorer.items import EXPLORER_ITEMS
from bot.features.explorer.numbers import page as numbers
from bot.features.explorer.numbers.page import NUMBERS_ITEMS, NumbersButton
from bot.features.explorer.presenter import EXPLORER
from bot.features.explorer.redraw import page as redraw
from bot.features.explorer.redraw.items import REDRAW_ITEMS
from bot.features.explorer.step import page as step
from bot.features.explorer.surprise import coloured
from bot.features.explorer.surprise.coloured import COLOURED_ITEMS
from bot.features.explorer.swap import page as swap
from bot.features.explorer.swap.items import SWAP_ITEMS
from bot.features.explorer.tree import page as tree
from bot.features.explorer.tree.page import TREE_ITEMS
from bot.features.explorer.word import page as word
from bot.features.explorer.word.form import PublicWordButton, WordButton
from bot.features.explorer.word.items import WORD_ITEMS
from bot.features.families import command as families
from bot.features.families import page as families_page
from bot.features.families.items import FAMILY_ITEMS
from bot.features.families.presenter import FAMILIES
from bot.features.fill import command as fill
from bot.features.fill.command import FILL_ITEMS
from bot.features.fill.kind import FILL
from bot.features.game import command as game
from bot.features.game.items import GAME_ITEMS
from bot.features.help import command as help_command
from bot.features.help.panel import HELP_ITEMS
from bot.features.lesson import command as lesson
from bot.features.lesson.items import LESSON_ITEMS
from bot.features.lesson.opening import OPENING_ITEMS
from bot.features.models import command as models
from bot.features.settings import command as settings
from bot.features.settings.panel import SETTINGS_ITEMS
from bot.features.status import command as status
from bot.features.tokens import command as tokens
from bot.features.tokens.page import TOKENS_ITEMS
from bot.features.transform import command as transform
from bot.features.transform.kind import TRANSFORMATION
from bot.features.transform.rest import TRANSFORM_ITEMS
from bot.messages.place import PageName
from bot.storage.records import Kind
from bot.ui.deletion import UndoButton
from bot.ui.stop import StopButton

COMMANDS = (
    continuation,
    explorer,
    duel,
    families,
    tokens,
    fill,
    transform,
    batch,
    lesson,
    game,
    settings,
    models,
    data,
    help_command,
    status,
    menus,
)
"""In the order in which Discord lists them."""

PERSISTENT_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    StopButton,
    UndoButton,
    *CONTINUATION_ITEMS,
    *CONTEST_ITEMS,
    *DUEL_ITEMS,
    *OLD_DUEL_ITEMS,
    *EXPLORER_ITEMS,
    *NUMBERS_ITEMS,
    *COLOURED_ITEMS,
    WordButton,
    PublicWordButton,
    *WORD_ITEMS,
    *REDRAW_ITEMS,
    *TREE_ITEMS,
    *INSIDE_ITEMS,
    *BRANCH_ITEMS,
    *SWAP_ITEMS,
    *FILL_ITEMS,
    *SETTINGS_ITEMS,
    *DATA_ITEMS,
    *HELP_ITEMS,
    *TOKENS_ITEMS,
    *TRANSFORM_ITEMS,
    *BATCH_ITEMS,
    *FAMILY_ITEMS,
    *LESSON_ITEMS,
    *OPENING_ITEMS,
    *GAME_ITEMS,
)
"""Registered once at start; their templates do not overlap."""

PAGES: Mapping[PageName, ExplorerPage] = MappingProxyType(
    {
        PageName.STEP: with_elsewhere(step.PAGE, elsewhere.step_page),
        PageName.COLOURED: with_elsewhere(coloured.PAGE),
        PageName.NUMBERS: with_elsewhere(numbers.PAGE, elsewhere.numbers_of(NumbersButton)),
        PageName.FUNNEL: with_elsewhere(funnel.PAGE),
        PageName.REDRAW: with_elsewhere(redraw.PAGE),
        PageName.INSIDE: with_elsewhere(inside.PAGE),
        PageName.TREE: with_elsewhere(tree.PAGE),
        PageName.BRANCHES: with_elsewhere(branches.PAGE),
        PageName.SWAP: with_elsewhere(swap.PAGE),
        PageName.WORD: with_elsewhere(word.PAGE, elsewhere.word_page),
        PageName.FAMILIES: families_page.PAGE,
    }
)

KINDS: Mapping[Kind, ReplyKind] = MappingProxyType(
    {
        "continuar": CONTINUATION,
        "explicar": EXPLORER,
        "comparar": DUEL,
        "transformar": TRANSFORMATION,
        "rellenar": FILL,
        "familias": FAMILIES,
    }
)


def register(command_tree: app_commands.CommandTree[Client]) -> None:
    """Add every command and message menu to the tree."""
    for command in COMMANDS:
        command.register(command_tree)
