"""Times the contestants in turns and writes the table."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from statistics import median
from typing import Protocol

from engine.bench.workload import Contestant, Workload


class Computing(Protocol):
    """A contestant that says how it multiplies: "640 → 2048: oneDNN float32"."""

    name: str
    products: Sequence[str]


Speeds = dict[str, list[float]]
"""Tokens per second of each contestant, one number per repeat."""
_TURNS = count()


async def race(
    contestants: Sequence[Contestant], work: Workload, users: int, repeats: int
) -> Speeds:
    """Let everybody serve `users`, one after the other, again and again, each time other prompts.

    A shared machine is faster in one minute than in the next: only what ran side by side compares.
    """
    speeds: Speeds = {contestant.name: [] for contestant in contestants}
    for repeat in range(repeats):
        shift = repeat % len(contestants)
        for contestant in (*contestants[shift:], *contestants[:shift]):
            # Contestants can share an engine, and so what it has read.
            turn = replace(work, turn=next(_TURNS))
            started_s = time.perf_counter()
            tokens = await contestant.serve(turn, users)
            speeds[contestant.name].append(tokens / (time.perf_counter() - started_s))
    return speeds


def table(results: dict[int, Speeds], reference: str) -> str:
    """Write a Markdown table: median tokens/s, median ratio to the reference, best tokens/s.

    Args:
        results: By number of users.
        reference: Name of the contestant that the others are divided by.
    """
    names = list(next(iter(results.values())))
    heads = " | ".join(f"{users} users" if users > 1 else "1 user" for users in results)
    lines = [f"| | {heads} |", "|---|" + "---|" * len(results)]
    for name in names:
        cells = (_cell(speeds[name], speeds[reference]) for speeds in results.values())
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def products_table(ours: Sequence[Computing]) -> str:
    """Write which kernels multiply, by contestant and shape of layer."""
    lines = ["| | layers | products |", "|---|---|---|"]
    for contestant in ours:
        choices = (choice.partition(": ") for choice in contestant.products)
        lines += [f"| {contestant.name} | {shape} | {kernels} |" for shape, _, kernels in choices]
    return "\n".join(lines)


def _cell(speeds: Sequence[float], reference: Sequence[float]) -> str:
    ratio = median(own / other for own, other in zip(speeds, reference, strict=True))
    return f"{median(speeds):.0f} ({ratio:.2f}×), best {max(speeds):.0f}"
