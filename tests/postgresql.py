"""A PostgreSQL server for the tests: a process in a folder of its own, on a socket there."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

_USER = "postgres"
"""The server refuses to run as root: then it runs as this one, who comes with Debian's package."""
_START_S = 60.0


def missing() -> str | None:
    """Say what a server would need that is not installed; None where one can be started."""
    if find_spec("asyncpg") is None:
        return "asyncpg is not installed (the extra «postgresql»)"
    if _programs() is None:
        return "PostgreSQL is not installed (on Debian: apt install postgresql)"
    if os.geteuid() == 0 and _USER not in {account.pw_name for account in pwd.getpwall()}:
        return f"there is no user «{_USER}», and root may not run PostgreSQL"
    return None


class Server:
    """A running server.

    Args:
        folder: Of its data and its socket; short, as addresses of sockets are.
        programs: Folder of `initdb` and `postgres`.
    """

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder = folder
        self._programs = programs
        self._names = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam(_USER)
            self._as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(folder, account.pw_uid, account.pw_gid)
        options = ("--username", _USER, "--auth", "trust", "--encoding", "UTF8", "--no-sync")
        self._run("initdb", "--pgdata", str(folder / "data"), "--no-locale", *options)

    @property
    def pid(self) -> int:
        """The process that starts all others, while it runs."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and wait until it answers; after `kill` it first makes its data whole again."""
        self._process = subprocess.Popen(
            (
                self._programs / "postgres",
                *("-D", self._folder / "data", "-k", self._folder, "-c", "listen_addresses="),
                # What survives the end of a process is tested, not what survives a power cut.
                *("-c", "fsync=off", "-c", "max_connections=60", "-c", "shared_buffers=16MB"),
            ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            **self._as_user,
        )
        deadline = time.monotonic() + _START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the PostgreSQL server does not start")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it in order, whoever is connected."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it at once, with nothing put in order."""
        self._end(signal.SIGQUIT)

    def new_database(self) -> str:
        """Make an empty database; return its name."""
        name = f"test_{next(self._names)}"
        self.query("postgres", f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    def drop(self, name: str) -> None:
        """Delete a database, whoever is connected."""
        self.query("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        """Return the address of a database, as an admin writes it."""
        return f"postgresql://{_USER}@/{name}?host={self._folder}"

    def query(self, name: str, *statements: str) -> str:
        """Run statements one by one; return the rows of the last one, as `psql` prints them."""
        options = [part for statement in statements for part in ("-c", statement)]
        return self.tool("psql", name, "-qAtX", "-v", "ON_ERROR_STOP=1", *options)

    def tool(self, program: str, name: str, *options: str, source: Path | None = None) -> str:
        """Run a program that comes with the server against a database; return what it prints."""
        where = ("--host", str(self._folder), "--username", _USER, "--dbname", name)
        return self._run(program, *where, *options, source=source)

    def _answers(self) -> bool:
        where = ("--host", self._folder, "--username", _USER, "--quiet")
        return subprocess.run((self._programs / "pg_isready", *where), check=False).returncode == 0

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()

    def _run(self, program: str, *options: str, source: Path | None = None) -> str:
        done = subprocess.run(
            (self._programs / program, *options),
            input=source and source.read_text(encoding="utf-8"),
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
            **self._as_user,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.strip()}")
        return done.stdout.strip()


@contextmanager
def running_server() -> Iterator[Server]:
    """Make a server, start it, and leave nothing of it behind."""
    programs = _programs()
    assert programs is not None
    # Not below a test's folder: its parents are closed to the server's user, and its name is long.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder), programs)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _programs() -> Path | None:
    """Return the folder of a server's programs: the newest of Debian's, or the one on the path."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if folders:
        return max(folders, key=lambda folder: int(folder.parent.name))
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None
