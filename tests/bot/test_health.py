from bot.health import STALE_AFTER_S, Heartbeat, diagnose


def beat(tmp_path, **changes) -> None:
    values = {"time_s": 1000.0, "is_gateway_ready": True, "is_engine_answering": True, **changes}
    Heartbeat(**values).write(tmp_path)


def test_a_fresh_heartbeat_is_well(tmp_path):
    beat(tmp_path)
    assert diagnose(tmp_path, now_s=1000 + STALE_AFTER_S) == ()


def test_no_heartbeat(tmp_path):
    (problem,) = diagnose(tmp_path)
    assert "No hay señal" in problem


def test_half_a_file_counts_as_none(tmp_path):
    (tmp_path / "heartbeat.json").write_text('{"time_s":', encoding="utf-8")
    assert len(diagnose(tmp_path)) == 1


def test_every_problem_is_said(tmp_path):
    beat(tmp_path, is_gateway_ready=False, is_engine_answering=False)
    problems = diagnose(tmp_path, now_s=1000 + STALE_AFTER_S + 30)
    assert problems == (
        "La última señal es de hace 90 s.",
        "No está conectado a Discord.",
        "El motor de generación no responde.",
    )
