"""Checks of what an engine is created with."""

from __future__ import annotations

import math
import re

from engine.validation import integers, invalid

_AT_LEAST_ONE = integers(1, math.inf)
_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")


def require_device(device: object) -> None:
    """Accept the name of a device, whether or not there is one.

    Raises:
        EngineError: invalid_params, as from every check here.
    """
    if not (isinstance(device, str) and _DEVICE.fullmatch(device)):
        raise invalid("device", device, "auto, cpu, cuda, cuda:N")


def require_counts(**counts: object) -> None:
    """Accept whole numbers from 1."""
    for name, count in counts.items():
        if not _AT_LEAST_ONE.contains(count):
            raise invalid(name, count, str(_AT_LEAST_ONE))
