"""What the soak reads and says, without its minutes."""

import os
import socket
import sys

import pytest

from tests.wire.soak import Sample, sample, verdicts


def minutes(*memory_mib, files=40):
    return [Sample(memory_mib=mib, files=files, threads=16, connections=10) for mib in memory_mib]


def test_what_grows_once_warm_is_told_and_the_warm_up_is_not():
    warm = minutes(500, 700, 790, 800, 810, 800, 805, 795, 800, 800)
    assert all(is_flat for is_flat, *_ in verdicts(warm).values())
    assert verdicts(warm)["memory_mib"][1:] == (795, 800, 810)
    growing = minutes(*range(500, 1000, 50))
    assert not verdicts(growing)["memory_mib"][0]
    assert verdicts(growing)["files"][0]


def test_a_few_files_more_are_a_leak():
    leaking = [*minutes(*[800] * 7), *minutes(*[800] * 3, files=44)]
    assert not verdicts(leaking)["files"][0]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_process_is_read(tmp_path):
    before = sample(os.getpid())
    with socket.socket(), (tmp_path / "x").open("w"):
        after = sample(os.getpid())
    assert before.memory_mib > 1
    assert before.threads >= 1
    assert (after.connections, after.files) == (before.connections + 1, before.files + 1)
