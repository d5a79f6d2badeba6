"""A filled text as a kind of reply: its message when whatever wrote it is gone."""

from __future__ import annotations

from bot.client import Client, ReplyKind
from bot.features.fill.page import again_button, fill_page
from bot.features.fill.place import FillPlace, FillReading
from bot.messages.live import Page
from bot.render.markdown import clip, escape, quote
from bot.storage.records import Job, StoredReply
from bot.texts import common
from bot.ui.picture_page import layout_page

_SHOWN_LETTERS = 1000


async def _finished(client: Client, replies: tuple[StoredReply, ...], is_private: bool) -> Page:
    reply = replies[0]
    place = FillPlace(publisher=0 if is_private else reply.owner_id)
    reading = FillReading(client=client, reader_id=reply.owner_id, reply=reply, place=place)
    return await fill_page(reading)


def _interrupted(job: Job, has_again: bool) -> Page:
    """Show the text that a crash cut off; where its person has deleted all, only that."""
    if not has_again:
        return layout_page(common.INTERRUPTED)
    text = quote(escape(clip(job.request.prompt, _SHOWN_LETTERS)))
    return layout_page(text, common.INTERRUPTED_AGAIN, [again_button(job.job_id, job.owner_id)])


FILL = ReplyKind(finished=_finished, interrupted=_interrupted, has_again=True, is_computed=True)
