"""Texts that an earlier cell of the same lesson has written: they are not written again."""

from __future__ import annotations

from dataclasses import replace

from bot.features.lesson.cell import Lab, Trace
from bot.features.lesson.findings import reply_id
from bot.render.word_list import without_word_list
from bot.storage.errors import StorageError
from engine import GenerationRequest

_WHOLE = ("eos", "length", "context")


async def written_before(
    lab: Lab, request: GenerationRequest, key: str, label: str
) -> Trace | None:
    """Return the first text of a cell, where it is what a request would give; else None.

    Args:
        lab: The lesson's.
        request: What is wanted.
        key: Of the cell.
        label: What the text is called here.
    """
    try:
        reply = await lab.client.storage.replies.get(reply_id(lab.lesson_id, key, 0))
    except StorageError:
        return None
    if reply is None or reply.completion.attempts[0].finish_reason not in _WHOLE:
        return None
    done = reply.completion
    # Everything else of a request is its own: who asked, until when, under which list.
    asked = replace(
        reply.request,
        request_id=request.request_id,
        user_id=request.user_id,
        deadline_s=request.deadline_s,
        revision=request.revision,
    )
    is_same = asked == without_word_list(request) and request.revision in (None, done.revision)
    return Trace(request=reply.request, completion=done, label=label) if is_same else None
