"""What of a prompt's own form changes how the model reads it, said in one line each."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from bot.render.joining import joined
from bot.render.markdown import clip, escape
from bot.render.numbers import integer
from bot.texts import prompt as texts
from engine import Completion, GenerationRequest
from engine.program_gaps import split_gap_prompt

_NAMES_SHOWN = 3
_NAME_LIMIT = 32


def prompt_notes(request: GenerationRequest, completion: Completion) -> tuple[str, ...]:
    """Return the lines, as Markdown.

    Of a text that goes on from tokens, the reply that it goes on with has said them.
    """
    if request.prefix_ids:
        return ()
    notes = []
    if request.prompt.endswith(" "):
        notes.append(texts.FINAL_SPACE)
    if not unicodedata.is_normalized("NFC", request.prompt):
        notes.append(texts.SPLIT_ACCENTS)
    if completion.control_tokens and split_gap_prompt(request.prompt) is None:
        notes.append(_control_note(completion.control_tokens))
    return tuple(notes)


def _control_note(names: Sequence[str]) -> str:
    if len(names) == 1:
        return texts.CONTROL_TOKEN.format(tokens=_quoted(names[0]))
    shown = [_quoted(name) for name in names[:_NAMES_SHOWN]]
    if hidden := len(names) - len(shown):
        shown.append(texts.MORE_CONTROL_TOKENS.format(count=integer(hidden)))
    return texts.CONTROL_TOKENS.format(tokens=joined(shown))


def _quoted(name: str) -> str:
    return f"«{escape(clip(name, _NAME_LIMIT))}»"
