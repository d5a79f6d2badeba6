"""A program that a model of programs goes on with, or whose gap it fills."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.messages.errors import UserError
from bot.render.model_names import model_info, shown
from bot.styles import LESSON
from bot.texts import programs as texts
from engine import Engine, GenerationRequest, ModelInfo
from engine.program_gaps import gap_prompt

_GAP = re.compile(r"(?<!\w)_{3,}(?!\w)")


def as_program(engine: Engine, request: GenerationRequest) -> GenerationRequest:
    """Return the request as a model of programs reads it; for others, as it is.

    A gap (`___`) is filled, where the model can do that; otherwise the text ends with its function,
    unless exactly what was asked is wanted.

    Raises:
        UserError: There are several gaps, or the model fills none.
    """
    info = model_info(engine, request.model)
    if info is None or info.writes != "code":
        return request
    gaps = list(_GAP.finditer(request.prompt))
    if not gaps:
        is_exact = request.style == LESSON
        return request if is_exact else replace(request, ends_with="function")
    if len(gaps) > 1:
        raise UserError(texts.ONE_GAP)
    if not info.gap_tokens:
        raise UserError(_refusal(info))
    (gap,) = gaps
    before, behind = request.prompt[: gap.start()], request.prompt[gap.end() :]
    return replace(request, prompt=gap_prompt(before, behind, info.gap_tokens))


def _refusal(info: ModelInfo) -> str:
    template = texts.FILLS_NO_GAPS if info.is_loaded else texts.GAPS_NOT_KNOWN
    return template.format(model=shown(info))
