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
    needs = _needs(info.needed_bytes, free.working_bytes)
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


def _needs(needed_bytes: int, working_bytes: int) -> str:
    """Tell a model from the room to work, which may be many times as much."""
    own_bytes = needed_bytes - working_bytes
    if not working_bytes or own_bytes <= 0:
        return texts.NEEDS.format(size=bytes_size(needed_bytes))
    return texts.NEEDS_ROOM.format(size=bytes_size(own_bytes), room=bytes_size(working_bytes))
