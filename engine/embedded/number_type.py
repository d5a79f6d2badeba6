"""The number type that a processor multiplies fastest: training computes in it."""

from __future__ import annotations

import time
from functools import cache

import torch

_SIDE, _TRIES = 768, 3


def number_type(device: torch.device | str) -> torch.dtype:
    """Return bfloat16 where its products are faster than those of float32, else float32.

    A processor with AVX2 alone plays bfloat16, many times slower; one with AVX-512's or AMX's
    instructions for it, and every GPU, is faster with it. Tried once, since what a processor says
    of itself does not tell what its libraries make of it.
    """
    return _fastest_on_cpu() if torch.device(device).type == "cpu" else torch.bfloat16


def computing(device: torch.device | str) -> torch.autocast:
    """Return the context in which a model of float32 weights computes in `number_type`."""
    is_half = number_type(device) == torch.bfloat16
    return torch.autocast(torch.device(device).type, dtype=torch.bfloat16, enabled=is_half)


@cache
def _fastest_on_cpu() -> torch.dtype:
    return min((torch.float32, torch.bfloat16), key=_product_s)


def _product_s(dtype: torch.dtype) -> float:
    """Return how long the fastest of a few products takes, after one that warms up."""
    matrix = torch.ones(_SIDE, _SIDE, dtype=dtype)
    times = []
    with torch.inference_mode():
        for _ in range(_TRIES + 1):
            start_s = time.perf_counter()
            matrix @ matrix
            times.append(time.perf_counter() - start_s)
    return min(times[1:])
