"""What is said of a text that a server wrote: where it went, and what did not go with it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.features.continuation import texts
from bot.render.joining import joined
from bot.render.markdown import clip, escape
from bot.texts.options import FIELD_NAMES
from engine import Completion

_NAME_LIMIT = 60


def remote_lines(done: Completion) -> Iterator[str]:
    """Say what is known of it; nothing of a text of this machine."""
    facts = done.remote
    if facts is None:
        return
    line = texts.DETAIL_REMOTE.format(host=escape(facts.host))
    if facts.answered_as:
        line += texts.DETAIL_REMOTE_MODEL.format(model=escape(clip(facts.answered_as, _NAME_LIMIT)))
    yield line + "."
    yield texts.DETAIL_REMOTE_SENT.format(names=_names(facts.sent)) + "."
    if facts.unsent:
        yield texts.DETAIL_REMOTE_UNSENT.format(names=_names(facts.unsent)) + "."
    if done.params.is_sampled:
        yield texts.DETAIL_REMOTE_SEED if facts.is_seed_sent else texts.DETAIL_REMOTE_NO_SEED
    if not facts.top_n:
        yield texts.DETAIL_REMOTE_NO_CHANCES
    if facts.cut_by_list:
        yield texts.CUT_BY_LIST


def sent_to(done: Completion) -> str | None:
    """Say in a few words that the text went elsewhere; None of a text of this machine."""
    return None if done.remote is None else texts.SENT_TO.format(host=escape(done.remote.host))


def _names(fields: tuple[str, ...]) -> str:
    return joined([FIELD_NAMES.get(name, escape(name)) for name in fields])
