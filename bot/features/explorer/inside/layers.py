"""A model's layers, as pictures and sentences name them."""

from __future__ import annotations

from bot.features.explorer.inside import texts
from bot.render.numbers import integer


def layer_label(layer: int) -> str:
    """Name a layer; 0 is what enters the first one."""
    return texts.CHART_LAYER.format(number=integer(layer)) if layer else texts.CHART_INPUT


def evenly(count: int, most: int) -> tuple[int, ...]:
    """Return at most `most` indexes below `count`, evenly spread, the first and last among them."""
    if count <= most:
        return tuple(range(count))
    return tuple(round(i * (count - 1) / (most - 1)) for i in range(most))
