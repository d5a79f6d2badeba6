"""A filled text as a kind of reply: its message when whatever wrote it is gone."""

from __future__ import annotations

from bot.client import Client, ReplyKind
from bot.features.fill.page import fill_page
from bot.features.fill.place import FillPlace, FillReading
from bot.messages.live import Page
from bot.storage.records import Job, StoredReply
from bot.texts import common
from bot.ui.picture_page import layout_page


async def _finished(client: Client, replies: tuple[StoredReply, ...], is_private: bool) -> Page:
    reply = replies[0]
    place = FillPlace(publisher=0 if is_private else reply.owner_id)
    reading = FillReading(client=client, reader_id=reply.owner_id, reply=reply, place=place)
    return await fill_page(reading)


def _interrupted(_job: Job, _has_again: bool) -> Page:
    return layout_page(common.INTERRUPTED)


FILL = ReplyKind(finished=_finished, interrupted=_interrupted, has_again=False)
