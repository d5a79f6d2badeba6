"""How fast one replica behind Ray is beside the same engine in a process.

    python -m tests.scale.speed

Sixteen people ask at once, first of one, then of the other, again and again; each decodes with one
thread. Prints the tokens per second of both, their ratio, and the processor time for a thousand
tokens of every process: only those two mean much on a machine that others share.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

from engine import DecodingParams, GenerationRequest, create_engine
from engine.api import Engine
from engine.runtime.threads import configure_threads
from tests.scale.cluster import Cluster, descendants

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
_HERE: Final = "este proceso"


def _cpu_s(pid: int) -> float:
    """Return the processor time that a process has taken; 0 where it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def _processes(cluster: Cluster) -> Mapping[str, list[int]]:
    """Return the processes by what they are."""
    found: dict[str, list[int]] = {_HERE: [os.getpid()]}
    for pid in descendants(cluster.pid):
        try:
            name = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0")[0]
        except OSError:
            continue
        found.setdefault(name if name.startswith("ray::") else "lo demás de Ray", []).append(pid)
    return found


async def _write(engine: Engine, users: int, tokens: int, turn: int) -> float:
    """Let everybody ask at once; return the tokens per second."""
    params = DecodingParams(strategy="sample", max_new_tokens=tokens, min_new_tokens=tokens)
    requests = [
        GenerationRequest(
            prompt=f"Había una vez {n}", params=params, seed=n + users * turn, user_id=n
        )
        for n in range(users)
    ]
    began_s = time.perf_counter()
    await asyncio.gather(*(_follow(engine, request) for request in requests))
    return users * tokens / (time.perf_counter() - began_s)


async def _follow(engine: Engine, request: GenerationRequest) -> None:
    """Look at a text while it is written, as the bot does."""
    async for _ in engine.stream(request):
        pass


async def _race(cluster: Cluster, options: argparse.Namespace) -> None:
    local = create_engine(models=(options.model,), device="cpu", batch_rows=32)
    engines = {"en el proceso": local, "con Ray": create_engine(url=cluster.url)}
    for engine in engines.values():
        await engine.start()
        await _write(engine, options.users, 8, turn=0)
    processes = _processes(cluster)
    speeds: dict[str, list[float]] = {name: [] for name in engines}
    spent: dict[str, dict[str, float]] = {name: dict.fromkeys(processes, 0.0) for name in engines}
    for turn in range(1, options.turns + 1):
        for name, engine in engines.items():
            before = {kind: sum(map(_cpu_s, pids)) for kind, pids in processes.items()}
            speeds[name].append(await _write(engine, options.users, options.tokens, turn))
            for kind, pids in processes.items():
                spent[name][kind] += sum(map(_cpu_s, pids)) - before[kind]
    for name in engines:
        _say(f"{name}: {statistics.median(speeds[name]):.0f} tokens/s")
        written = options.turns * options.users * options.tokens
        for kind, seconds in spent[name].items():
            if seconds > 0.01:
                _say(f"  {kind}: {1e6 * seconds / written:.0f} ms de procesador por 1000 tokens")
    ratios = [far / near for near, far in zip(*speeds.values(), strict=True)]
    each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    _say(f"con Ray / en el proceso: {statistics.median(ratios):.2f} ({each})")
    for engine in engines.values():
        await engine.close()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--users", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=150)
    parser.add_argument("--turns", type=int, default=9)
    options = parser.parse_args()
    configure_threads()
    folder = Path(tempfile.mkdtemp(prefix="ray-"))
    cluster = Cluster(folder / "s")
    try:
        cluster.start(cpus=1)
        cluster.up(models=options.model, replicas=1)
        asyncio.run(_race(cluster, options))
    finally:
        cluster.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
