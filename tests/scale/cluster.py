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
from collections.abc import Sequence
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
    """A head, nodes beside it on the same machine, and what is served.

    Args:
        folder: Where Ray keeps its files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = free_port(), free_port()
        self._nodes: list[subprocess.Popen[bytes]] = []
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
        self._node("--head", f"--port={self._ports[0]}", cpus=cpus)

    def add_node(self, cpus: int) -> subprocess.Popen[bytes]:
        return self._node(f"--address={self.address}", cpus=cpus)

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

    def end_node(self, node: subprocess.Popen[bytes]) -> None:
        """End a node as a cut of the power would: all its processes at once."""
        for pid in (*descendants(node.pid), node.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        node.wait()

    def close(self) -> None:
        for node in self._nodes:
            if node.poll() is None:
                self.end_node(node)

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

    def _node(self, *arguments: str, cpus: int) -> subprocess.Popen[bytes]:
        command: Sequence[str] = (
            str(BIN / "ray"),
            "start",
            "--block",
            "--disable-usage-stats",
            "--include-dashboard=false",
            f"--num-cpus={cpus}",
            "--object-store-memory=80000000",
            *arguments,
        )
        if "--head" in arguments:
            command = (*command, f"--temp-dir={self._folder}")
        path = self._folder.parent / f"node{len(self._nodes)}.log"
        log = path.open("wb")
        environ = {k: v for k, v in self.environ.items() if k != "RAY_ADDRESS"}
        node = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=log, stderr=log)
        self._nodes.append(node)
        for _ in range(1200):
            if b"Ray runtime started" in path.read_bytes():
                return node
            assert node.poll() is None, path.read_text()
            time.sleep(0.1)
        raise AssertionError(path.read_text())
