"""Times outlive a process; a damaged file is as none."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.models.kernel import KERNELS
from engine.models.trial import Shape, ShapeTimes
from engine.models.trial_notes import FILE_NAME, key_of, recall, remember

TIMES: ShapeTimes = {"16 → 24": {"oneDNN float32": [0.5, 1.0, 2.0, 3.0]}}
SHAPES = [Shape(24, 16, 2)]


def test_what_was_noted_is_read_again_and_others_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert recall(folder, "a") is None
    remember(folder, "a", TIMES)
    remember(folder, "b", {})
    assert recall(folder, "a") == TIMES
    assert recall(folder, "b") == {}
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]
    for number in range(100):
        remember(folder, str(number), TIMES)
    assert recall(folder, "a") is None
    assert recall(folder, "99") == TIMES


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("a"), inner),
)


@given(content=st.binary() | any_json.map(lambda value: json.dumps({"a": value}).encode()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_is_as_nothing_and_is_mended(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    found = recall(tmp_path, "a")
    assert found is None or all(min(row) > 0 for by in found.values() for row in by.values())
    remember(tmp_path, "a", TIMES)
    assert recall(tmp_path, "a") == TIMES


@pytest.mark.parametrize(
    "row", [[1.0], [1, 2, 3, -4.0], [1, 2, 3, "4"], [1, 2, 3, None], [1, 2, 3, math.nan], 4, {}]
)
def test_a_row_that_is_no_times_spoils_its_trial(tmp_path: Path, row: object) -> None:
    noted = {"a": {"16 → 24": {"oneDNN float32": row}}}
    (tmp_path / FILE_NAME).write_text(json.dumps(noted), encoding="utf-8")
    assert recall(tmp_path, "a") is None


def test_a_number_beyond_all_is_a_time_without_end(tmp_path: Path) -> None:
    noted = {"a": {"16 → 24": {"oneDNN float32": [1, 2, 3, 10**400]}}}
    (tmp_path / FILE_NAME).write_text(json.dumps(noted), encoding="utf-8")
    assert recall(tmp_path, "a") == {"16 → 24": {"oneDNN float32": [1.0, 2.0, 3.0, math.inf]}}


def test_two_processes_that_write_at_once_leave_a_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_text

    def interrupted(path: Path, text: str, **options: str) -> int:
        monkeypatch.setattr(Path, "write_text", write)
        write(path, text[: len(text) // 2], **options)
        with monkeypatch.context() as other:
            other.setattr("os.getpid", lambda: -1)
            remember(tmp_path, "b", {})
        return write(path, text, **options)

    monkeypatch.setattr(Path, "write_text", interrupted)
    remember(tmp_path, "a", TIMES)
    assert recall(tmp_path, "a") == TIMES
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("model\t\t: 85\nflags\t\t: fpu avx2", "model\t\t: 85\nflags\t\t: fpu avx2 avx512f"),
        ("CPU part\t: 0xd0c\nFeatures\t: asimd", "CPU part\t: 0xd40\nFeatures\t: asimd"),
    ],
    ids=["x86", "ARM"],
)
def test_processors_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one: str, other: str
) -> None:
    keys = set()
    for text in (one, f"{one}\n\nprocessor : 1", other):
        (tmp_path / "cpuinfo").write_text(text, encoding="utf-8")
        monkeypatch.setattr("engine.models.trial_notes._CPU_INFO", tmp_path / "cpuinfo")
        keys.add(key_of(SHAPES, KERNELS))
    assert len(keys) == 2


def test_a_folder_that_takes_no_file_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    remember(tmp_path / "file", "a", TIMES)
    assert recall(tmp_path / "file", "a") is None


def test_what_cannot_be_written_to_its_end_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    remember(tmp_path, "a", TIMES)
    assert list(tmp_path.iterdir()) == []


def test_a_trial_depends_on_machine_shapes_and_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    key = key_of(SHAPES, KERNELS)
    assert key == key_of(SHAPES, KERNELS)
    others = {
        key_of([Shape(24, 16, 3)], KERNELS),
        key_of(SHAPES, KERNELS[:2]),
    }
    monkeypatch.setattr(torch, "get_num_threads", lambda: 77)
    others.add(key_of(SHAPES, KERNELS))
    monkeypatch.setattr("engine.models.trial_notes._processor", lambda: ("another",))
    others.add(key_of(SHAPES, KERNELS))
    assert key not in others
    assert len(others) == 4
