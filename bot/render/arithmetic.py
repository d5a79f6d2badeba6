"""How a model computes, in plain text."""

from __future__ import annotations

from bot.texts.common import ARITHMETIC, ELSEWHERE, NOT_FASTER, PRECISIONS
from engine import ModelInfo


def arithmetic_text(info: ModelInfo, asked: str) -> str:
    """Say what computes, and why it is not what `PRECISION` asks for: «exacto (oneDNN float32)».

    Args:
        info: Of the model.
        asked: exact, fast or turbo; alone it is all that is known before the model is loaded.
    """
    if info.host is not None:
        return ELSEWHERE.format(host=info.host)
    name = PRECISIONS.get(asked, asked)
    if info.precision is None:
        return name
    here = PRECISIONS.get(info.precision, info.precision)
    text = ARITHMETIC.format(precision=here, kernels=info.kernels)
    return text if info.precision == asked else text + NOT_FASTER.format(asked=asked, name=name)
