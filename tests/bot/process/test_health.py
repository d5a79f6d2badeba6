import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from bot.process.health import (
    STALE_AFTER_S,
    EngineWatch,
    Heartbeat,
    diagnose,
    is_starting,
    remove_heartbeat,
)
from bot.storage.lock import exclusive
from tests.bot.scripted import ScriptedEngine

IDLE = ScriptedEngine().stats()
BUSY = replace(IDLE, running=1)


def beat(tmp_path, **changes) -> None:
    values = {"time_s": 1000.0, "is_gateway_ready": True, "is_engine_answering": True, **changes}
    Heartbeat(**values).write(tmp_path)


def test_a_fresh_heartbeat_is_well(tmp_path):
    beat(tmp_path)
    assert diagnose(tmp_path, now_s=1000 + STALE_AFTER_S) == ()


def test_no_heartbeat(tmp_path):
    (problem,) = diagnose(tmp_path)
    assert "No hay señal" in problem


def test_a_bot_that_is_starting_has_no_heartbeat_yet(tmp_path):
    with exclusive(tmp_path):
        (problem,) = diagnose(tmp_path)
        assert is_starting(tmp_path)
        beat(tmp_path)
        assert not is_starting(tmp_path)
    assert f"está arrancando (proceso {os.getpid()})" in problem


def test_half_a_file_counts_as_none(tmp_path):
    (tmp_path / "heartbeat.json").write_text('{"time_s":', encoding="utf-8")
    assert len(diagnose(tmp_path)) == 1


@pytest.mark.parametrize("time_s", [1020.0, 1020.125])
def test_a_full_disk_does_not_stop_the_heart(tmp_path, monkeypatch, time_s):
    beat(tmp_path)

    def write_text(path, *_, **__):
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", write_text)
        beat(tmp_path, time_s=time_s)
    assert diagnose(tmp_path, now_s=1000 + STALE_AFTER_S + 20) == ()
    assert [path.name for path in tmp_path.iterdir()] == ["heartbeat.json"]
    beat(tmp_path, time_s=1)
    assert len(diagnose(tmp_path, now_s=1000)) == 1


def test_every_problem_is_said(tmp_path):
    beat(tmp_path, is_gateway_ready=False, is_engine_answering=False)
    problems = diagnose(tmp_path, now_s=1000 + STALE_AFTER_S + 30)
    assert problems == (
        "La última señal es de hace 90 s.",
        "No está conectado a Discord.",
        "El motor de generación no responde.",
    )


def test_a_bot_that_stopped_leaves_no_sign_of_life(tmp_path):
    beat(tmp_path)
    remove_heartbeat(tmp_path)
    remove_heartbeat(tmp_path)
    assert "No hay señal" in diagnose(tmp_path, now_s=1000)[0]


def test_an_engine_answers_while_its_requests_end():
    watch = EngineWatch(patience_s=100)
    assert watch.is_answering(BUSY, 0)
    assert watch.is_answering(BUSY, 100)
    assert not watch.is_answering(BUSY, 101)
    assert watch.is_answering(replace(BUSY, completed=1), 102)
    assert watch.is_answering(replace(BUSY, completed=1, failed=1), 203)
    assert not watch.is_answering(replace(BUSY, completed=1, failed=1), 304)


def test_an_idle_engine_is_well():
    watch = EngineWatch(patience_s=100)
    for now in (0, 500, 1000):
        assert watch.is_answering(IDLE, now)
    assert watch.is_answering(BUSY, 1050)
    assert not watch.is_answering(BUSY, 1101)
