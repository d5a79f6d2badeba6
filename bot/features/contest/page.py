"""The message of several tries: a card each, votes, and the menus that read one and keep one."""

from __future__ import annotations

from collections.abc import Mapping

import discord

from bot.features.contest import texts
from bot.features.contest.items import KeepMenu, ReadMenu, VoteButton, more_options
from bot.features.contest.words import CARD_UNITS, card, option_text, ranks, winner_line
from bot.features.continuation.items import AgainButton, TryButton
from bot.features.continuation.program import is_program
from bot.features.continuation.question import suggestion
from bot.features.continuation.words import below
from bot.messages.live import Page
from bot.render.frame import SMALL, Frame
from bot.render.markdown import CONTENT_LIMIT, CUT_START, length
from bot.storage.records import StoredReply
from bot.ui.deletion import DeleteButton
from engine import Engine

_HEAD_LIMIT, _HEAD_LINES = 160, 4
"""Most characters and lines of the words before the tries: what a phone shows in four lines."""
_FOREIGN_LIMIT = 1000
"""Of words that are not stored: what is not shown is lost."""
_BUTTONS_PER_ROW = 5


def is_contest(reply: StoredReply, engine: Engine) -> bool:
    """Tell whether the reply's message shows all of its tries; programs are paged instead."""
    if reply.is_prompt_kept and is_program(engine, reply.request):
        return False
    return len(reply.completion.attempts) > 1 and reply.kept is None


def contest_page(
    reply: StoredReply,
    frame: Frame,
    votes: Mapping[int, int] | None,
    model_name: str,
) -> Page:
    """Lay out the tries of a finished reply, with a view of its own.

    Args:
        reply: With several attempts.
        frame: What stands around them.
        votes: 0-based attempt → votes; None where only one person sees them and nobody votes.
        model_name: The model's shown name, as Markdown.
    """
    attempts, cast = reply.completion.attempts, votes or {}
    head = _head(frame)
    winner = winner_line(cast) or (None if votes is None else SMALL + texts.HOW_TO_VOTE)
    is_ranked = reply.completion.params.strategy == "sample_and_rank"
    end = f"\n{SMALL}{texts.RANKED}" if is_ranked else ""
    end += ("" if winner is None else f"\n{winner}") + below(reply, None, frame, model_name)
    room = (CONTENT_LIMIT - length(head) - length(end)) // len(attempts) - 1
    cards = (
        card(i + 1, attempt, cast.get(i, 0), min(room, CARD_UNITS), is_ranked=is_ranked)
        for i, attempt in enumerate(attempts)
    )
    return Page(
        content="\n".join((head, *cards)) + end,
        view=_view(reply, has_votes=votes is not None),
    )


def _head(frame: Frame) -> str:
    paragraph = frame.paragraph()
    if not frame.is_kept:
        return paragraph.ending(_FOREIGN_LIMIT).rstrip()
    lines = paragraph.ending(_HEAD_LIMIT).rstrip().split("\n")
    return ("" if len(lines) <= _HEAD_LINES else CUT_START) + "\n".join(lines[-_HEAD_LINES:])


def _view(reply: StoredReply, *, has_votes: bool) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    reply_id, attempts = reply.reply_id, reply.completion.attempts
    row = 0
    if has_votes:
        for i in range(len(attempts)):
            row = i // _BUTTONS_PER_ROW
            view.add_item(VoteButton(reply_id, i, label=str(i + 1), row=row))
        row += 1
    view.add_item(ReadMenu(reply_id, options=[*_options(reply), *more_options()], row=row))
    view.add_item(KeepMenu(reply_id, options=_options(reply), row=row + 1))
    if reply.is_prompt_kept:
        view.add_item(AgainButton(reply_id, row=row + 2))
    if suggestion(reply) is not None:
        view.add_item(TryButton(reply_id, row=row + 2))
    view.add_item(DeleteButton(reply_id, row=row + 2))
    return view


def _options(reply: StoredReply) -> list[discord.SelectOption]:
    attempts = reply.completion.attempts
    return [
        discord.SelectOption(label=option_text(i + 1, attempt), value=str(i), description=rank)
        for i, (attempt, rank) in enumerate(zip(attempts, ranks(attempts), strict=True))
    ]
