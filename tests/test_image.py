"""The image builds: the Dockerfile's own lines run as a script, for every way of asking for extras.

No engine for images is needed. The environment is new and lends itself the packages of the tests,
so that what the locks list is found in its version and little is downloaded; the project itself is
built and installed.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
NOT_HERE = ("useradd", "install")
"""Commands that change the machine."""


def instructions(name: str) -> list[str]:
    """Return what follows a keyword in the Dockerfile, each time that it stands there."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return [line.partition(" ")[2].strip() for line in lines if line.startswith(f"{name} ")]


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """Make an environment without the project; return the variables of a shell in it."""
    venv.create(tmp_path / "python", symlinks=True)
    binaries = tmp_path / "python" / "bin"
    (site,) = (tmp_path / "python" / "lib").glob("*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_paths()["purelib"], encoding="utf-8")
    commands = {"pip": 'exec python -m pip "$@"', **dict.fromkeys(NOT_HERE, ":")}
    for name, text in commands.items():
        (binaries / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (binaries / name).chmod(0o755)
    stated = [pair.split("=", 1) for line in instructions("ENV") for pair in shlex.split(line)]
    path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, **dict(stated), "PATH": path, "TORCH_INDEX": ""}


def build(app: Path, machine: dict[str, str], extras: str) -> subprocess.CompletedProcess[str]:
    """Copy what the Dockerfile copies, and run what it runs."""
    app.mkdir()
    for line in instructions("COPY"):
        *sources, target = line.split()
        for source in sources:
            whither = app / target / (source if target.endswith("/") else "")
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
            copy(ROOT / source, whither)
    script = "\n".join(instructions("RUN"))
    return subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=app,
        env=machine | {"EXTRAS": extras},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )


@pytest.mark.parametrize("extras", ["", "gemma,dev"])
def test_the_lines_of_the_dockerfile_install_a_bot_that_starts(tmp_path, machine, extras):
    built = build(tmp_path / "app", machine, extras)
    assert built.returncode == 0, built.stderr[-2000:]
    assert "Successfully installed unicornio" in built.stdout
    for extra in filter(None, extras.split(",")):
        pin = (ROOT / "locks" / f"{extra}.lock").read_text(encoding="utf-8").split(" ")[0]
        assert pin.split("==")[0] in built.stdout
    # From elsewhere: what starts is what was installed, not what was copied.
    (entry,) = instructions("ENTRYPOINT")
    started = subprocess.run(
        [*json.loads(entry), "--help"],
        cwd=tmp_path,
        env=machine,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "demo" in started.stdout


def test_an_extra_that_is_not_there_builds_nothing(tmp_path, machine):
    built = build(tmp_path / "app", machine, "gema")
    assert built.returncode != 0
    assert "locks/gema.lock" in built.stderr


def test_what_is_copied_is_sent_to_the_engine():
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = {source for line in instructions("COPY") for source in line.split()[:-1]}
    assert {f"!{source}" for source in copied} <= set(sent)


def test_the_container_writes_in_its_volume_only_and_has_limits():
    service = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    unicornio = service["unicornio"]
    assert unicornio["read_only"] is True
    assert [line.partition(":")[0] for line in unicornio["tmpfs"]] == ["/tmp"]
    assert unicornio["mem_limit"]
    assert unicornio["pids_limit"] > 0
    (volume,) = unicornio["volumes"]
    folder = volume.partition(":")[2]
    stated = dict(pair.split("=", 1) for line in instructions("ENV") for pair in shlex.split(line))
    kept = [stated[name] for name in ("DATA_DIR", "HF_HOME", "MPLCONFIGDIR")]
    assert all(Path(path).is_relative_to(folder) for path in kept)
    assert stated["PYTHONDONTWRITEBYTECODE"] == "1"
