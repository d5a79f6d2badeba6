"""Whether a model that is not loaded would fit, said before it is."""

from __future__ import annotations

from bot.features.models import texts
from bot.render.numbers import bytes_size
from engine import FreeMemory, ModelInfo


def memory_line(info: ModelInfo, free: FreeMemory) -> str:
    """Say what a model would take, and whether that is free; "" where nothing is to be said."""
    if info.is_loaded or info.kind == "remote":
        return ""
    if info.needed_bytes is None:
        return texts.NEEDS_UNKNOWN
    needs = texts.NEEDS.format(size=bytes_size(info.needed_bytes))
    if free.available_bytes is None:
        return needs
    if info.needed_bytes <= free.available_bytes:
        template = texts.FITS
    elif info.needed_bytes <= free.available_bytes + free.reclaimable_bytes:
        template = texts.FITS_ALONE
    else:
        template = texts.TOO_LARGE
    device = texts.CPU if free.device == "cpu" else texts.GPU
    return template.format(needs=needs, free=bytes_size(free.available_bytes), device=device)
