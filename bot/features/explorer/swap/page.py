"""The explorer's page «Cambiarla»: choose another word, and the same message goes on from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.client import ExplorerPage, Reading
from bot.features.explorer import branching_texts
from bot.features.explorer import texts as explorer_texts
from bot.features.explorer.branches.words import alternatives
from bot.features.explorer.items import StepButton
from bot.features.explorer.rest_of_text import ends_of
from bot.features.explorer.step.labels import Labels
from bot.features.explorer.swap import texts
from bot.features.explorer.swap.items import (
    SHOWN_RIVALS,
    ChangeWordButton,
    RivalButton,
    RivalMenu,
)
from bot.messages.live import Page
from bot.messages.place import Role
from bot.render.footer import short_footer
from bot.render.markdown import escape, quote
from bot.render.step import StepView, passage
from bot.ui.picture_page import audience, layout_page
from bot.ui.replies import require_kept
from engine import Candidate


async def swap_page(reading: Reading) -> Page:
    """Build the page where another word is chosen for a step.

    Raises:
        UserError: The reply's steps were not recorded, or its prompt is not kept.
    """
    reply, view = reading.reply, reading.view
    require_kept(reply, branching_texts.NOT_KEPT)
    place = replace(reading.place, attempt=view.attempt, step=view.step)
    ends = ends_of(reading.client.engine, reply, view.attempt)
    labels = Labels(view, ends)
    dice = texts.DICE if view.completion.params.draws_tokens else ""
    found = rivals(view, ends)
    return layout_page(
        f"{texts.TITLE.format(token=escape(labels.chosen))}\n{quote(passage(view))}",
        texts.INVITATION.format(dice=dice),
        *_rivals(reply.reply_id, labels, found),
        [
            ChangeWordButton(reply.reply_id, view.attempt, view.step),
            StepButton.to(reply.reply_id, place, view.step, Role.BACK, explorer_texts.BACK),
        ],
        short_footer(reply, reading.model_name, audience(place)),
    )


def rivals(view: StepView, ends: frozenset[int]) -> tuple[Candidate, ...]:
    """Return what can be put in a step's place, by raw rank; a token that ends texts cannot."""
    hidden = {view.current.chosen, *ends}
    return tuple(c for c in alternatives(view.current) if c.token_id not in hidden)


def _rivals(
    reply_id: str, labels: Labels, found: tuple[Candidate, ...]
) -> list[list[discord.ui.Item[Any]]]:
    shown, others = found[:SHOWN_RIVALS], found[SHOWN_RIVALS:]
    rows: list[list[discord.ui.Item[Any]]] = [
        [RivalButton.of(reply_id, labels, candidate) for candidate in shown]
    ]
    if others:
        rows.append([RivalMenu.of(reply_id, labels, others)])
    return rows


PAGE = ExplorerPage(build=swap_page, label=texts.CHANGE, is_for_one=True)
