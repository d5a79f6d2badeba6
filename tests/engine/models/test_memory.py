from __future__ import annotations

import pytest
import torch

from engine.models import memory

MIB = 1024**2


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with 8000 MiB, 5000 of them free, and the cgroup files that a test writes."""
    monkeypatch.setattr(memory, "PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "CGROUP_ROOT", tmp_path / "cgroup")
    (tmp_path / "proc" / "self").mkdir(parents=True)
    kib = 1024
    (tmp_path / "proc" / "meminfo").write_text(
        f"MemTotal: {8000 * kib} kB\nMemFree: 1 kB\nMemAvailable: {5000 * kib} kB\n"
    )

    def write(line: str, files: dict[str, object]) -> None:
        (tmp_path / "proc" / "self" / "cgroup").write_text(line + "\n")
        for name, value in files.items():
            path = tmp_path / "cgroup" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{value}\n")

    return write


def test_without_a_cgroup_the_machine_counts(machine):
    assert memory.available_bytes("cpu") == 5000 * MIB
    assert memory.total_bytes() == 8000 * MIB


def test_a_limit_of_a_parent_group_counts_and_droppable_pages_are_free(machine):
    machine(
        "0::/outer/inner",
        {
            "outer/inner/memory.max": "max",
            "outer/inner/memory.current": 10 * MIB,
            "outer/memory.max": 1000 * MIB,
            "outer/memory.current": 700 * MIB,
            "outer/memory.stat": f"anon 5\ninactive_file {100 * MIB}",
        },
    )
    assert memory.available_bytes("cpu") == 400 * MIB
    assert memory.total_bytes() == 1000 * MIB


def test_the_first_version_of_cgroups(machine):
    machine(
        "4:cpu,memory:/job\n0::/",
        {
            "memory/job/memory.limit_in_bytes": 2000 * MIB,
            "memory/job/memory.usage_in_bytes": 500 * MIB,
            "memory/memory.limit_in_bytes": 9223372036854771712,
            "memory/memory.usage_in_bytes": 900 * MIB,
        },
    )
    assert memory.available_bytes("cpu") == 1500 * MIB
    assert memory.total_bytes() == 2000 * MIB


def test_unknown_where_nothing_can_be_read(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "PROC", tmp_path)
    assert memory.available_bytes("cpu") is None
    assert memory.total_bytes() is None


def test_a_graphics_card_says_it_itself(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (3, 10))
    assert memory.available_bytes("cuda:0") == 3


def test_the_estimate_has_room_to_work():
    assert memory.estimate_bytes(1_000_000_000) > 4_000_000_000 + memory.MARGIN_BYTES


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory"), True),
        (RuntimeError("[Errno 12] Cannot allocate memory"), True),
        (RuntimeError("shape mismatch"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_a_lack_of_memory_is_recognised(error, is_one):
    assert memory.is_out_of_memory(error) is is_one
