"""Three machines made of network namespaces, each a node of one cluster of Ray, and their Redis.

They share this machine's cores and files, and nothing of its network: each has an address of its
own on a bridge. Needs root, `ip` and `redis-server`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.scale.cluster import ROOT, end, start_node

_NET: Final = "10.99.0"
_BRIDGE: Final = "unicornio"
_HERE: Final = f"{_NET}.254"
_REDIS_PORT: Final = 6390
PORT: Final = 8000


def lacking() -> str | None:
    """Say what is missing here to make machines; None where nothing is."""
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    programs = [name for name in ("ip", "redis-server") if shutil.which(name) is None]
    if programs:
        return f"not installed: {', '.join(programs)} (on Debian: iproute2, redis-server)"
    done = subprocess.run(("ip", "netns", "list"), capture_output=True, check=False)
    return None if done.returncode == 0 else "this machine allows no network namespaces"


class Machine:
    """One machine: a namespace with an address.

    Args:
        name: Of the namespace.
        number: Last part of its address.
        folder: Where Ray keeps its files and the log of its node.
    """

    def __init__(self, name: str, number: int, folder: Path) -> None:
        self.name = name
        self.address = f"{_NET}.{number}"
        self.url = f"http://{self.address}:{PORT}"
        self._space = f"{_BRIDGE}-{name}"
        self._link = f"uni-{name}"
        self._log = folder / f"{name}.log"
        self._node: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make the namespace and its cable."""
        inside = ("-n", self._space)
        _ip("netns", "add", self._space)
        _ip("link", "add", self._link, "type", "veth", "peer", "eth0", "netns", self._space)
        _ip("link", "set", self._link, "master", _BRIDGE, "up")
        _ip(*inside, "addr", "add", f"{self.address}/24", "dev", "eth0")
        _ip(*inside, "link", "set", "eth0", "up")
        _ip(*inside, "link", "set", "lo", "up")

    def start(self, environ: Mapping[str, str], *options: str) -> None:
        """Start its node of Ray, and wait until it is one.

        Raises:
            AssertionError: It does not become one.
        """
        options = (f"--node-ip-address={self.address}", *options)
        self._node = start_node(options, environ, self._log, before=self.inside())

    def inside(self) -> tuple[str, ...]:
        """Return what stands before a command that is to run there."""
        return ("ip", "netns", "exec", self._space)

    def kill(self) -> None:
        """End every process of its node at once."""
        if self._node is not None:
            end(self._node)
            self._node = None

    def remove(self) -> None:
        """Leave nothing of it, nor of one that was not removed."""
        self.kill()
        left = subprocess.run(
            ("ip", "netns", "pids", self._space), capture_output=True, text=True, check=False
        )
        for pid in left.stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        for what in (("link", "delete", self._link), ("netns", "delete", self._space)):
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip(*what)


class Machines:
    """A head, which does not compute, and two nodes that do.

    Args:
        folder: Short, since sockets lie in it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.head = Machine("head", 1, folder)
        self.nodes = (Machine("node1", 2, folder), Machine("node2", 3, folder))
        self.urls = tuple(node.url for node in self.nodes)
        self._redis: subprocess.Popen[bytes] | None = None
        self._environ = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": os.urandom(32).hex(),
        }

    def make(self) -> None:
        """Make all machines, and start Redis and every node."""
        self.remove()
        _ip("link", "add", _BRIDGE, "type", "bridge")
        _ip("addr", "add", f"{_HERE}/24", "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")
        for machine in (self.head, *self.nodes):
            machine.make()
        options = ("--bind", _HERE, "--port", str(_REDIS_PORT), "--dir", str(self._folder))
        command = ("redis-server", *options, "--save", "", "--protected-mode", "no")
        self._redis = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.start_head()
        for node in self.nodes:
            self.start_node(node)

    def start_head(self) -> None:
        """Start the head, which knows what Redis knows."""
        # The machines share their files and processes: Ray takes the nodes' for an older head.
        (self._folder / "s" / "ray_current_cluster").unlink(missing_ok=True)
        environ = self._environ | {"RAY_REDIS_ADDRESS": f"{_HERE}:{_REDIS_PORT}"}
        options = ("--head", "--port=6379", "--num-cpus=0", "--include-dashboard=false")
        self.head.start(environ, *options, f"--temp-dir={self._folder / 's'}")

    def start_node(self, node: Machine) -> None:
        """Start a node that computes."""
        node.start(self._environ, f"--address={self.head.address}:6379", "--num-cpus=2")

    def serve(self, *arguments: str) -> str:
        """Run a command of `engine.serve` on the head; return what it prints.

        Raises:
            AssertionError: It fails.
        """
        done = subprocess.run(
            (*self.head.inside(), sys.executable, "-m", "engine.serve", *arguments),
            env=self._environ | {"RAY_ADDRESS": f"{self.head.address}:6379"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def up(self, **options: object) -> None:
        """Have two replicas of one core each, or change them."""
        given = {"models": "embedded", "device": "cpu", "replicas": 2, "max_queue": 200, **options}
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
        self.serve("up", "--host=0.0.0.0", f"--port={PORT}", *flags)

    def remove(self) -> None:
        """Leave nothing of them."""
        for machine in (self.head, *self.nodes):
            machine.remove()
        if self._redis is not None:
            self._redis.kill()
            self._redis.wait()
        with contextlib.suppress(subprocess.CalledProcessError):
            _ip("link", "delete", _BRIDGE)


@contextlib.contextmanager
def running_machines() -> Iterator[Machines]:
    """Make machines with a cluster of Ray for the block."""
    folder = Path(tempfile.mkdtemp(prefix="ray-"))
    machines = Machines(folder)
    try:
        machines.make()
        yield machines
    finally:
        machines.remove()
        shutil.rmtree(folder, ignore_errors=True)


def _ip(*arguments: str) -> None:
    subprocess.run(("ip", *arguments), check=True, capture_output=True)
