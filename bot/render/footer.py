"""The small lines under an explorer: what happened to the text, and how to get it again."""

from __future__ import annotations

from bot.render.markdown import clip, escape
from bot.render.numbers import integer
from bot.render.prompt_notes import prompt_notes
from bot.render.settings import settings_line
from bot.render.style import style_text
from bot.storage.records import StoredReply
from bot.texts import step as texts
from bot.texts.common import PRECISIONS
from engine import Attempt, Completion

REVISION_LENGTH = 8
_SOURCE_LIMIT = 120


def remarks(reply: StoredReply, attempt: Attempt) -> tuple[str, ...]:
    """Say what the reader has to know about the text, one small line each."""
    completion = reply.completion
    lines = [f"-# {note}" for note in prompt_notes(reply.request, completion)]
    if reply.has_source and reply.is_prompt_kept:
        source = " ".join(reply.request.prompt.split())
        lines.insert(0, texts.SOURCE.format(source=escape(clip(source, _SOURCE_LIMIT))))
    one, many = texts.TRUNCATED_ONE, texts.TRUNCATED
    if reply.has_source:
        one, many = texts.SOURCE_CUT_ONE, texts.SOURCE_CUT
    if completion.truncated_tokens == 1:
        lines.append(one)
    elif completion.truncated_tokens:
        lines.append(many.format(count=integer(completion.truncated_tokens)))
    if attempt.finish_reason in texts.ENDS:
        lines.append(texts.ENDS[attempt.finish_reason])
    return tuple(lines)


def short_footer(reply: StoredReply, model_name: str, audience: str) -> str:
    """Return the one line under a page for everybody: model, style, seed, who sees it.

    Args:
        reply: The text that is explained.
        model_name: As people know it, ready for Markdown.
        audience: As in `footer`.
    """
    parts = (
        model_name,
        style_text(reply.request.style, reply.completion.params),
        texts.SEED.format(seed=reply.completion.seed),
        audience[:1].lower() + audience[1:],
    )
    return f"-# {' · '.join(parts)}"


def footer(completion: Completion, model_name: str, audience: str) -> str:
    """Return the last line: settings, model with revision, precision, seed, who sees it.

    Args:
        completion: The text that is explained.
        model_name: As people know it, ready for Markdown.
        audience: «Solo lo ves tú», or what stands in its place in a public copy.
    """
    model = model_name
    if completion.revision is not None:
        revision = escape(completion.revision[:REVISION_LENGTH])
        model += " " + texts.REVISION.format(revision=revision)
    parts = (
        settings_line(completion.params),
        model,
        PRECISIONS.get(completion.precision, escape(completion.precision)),
        texts.SEED.format(seed=completion.seed),
        audience,
    )
    return f"-# {' · '.join(parts)}"
