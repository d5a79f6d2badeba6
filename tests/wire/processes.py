"""Several processes of one bot against one fake Discord, a shard each."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Bots:
    """The processes of a bot by their shard, all with the same settings.

    Args:
        d: The fake Discord, which speaks to as many processes as introduce themselves.
        folder: Where each has a data folder of its own.
        env: Settings that all have.
        count: Number of shards.
    """

    def __init__(self, d: Any, folder: Path, env: Mapping[str, object], count: int = 2) -> None:
        self._d = d
        self._folder = folder
        self._env = env
        self._count = count
        self._running: dict[int, asyncio.subprocess.Process] = {}

    async def start(self, *shards: int, patience_s: float = 120) -> None:
        """Start the processes of some shards, and wait until Discord knows each."""
        since = {id(session) for session in self._d.sessions.values()}
        for shard in shards:
            self._running[shard] = await self._launch(shard)
        end = time.monotonic() + patience_s
        while not all(self._is_known(shard, since) for shard in shards):
            for shard in shards:
                assert self._running[shard].returncode is None, self._d.bot_log()[-3000:]
            assert time.monotonic() < end, self._d.bot_log()[-3000:]
            await asyncio.sleep(0.05)

    async def kill(self, shard: int) -> None:
        """End a process at once, with nothing put in order."""
        process = self._running.pop(shard)
        process.kill()
        await process.wait()

    async def stop(self) -> dict[int, int]:
        """End all in order; return how each ended."""
        processes, self._running = self._running, {}
        for process in processes.values():
            process.send_signal(signal.SIGTERM)
        return {shard: await process.wait() for shard, process in processes.items()}

    async def close(self) -> None:
        """Leave none behind."""
        for shard in tuple(self._running):
            await self.kill(shard)

    async def _launch(self, shard: int) -> asyncio.subprocess.Process:
        folder = self._folder / f"bot-{shard}"
        folder.mkdir(exist_ok=True)
        settings = folder / "none.env"
        settings.touch()
        env = {**self._env, "DATA_DIR": folder, "SHARD_IDS": shard, "SHARD_COUNT": self._count}
        with self._d.log_path.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "--env-file", str(settings)),
                cwd=ROOT,
                env=self._d.bot_env(env),
                stdout=log,
                stderr=log,
            )

    def _is_known(self, shard: int, since: set[int]) -> bool:
        return any(
            session.shard[0] == shard and session.conn is not None and id(session) not in since
            for session in self._d.sessions.values()
        )
