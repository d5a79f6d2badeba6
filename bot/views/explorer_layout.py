"""The explorer's page as components: one container with words, picture, table and controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord

from bot.render.explorer import StepView, doubt, passage, title
from bot.render.explorer_footer import footer, remarks
from bot.render.explorer_sentence import explanation
from bot.render.explorer_table import step_table
from bot.render.markdown import quote
from bot.storage.records import StoredReply
from bot.texts import explicar as texts
from bot.views.explorer_funnel import FunnelButton
from bot.views.explorer_items import (
    AttemptMenu,
    DeleteCopyButton,
    MoreMenu,
    OpenButton,
    PublishButton,
    Role,
    StepButton,
    StepMenu,
    WordButton,
)
from bot.views.explorer_place import Place, window_of
from bot.views.explorer_tree import TreeButton
from bot.views.picture import Picture

PICTURE_NAME = "paso.png"
_ROW = 5
"""Buttons in a row: Discord's limit."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a page says besides its step.

    Attributes:
        model_name: As people know it, ready for Markdown.
        picture: Of the step.
        notes: Sentences about the settings of the call that opened the page.
        lead: What stands before everything else.
    """

    model_name: str
    picture: Picture
    notes: tuple[str, ...] = ()
    lead: tuple[discord.ui.Item[Any], ...] = ()


def explorer_layout(
    reply: StoredReply, view: StepView, place: Place, around: Surroundings
) -> discord.ui.LayoutView:
    """Build a page."""
    done = view.completion
    small = [f"-# {note}" for note in around.notes]
    small += remarks(reply, done.attempts[view.attempt])
    reasons = [explanation(view), doubt(view.current), *small]
    audience = texts.ONLY_YOU
    if place.is_public:
        published = texts.PUBLISHED_BY.format(user_id=place.publisher)
        audience = f"{texts.INVENTED} · {published}"
    container: discord.ui.Container[Any] = discord.ui.Container(
        *around.lead,
        discord.ui.TextDisplay(f"{title(view)}\n{quote(passage(view))}"),
        discord.ui.TextDisplay("\n".join(reasons)),
        around.picture.item,
        discord.ui.TextDisplay(step_table(view)),
        *_rows(reply, view, place),
        discord.ui.TextDisplay(footer(done, around.model_name, audience)),
    )
    layout = discord.ui.LayoutView(timeout=None)
    layout.add_item(container)
    return layout


def _rows(reply: StoredReply, view: StepView, place: Place) -> list[discord.ui.ActionRow[Any]]:
    buttons = _turning(reply.reply_id, view, place)
    rows = [buttons[:_ROW], [*buttons[_ROW:], *_windows(reply.reply_id, view, place)]]
    rows.append([StepMenu.at(reply.reply_id, view, place)])
    if len(view.completion.attempts) > 1:
        rows.append([AttemptMenu.at(reply.reply_id, view, place)])
    rows.append([MoreMenu.at(reply, place)])
    return [discord.ui.ActionRow(*row) for row in rows if row]


def _turning(reply_id: str, view: StepView, place: Place) -> list[discord.ui.Item[Any]]:
    last = len(view.steps) - 1
    back = texts.PREVIOUS.format(step=place.step) if place.step else texts.AT_START
    on = texts.NEXT.format(step=place.step + 2) if place.step < last else texts.AT_END
    return [
        StepButton.to(
            reply_id, place, max(place.step - 1, 0), Role.BACK, back, is_end=place.step == 0
        ),
        StepButton.to(
            reply_id, place, min(place.step + 1, last), Role.ON, on, is_end=place.step == last
        ),
        FunnelButton.to(reply_id, place, place.step, Role.ON),
        WordButton(reply_id, place.attempt, place.step),
        *_ownership(reply_id, place),
        *_tree(reply_id, view, place),
    ]


def _ownership(reply_id: str, place: Place) -> list[discord.ui.Item[Any]]:
    where = (place.attempt, place.step, place.candidates)
    if place.is_public:
        return [OpenButton(reply_id, *where), DeleteCopyButton(reply_id, place.publisher)]
    return [PublishButton(reply_id, *where)]


def _tree(reply_id: str, view: StepView, place: Place) -> list[discord.ui.Item[Any]]:
    beams = view.completion.beams
    if beams is None or not beams.nodes:
        return []
    return [TreeButton.to(reply_id, place, place.step, Role.ON)]


def _windows(reply_id: str, view: StepView, place: Place) -> list[discord.ui.Item[Any]]:
    steps = len(view.steps)
    here = window_of(place.step, steps)
    buttons: list[discord.ui.Item[Any]] = []
    if here.start > 0:
        before = window_of(here.start - 1, steps)
        label = texts.PREVIOUS_WINDOW.format(first=before.start + 1, last=before.stop)
        buttons.append(StepButton.to(reply_id, place, before.start, Role.WINDOW_BACK, label))
    if here.stop < steps:
        after = window_of(here.stop, steps)
        label = texts.NEXT_WINDOW.format(first=after.start + 1, last=after.stop)
        buttons.append(StepButton.to(reply_id, place, after.start, Role.WINDOW_ON, label))
    return buttons
