"""The locks hold what the project asks for, each with its sums, and name no index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {path.stem: path for path in sorted((ROOT / "locks").glob("*.lock"))}
SUM = re.compile(r"--hash=sha256:[0-9a-f]{64}")
# Brought along by torch's usual wheels for Linux; gigabytes.
CUDA = re.compile(r"^(nvidia|cuda|triton)\b")


def pins(path: Path) -> dict[str, str]:
    """Return the version of every package of a lock; each must have a sum at least."""
    found = {}
    entries = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    for entry in filter(None, entries):
        if entry.startswith("#"):
            continue
        stated, *sums = re.split(r"\s+(?=--hash)", entry.strip())
        requirement = Requirement(stated)
        assert sums, stated
        assert all(SUM.fullmatch(sum_) for sum_ in sums), stated
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", stated
        found[canonicalize_name(requirement.name)] = specifier.version
    return found


LOCK = pins(ROOT / "requirements.lock")
TORCH = (ROOT / "locks" / "torch.txt").read_text(encoding="utf-8").splitlines()[-1]


@pytest.mark.parametrize("extra", [None, *EXTRAS])
def test_all_that_is_asked_for_is_pinned_to_a_version_that_is_allowed(extra):
    asked = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    pinned = LOCK | (pins(EXTRAS[extra]) if extra else {}) | {"torch": TORCH.partition("==")[2]}
    for requirement in map(Requirement, asked):
        version = pinned[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement}: {version}"


def test_every_extra_of_the_makefile_has_its_lock():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (names,) = re.findall(r"^LOCKED_EXTRAS := (.*)$", makefile, re.MULTILINE)
    assert set(names.split()) == set(EXTRAS)


def test_a_package_has_one_version_and_an_extra_only_adds():
    versions: dict[str, set[str]] = {}
    for path in EXTRAS.values():
        assert not pins(path).keys() & LOCK.keys()
        for name, version in pins(path).items():
            versions.setdefault(name, set()).add(version)
    assert [name for name, known in versions.items() if len(known) > 1] == []


def test_no_index_is_named_and_nothing_of_cuda_is_dragged_in():
    for path in (ROOT / "requirements.lock", *EXTRAS.values()):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        assert "--find-links" not in text
        assert not [name for name in pins(path) if CUDA.match(name)]
        assert "torch" not in pins(path)
