"""A duel as a kind of reply: its message when the job that wrote it is gone."""

from __future__ import annotations

from bot.client import Client, ReplyKind
from bot.features.duel.message import (
    CARDS,
    FIRST_LESSON,
    AgainDuelButton,
    Duel,
    DuelPresenter,
)
from bot.features.duel.requests import card_requests
from bot.jobs.duel_ids import duel_ids
from bot.jobs.presenter import GroupPresenter
from bot.messages.live import Page
from bot.storage.records import Job, StoredReply
from bot.texts import common
from bot.ui.working import working_page
from engine import Engine, GenerationRequest


async def _finished(client: Client, replies: tuple[StoredReply, ...], _is_private: bool) -> Page:
    """Show a duel whose last edit was lost: the lesson where it is written, else the cards."""
    duel = await Duel.of(client, replies)
    return await duel.page(FIRST_LESSON if duel.has_lesson else CARDS, replies[0].owner_id)


def _interrupted(job: Job, has_again: bool) -> Page:
    """Lay out a duel that a crash cut off."""
    text = common.INTERRUPTED_AGAIN if has_again else common.INTERRUPTED
    buttons = (AgainDuelButton(job.job_id),) if has_again else ()
    return working_page(job.request, text, is_stoppable=False, buttons=buttons)


def _presenter(client: Client, _job: Job, is_private: bool) -> GroupPresenter:
    return DuelPresenter(client=client, is_ephemeral=is_private)


def _requests(engine: Engine, first: GenerationRequest) -> tuple[GenerationRequest, ...]:
    """Return those of all cards: what they have in common is in the first one."""
    return card_requests(first, engine)


DUEL = ReplyKind(
    finished=_finished,
    interrupted=_interrupted,
    has_again=True,
    reply_ids=duel_ids,
    presenter=_presenter,
    requests=_requests,
)
