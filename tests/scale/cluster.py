"""A cluster of Ray of our own: its processes, who answers at its address, and the end of each."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import aiohttp

from engine.remote import wire
from engine.remote.status import ReplicaStatus

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            found += [*descendants(int(child)), int(child)]
    return found


class Cluster:
    """A head, which computes too, and what is served.

    Args:
        folder: Where Ray keeps its files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = free_port(), free_port()
        self._node: subprocess.Popen[bytes] | None = None
        self.address = f"127.0.0.1:{self._ports[0]}"
        self.url = f"http://127.0.0.1:{self._ports[1]}"

    @property
    def environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "RAY_ADDRESS": self.address,
            "RAY_DEDUP_LOGS": "0",
            "OMP_NUM_THREADS": "1",
        }

    def start(self, cpus: int) -> None:
        command = (
            str(BIN / "ray"),
            "start",
            "--block",
            "--disable-usage-stats",
            "--head",
            "--include-dashboard=false",
            f"--num-cpus={cpus}",
            "--object-store-memory=80000000",
            f"--port={self._ports[0]}",
            f"--temp-dir={self._folder}",
        )
        path = self._folder.parent / "node.log"
        log = path.open("wb")
        environ = {k: v for k, v in self.environ.items() if k != "RAY_ADDRESS"}
        self._node = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=log, stderr=log)
        for _ in range(1200):
            if b"Ray runtime started" in path.read_bytes():
                return
            assert self._node.poll() is None, path.read_text()
            time.sleep(0.1)
        raise AssertionError(path.read_text())

    def serve(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "engine.serve", *arguments]
        done = subprocess.run(
            command,
            env=self.environ,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def up(self, **options: object) -> str:
        given = {"models": "embedded", "device": "cpu", "port": self._ports[1], **options}
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
        return self.serve("up", *flags)

    def close(self) -> None:
        if self._node is not None:
            for pid in (*descendants(self._node.pid), self._node.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._node.wait()

    async def replicas(self, at_least: int = 1) -> dict[int, ReplicaStatus]:
        """Ask until so many replicas have answered; return them by their process."""
        found: dict[int, ReplicaStatus] = {}
        async with aiohttp.ClientSession() as session:
            for _ in range(400):
                async with session.get(self.url + wire.STATUS_PATH) as response:
                    record = wire.record_of(await response.read())
                status = ReplicaStatus.from_dict(record["status"])
                found[int(status.replica.split(":")[1])] = status
                if len(found) >= at_least:
                    return found
                await asyncio.sleep(0.05)
        raise AssertionError(f"only {len(found)} replicas")
