"""The message of a finished continuation: its pages and their buttons."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import discord

from bot.features.continuation import texts
from bot.features.continuation.codes import CodeMenu, code_menu
from bot.features.continuation.details import more_options
from bot.features.continuation.items import (
    AgainButton,
    CureButton,
    ExplainButton,
    GoOnButton,
    PageButton,
    TryButton,
)
from bot.features.continuation.menu import MoreMenu
from bot.features.continuation.program import is_program, program_screen
from bot.features.continuation.question import suggestion
from bot.features.continuation.remedy import remedy_of
from bot.features.continuation.words import Screen, screen
from bot.messages.live import Page
from bot.render.frame import Frame
from bot.render.model_names import shown_name
from bot.storage.records import StoredReply
from bot.texts import programs as program_texts
from bot.ui.deletion import DeleteButton
from engine import Engine

CONTINUATION_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    GoOnButton,
    AgainButton,
    ExplainButton,
    CureButton,
    DeleteButton,
    PageButton,
    TryButton,
    MoreMenu,
    CodeMenu,
)
_LAST_ROW = 4


def continuation_page(reply: StoredReply, frame: Frame, index: int | None, engine: Engine) -> Page:
    """Lay out one page of a finished reply, with a view of its own; see `screen`."""
    name = shown_name(engine, reply.completion.model)
    if frame.is_kept and is_program(engine, reply.request):
        shown = program_screen(reply, frame, index, name)
        files = text_files(shown, program_texts.FILE_NAME)
        view = text_buttons(reply, shown, has_cards=False)
        return Page(content=shown.content, view=view, files=files)
    shown = screen(reply, frame, index, name)
    view = text_buttons(reply, shown)
    if (menu := code_menu(reply, engine, _LAST_ROW)) is not None:
        view.add_item(menu)
    return Page(content=shown.content, view=view, files=text_files(shown))


def text_files(
    shown: Screen, name: str = texts.FILE_NAME, alt: str = texts.FILE_ALT
) -> tuple[discord.File, ...]:
    """Return the file of a text that is too long for a message."""
    if shown.file_text is None:
        return ()
    data = BytesIO(shown.file_text.encode("utf-8"))
    return (discord.File(data, name, description=alt),)


def text_buttons(
    reply: StoredReply,
    shown: Screen,
    *,
    can_go_on: bool = True,
    has_others: bool = True,
    has_cards: bool = True,
) -> discord.ui.View:
    """Return the buttons of a page; a duel's text read whole is only a copy of part of it.

    Args:
        reply: The text.
        shown: Its page.
        can_go_on: Whether there may be more behind it.
        has_others: Whether another seed may give another text.
        has_cards: As in `more_options`.
    """
    view = discord.ui.View(timeout=None)
    is_copy = reply.kind == "comparar"
    if reply.is_prompt_kept:
        if can_go_on:
            view.add_item(GoOnButton(reply.reply_id, shown.attempt, row=0))
        if has_others and not is_copy:
            view.add_item(AgainButton(reply.reply_id, row=0))
    if reply.completion.attempts[shown.attempt].is_traced:
        view.add_item(ExplainButton(reply.reply_id, shown.attempt, row=0))
    if shown.count > 1:
        for button in _pager(reply.reply_id, shown):
            view.add_item(button)
    more = more_options(reply, shown.attempt, has_cards=has_cards)
    view.add_item(MoreMenu(reply.reply_id, shown.index, options=more, row=2))
    if suggestion(reply) is not None:
        view.add_item(TryButton(reply.reply_id, row=3))
    remedy = remedy_of(reply, shown.attempt)
    if remedy is not None:
        view.add_item(CureButton(reply.reply_id, shown.attempt, remedy, row=3))
    return view


def _pager(reply_id: str, shown: Screen) -> tuple[PageButton, ...]:
    here, last = shown.index, shown.count - 1
    back, on = max(here - 1, 0), min(here + 1, last)
    return (
        PageButton(reply_id, back, 0, label=texts.PREVIOUS, disabled=here == 0, row=1),
        PageButton(reply_id, here, 1, label=shown.label, disabled=True, row=1),
        PageButton(reply_id, on, 2, label=texts.NEXT, disabled=here == last, row=1),
    )
