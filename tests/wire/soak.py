"""`make soak`: minutes of traffic against the unmodified bot, and what of it grows.

Prints, by minute, the resident memory, the open files, the threads and the connections of the bot's
process, and at the end whether each stayed flat once the process was warm. Not a test: it takes its
minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.wire.wandering import Wanderer

ROOT = Path(__file__).parents[2]
WARM_SHARE = 0.3
"""Of the run: by then every kind of page has been drawn and every cache has met its limit."""
_TOLERATED = {
    "memory_mib": (0.05, 0.0),
    "files": (0.05, 2.0),
    "threads": (0.05, 2.0),
    "connections": (0.5, 4.0),
}
"""Share of the median that a measure may stray from it, or that much: one file more or less is much
of a few, and connections to Discord follow the traffic."""
_NAMES = {
    "memory_mib": "memory (MiB)",
    "files": "open files",
    "threads": "threads",
    "connections": "connections",
}
_SAMPLES_A_MINUTE = 12
"""A minute's value is their median: connections to Discord come and go."""
_THINKING_S = 25.0
"""Mean pause of a person between two things, before it is divided by the speed."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The bot's process at one moment."""

    memory_mib: float
    files: float
    threads: float
    connections: float


def sample(pid: int) -> Sample:
    """Read a process's resident memory, open files, threads and connections."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    fields = dict(re.findall(r"^(VmRSS|Threads):\s+(\d+)", status, re.M))
    # A connection may have been closed since it was listed.
    targets = [os.path.realpath(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
    connections = sum("socket:" in target for target in targets)
    return Sample(
        memory_mib=int(fields["VmRSS"]) / 1024,
        files=len(targets) - connections,
        threads=int(fields["Threads"]),
        connections=connections,
    )


def verdicts(samples: Sequence[Sample]) -> dict[str, tuple[bool, float, float, float]]:
    """Say of each measure whether it is flat once warm: never far from its median.

    Returns:
        Per measure: whether it is flat, and its least, median and greatest value.
    """
    warm = samples[int(len(samples) * WARM_SHARE) :]
    told = {}
    for name, (share, least) in _TOLERATED.items():
        values = [float(getattr(each, name)) for each in warm]
        middle = statistics.median(values)
        allowed = max(middle * share, least)
        is_flat = max(abs(value - middle) for value in values) <= allowed
        told[name] = (is_flat, min(values), middle, max(values))
    return told


async def _person(wanderer: Wanderer, ends_at_s: float, pause_s: float) -> None:
    while time.monotonic() < ends_at_s:
        await asyncio.sleep(wanderer.chance.expovariate(1 / pause_s))
        await wanderer.do_something()


async def _watch(d: Any, minutes: int, done: Counter[str]) -> list[Sample]:
    """Print a line a minute; return the minutes."""
    told = []
    print("minute  memory (MiB)  open files  threads  connections  done", flush=True)
    for minute in range(1, minutes + 1):
        seen = []
        for _ in range(_SAMPLES_A_MINUTE):
            await asyncio.sleep(60 / _SAMPLES_A_MINUTE)
            seen.append(sample(d.proc.pid))
        told.append(now := _middle(seen))
        print(
            f"{minute:6}  {now.memory_mib:12.0f}  {now.files:10.0f}  {now.threads:7.0f}"
            f"  {now.connections:11.0f}  {done.total():4}",
            flush=True,
        )
    return told


def _middle(samples: Sequence[Sample]) -> Sample:
    return Sample(
        **{name: statistics.median(getattr(each, name) for each in samples) for name in _NAMES}
    )


async def soak(d: Any, options: argparse.Namespace, impossible: type[Exception]) -> bool:
    """Let people come and go; tell whether everything stayed flat.

    Args:
        d: The fake Discord, the bot connected to it.
        options: Of the command line.
        impossible: What it raises where somebody does what no client can.
    """
    done: Counter[str] = Counter()
    ends_at_s = time.monotonic() + options.minutes * 60
    people = [
        asyncio.create_task(
            _person(
                Wanderer(d, number, random.Random(f"{options.seed}:{number}"), done, impossible),
                ends_at_s,
                _THINKING_S / options.speed,
            )
        )
        for number in range(1, options.people + 1)
    ]
    samples = await _watch(d, options.minutes, done)
    await asyncio.gather(*people)
    print("\nDone: " + ", ".join(f"{count} {name}" for name, count in done.most_common()))
    acks = sorted(r.latency_ack for r in d.results if r.latency_ack is not None)
    unanswered = Counter(r.name for r in d.results if r.failed_client_side)
    print(
        f"Acknowledgements: p50 {acks[len(acks) // 2]:.2f} s, p95 {acks[len(acks) * 95 // 100]:.2f}"
        f" s; longest gap between heartbeats: {d.gw['max_beat_gap']:.1f} s"
    )
    print(f"Unanswered: {unanswered.total()} {dict(unanswered) or ''}")
    print(f"Tracebacks: {sorted(set(d.tracebacks())) or 'none'}")
    told = verdicts(samples)
    for name, (is_flat, low, middle, high) in told.items():
        mark = "flat" if is_flat else "GROWS OR FALLS"
        print(f"{_NAMES[name]}: {low:.0f} to {high:.0f}, median {middle:.0f}: {mark}")
    return all(is_flat for is_flat, *_ in told.values())


async def _main(options: argparse.Namespace) -> int:
    wire_dir = os.environ.get("WIRE_DIR")
    if not wire_dir:
        print("WIRE_DIR names no fake Discord.")
        return 2
    sys.path.insert(0, wire_dir)
    from fakediscord import DriverError, FakeDiscord

    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        (Path(folder) / "none.env").touch()
        fake = FakeDiscord(
            rest_latency=(0.02, 0.08),
            gateway_latency=(0.01, 0.03),
            channels=20,
            heartbeat_interval=5.0,
        )
        async with fake as d:
            start: Callable[..., Awaitable[None]] = d.start_bot
            await start(
                [sys.executable, "-m", "bot", "--env-file", f"{folder}/none.env"],
                env={"MODELS": options.model, "DATA_DIR": folder, "MAX_PER_USER": 10},
                cwd=ROOT,
                ready_timeout=180,
                sync_grace=60,
            )
            is_flat = await soak(d, options, DriverError)
            code, seconds = await d.stop_bot()
            print(f"It ended with {code} in {seconds:.1f} s.")
    return 0 if is_flat and code == 0 else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--speed", type=float, default=10.0, help="how much faster than people")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="unicornio-9m")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(_main(_options())))
