"""The small end: what the simulation predicts for one process, and what the wire shows.

    WIRE_DIR=… python -m tests.growth.compare

The engine's steps are measured by themselves and in the same minutes, since a shared machine is
faster in one than in the next; nothing is fitted to the answers. Not a test: it takes its minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
from collections.abc import Sequence
from dataclasses import replace

from tests.growth.figures import ALONE, Steps
from tests.growth.powers import ONE
from tests.growth.simulation import Simulation, percentile
from tests.growth.steps import measured_steps
from tests.growth.wire import Run, served

_TOKENS = 40
_END_TOKENS = 15
"""Most that a text takes to end its sentence; measured, 47.5 in all."""
_POISSON_S = 30.0


def _loads(chance: random.Random) -> dict[str, list[float]]:
    """Return who asks when, by what it is called."""
    loads = {f"{people} a la vez": [0.0] * people for people in (1, 10, 20, 50)}
    for rate in (3, 6):
        moments, at_s = [], 0.0
        while (at_s := at_s + chance.expovariate(rate)) < _POISSON_S:
            moments.append(at_s)
        loads[f"{rate} por segundo, al azar"] = moments
    return loads


async def _measured(loads: dict[str, list[float]], cores: str) -> dict[str, Run]:
    async with served(ALONE.rest_s, cores) as wire:
        runs = {name: await wire.ask(offsets_s, _TOKENS) for name, offsets_s in loads.items()}
    print(f"{wire.tokens:.1f} tokens y {wire.row_bytes:.0f} bytes por respuesta\n")
    return runs


def _compare(loads: dict[str, list[float]], runs: dict[str, Run], steps: Steps) -> None:
    setup = replace(ONE, steps=steps, costs=ALONE)
    print("| | primera palabra p50 | respuesta p50 | p95 | la última | peticiones | procesador |")
    print("|---|---|---|---|---|---|---|")
    for name, offsets_s in loads.items():
        run = runs[name]
        told = Simulation(setup, (_TOKENS, _TOKENS + _END_TOKENS)).run(offsets_s)
        pairs = (
            _pair(told.words_s, run.words_s, 0.5),
            *(_pair(told.answers_s, run.answers_s, share) for share in (0.5, 0.95, 1.0)),
            f"{told.requests / told.asked:.1f}, {run.requests:.1f}",
            f"{run.processor_s * 1e3:.0f} ms",
        )
        print(f"| {name} | {' | '.join(pairs)} |")
    print(f"\nFuera de interacciones: {sum(run.outside for run in runs.values())}")


def _pair(told: Sequence[float], seen: Sequence[float], share: float) -> str:
    return f"{percentile(told, share):.2f}, {percentile(seen, share):.2f}"


async def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", default="0", help="that the bot may use: 0,1")
    options = parser.parse_args()
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(core) for core in options.cores.split(",")})
    steps = await measured_steps()
    os.sched_setaffinity(0, before)
    print(steps)
    loads = _loads(random.Random(0))
    _compare(loads, await _measured(loads, options.cores), steps)


if __name__ == "__main__":
    asyncio.run(_main())
