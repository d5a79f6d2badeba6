"""How long somebody with one short request waits beside people who have asked for all they may.

    WIRE_DIR=… python -m tests.wire.light --tree . --tree ../before

Prints, for each tree of the code in the same session, the seconds from the command to the first
visible text, alone and in the crowd, and how the crowd's compare. Not a test: it takes its minutes,
and only the ratio means anything on a machine that others share.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.wire.asking import is_running, is_written

_LIGHT_USER = 99


def _shows_text(result: Any) -> bool:
    return is_running(result) or is_written(result)


def _empty_file(folder: str) -> str:
    path = Path(folder, "none.env")
    path.touch()
    return str(path)


async def _first_text_s(d: Any, channel: int) -> float:
    """Return the seconds until a short request of its own person shows its first text."""
    began_s = time.monotonic()
    given = {"texto": "El mar", "tokens": 30}
    await d.slash(
        "continuar", given, user=_LIGHT_USER, channel=channel, until=_shows_text, timeout=600
    )
    return time.monotonic() - began_s


async def _measure(d: Any, tree: Path, options: argparse.Namespace) -> tuple[float, float]:
    """Return the light person's seconds, alone and in the crowd."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _empty_file(folder)
        await d.start_bot(
            [sys.executable, "-m", "bot", "--env-file", settings],
            env={
                "MODELS": options.model,
                "DATA_DIR": folder,
                "MAX_QUEUE": 1000,
                "COOLDOWN_S": 0,
                "PYTHONPATH": str(tree),
            },
            cwd=tree,
            ready_timeout=300,
            sync_grace=60,
        )
        try:
            await _first_text_s(d, 40)
            alone_s = await _first_text_s(d, 40)
            heavy = {
                "texto": "Caminante",
                "tokens": options.tokens,
                "intentos": options.attempts,
                "estrategia": "sample",
            }
            asked = [
                asyncio.create_task(
                    d.slash("continuar", heavy, user=user, channel=user, until=_shows_text)
                )
                for user in range(1, options.people + 1)
                for _ in range(options.requests)
            ]
            # Until the first of them writes; the others wait, or write as well.
            await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            crowd_s = await _first_text_s(d, 40)
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        finally:
            await d.stop_bot()
    return alone_s, crowd_s


async def _compare(options: argparse.Namespace) -> None:
    sys.path.insert(0, os.environ["WIRE_DIR"])
    from fakediscord import FakeDiscord

    seconds = []
    for tree in options.tree:
        async with FakeDiscord(channels=50) as d:
            alone_s, crowd_s = await _measure(d, tree.resolve(), options)
        seconds.append(crowd_s)
        ratio = f"{seconds[0] / crowd_s:.1f} times as soon as the first"
        print(f"{tree}: alone {alone_s:.1f} s, in the crowd {crowd_s:.1f} s, {ratio}", flush=True)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, action="append", default=[])
    parser.add_argument("--model", default="unicornio-9m")
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--requests", type=int, default=3)
    parser.add_argument("--attempts", type=int, default=10)
    parser.add_argument("--tokens", type=int, default=256)
    options = parser.parse_args()
    options.tree = options.tree or [Path()]
    asyncio.run(_compare(options))


if __name__ == "__main__":
    main()
