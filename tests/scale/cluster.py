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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import aiohttp

from engine.remote import wire
from engine.remote.status import ReplicaStatus
from engine.serving.options import NODE_ENVIRONMENT

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
_TRIES: Final = 3
_START_S: Final = 120.0


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


def start_node(
    options: Sequence[str], environ: Mapping[str, str], log: Path, before: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """Start a node of Ray and wait until it is one; on a busy machine that takes a few tries.

    Args:
        options: Of `ray start`.
        environ: Of its processes.
        log: Of what it prints.
        before: What stands before the command.

    Raises:
        AssertionError: It does not become one.
    """
    command = (*before, str(BIN / "ray"), "start", "--block", "--disable-usage-stats", *options)
    for _ in range(_TRIES):
        with log.open("wb") as file:
            node = subprocess.Popen(
                (*command, "--object-store-memory=80000000"),
                # Ray itself waits for 30 s.
                env={**environ, **NODE_ENVIRONMENT, "RAY_raylet_start_wait_time_s": "120"},
                cwd=ROOT,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        favour(node.pid, -5)
        until_s = time.monotonic() + _START_S
        while node.poll() is None and time.monotonic() < until_s:
            if b"Ray runtime started" in log.read_bytes():
                return node
            time.sleep(0.1)
        end(node)
    raise AssertionError(log.read_text())


def favour(pid: int, nice: int) -> None:
    """Let the session of a process have more than its share of the cores, where Linux has shares.

    What is played on one machine here, beside whatever else it does, would have several.
    """
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(nice), encoding="ascii")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it has started, at once."""
    for pid in (*descendants(process.pid), process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


async def replicas_of(urls: Sequence[str], at_least: int) -> dict[int, ReplicaStatus]:
    """Ask some addresses until so many replicas have answered; return them by their process."""
    found: dict[int, ReplicaStatus] = {}
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for turn in range(800):
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                url = urls[turn % len(urls)] + wire.STATUS_PATH
                async with session.get(url) as response:
                    response.raise_for_status()
                    record = wire.record_of(await response.read())
                status = ReplicaStatus.from_dict(record["status"])
                found[int(status.replica.split(":")[1])] = status
            if len(found) >= at_least:
                return found
            await asyncio.sleep(0.1)
    raise AssertionError(f"only {len(found)} replicas")


class Cluster:
    """A head, which computes too, and what is served.

    Args:
        folder: Where Ray keeps its files.
        data_dir: Of every replica; None means the user's cache folder.
    """

    def __init__(self, folder: Path, data_dir: Path | None = None) -> None:
        self._folder = folder
        self._data_dir = data_dir
        self._ports = free_port(), free_port()
        self._node: subprocess.Popen[bytes] | None = None
        self.address = f"127.0.0.1:{self._ports[0]}"
        self.url = f"http://127.0.0.1:{self._ports[1]}"

    @property
    def pid(self) -> int:
        """Of the process whose descendants all others are."""
        assert self._node is not None
        return self._node.pid

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
        options = (
            "--head",
            "--include-dashboard=false",
            f"--num-cpus={cpus}",
            f"--port={self._ports[0]}",
            f"--temp-dir={self._folder}",
        )
        environ = {k: v for k, v in self.environ.items() if k != "RAY_ADDRESS"}
        self._node = start_node(options, environ, self._folder.parent / "node.log")

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
        given = {
            "models": "embedded",
            "device": "cpu",
            "port": self._ports[1],
            **({"data_dir": self._data_dir} if self._data_dir else {}),
            **options,
        }
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
        return self.serve("up", *flags)

    def close(self) -> None:
        if self._node is not None:
            end(self._node)

    async def replicas(self, at_least: int = 1) -> dict[int, ReplicaStatus]:
        """Ask until so many replicas have answered; return them by their process."""
        return await replicas_of([self.url], at_least)
