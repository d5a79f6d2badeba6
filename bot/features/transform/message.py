"""The message of a text that was turned into another: its pages and their buttons."""

from __future__ import annotations

from dataclasses import replace

from bot.features.continuation.message import text_buttons, text_files
from bot.features.continuation.words import ending_of, screen
from bot.features.transform import texts
from bot.features.transform.rest import RestButton, rest_of
from bot.features.transform.words import lines_below
from bot.messages.live import Page
from bot.render.frame import Frame
from bot.render.model_names import model_info, shown_name
from bot.storage.records import StoredReply
from engine import Engine


def transform_page(reply: StoredReply, frame: Frame, index: int | None, engine: Engine) -> Page:
    """Lay out one page of a finished reply, with a view of its own; see `screen`.

    Of a text that did not fit, what was read is quoted.
    """
    rest = rest_of(reply)
    if rest:
        read = reply.request.prompt[: reply.completion.source_characters]
        frame = replace(frame, prompt=read.rstrip())
    name = shown_name(engine, reply.completion.model)
    info = model_info(engine, reply.request.model)
    shown = screen(reply, frame, index, name, lines_below(info))
    attempt = reply.completion.attempts[shown.attempt]
    view = text_buttons(
        reply,
        shown,
        can_go_on=ending_of(reply.completion, attempt) != "eos",
        has_others=reply.completion.params.resolved().is_sampled,
    )
    if rest:
        view.add_item(RestButton(reply.reply_id, row=3))
    files = text_files(shown, texts.FILE_NAME, texts.FILE_ALT)
    return Page(content=shown.content, view=view, files=files)
