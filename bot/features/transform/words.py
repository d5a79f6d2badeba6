"""The small lines under a text that was turned into another: what changed, by which model."""

from __future__ import annotations

from functools import partial

from bot.features.continuation import texts as continuation_texts
from bot.features.continuation.words import MODEL_LIMIT, Below, ending_of
from bot.features.transform import texts
from bot.features.transform.changes import change_line
from bot.features.transform.choices import task_name
from bot.render.frame import NOTE, SMALL, Frame
from bot.render.markdown import CUT_START, clip, escape
from bot.render.numbers import integer
from bot.render.settings import settings_line
from bot.storage.records import StoredReply
from bot.texts.common import tokens
from engine import Attempt, ModelInfo


def lines_below(info: ModelInfo | None) -> Below:
    """Return what writes the lines under a text of a model, as far as that is known by now."""
    return partial(_below, info)


def _below(
    info: ModelInfo | None, reply: StoredReply, attempt: Attempt, frame: Frame, model_name: str
) -> str:
    """Write the lines under an attempt: its changes first, then whose it is, then notes."""
    done = reply.completion
    parts = [texts.DONE_BY.format(model=clip(model_name, MODEL_LIMIT)), settings_line(done.params)]
    if not reply.is_prompt_kept:
        parts.append(texts.NOT_STORED)
    if done.params.resolved().is_sampled:
        parts.append(continuation_texts.SEED.format(seed=done.seed))
    ending = ending_of(done, attempt)
    if ending in continuation_texts.STOPPED:
        parts.append(continuation_texts.STOPPED[ending])
    elif ending == "length":
        template = texts.CUT if reply.is_prompt_kept else texts.CUT_UNKEPT
        parts.append(template.format(limit=tokens(integer(len(attempt.token_ids)))))
    notes = [*frame.notes]
    if info is not None and info.target_languages and reply.request.target_language is None:
        notes.append(texts.NO_TARGET.format(model=clip(model_name, MODEL_LIMIT)))
    if info is not None and info.tasks and reply.request.task is None:
        example = escape(task_name(info.tasks[0]))
        notes.append(texts.NEEDS_TASK.format(model=clip(model_name, MODEL_LIMIT), example=example))
    # A message that is read back has them all.
    lines = [SMALL + " · ".join(parts), *(NOTE + note for note in dict.fromkeys(notes))]
    if done.truncated_tokens:
        template = texts.TRUNCATED_ONE if done.truncated_tokens == 1 else texts.TRUNCATED
        lines.insert(0, SMALL + template.format(count=integer(done.truncated_tokens)))
    elif ending == "eos" and attempt.text.strip() and not frame.prompt.startswith(CUT_START):
        changed = change_line(frame.prompt, frame.prefix + attempt.text)
        lines = [SMALL + changed, *lines] if changed else lines
    return "".join(f"\n{line}" for line in lines)
