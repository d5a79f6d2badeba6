"""`python -m bot check`: one line per resource, and what is wrong with each."""

import socket
import time
from dataclasses import replace

import pytest

from bot.config import Settings
from bot.process import check as module
from bot.process.check import check
from bot.process.health import Heartbeat
from bot.storage import open_storage
from engine import ModelUnavailable
from tests.bot.scripted import ScriptedEngine

TOKEN = "MTIz.Gfake1.secreto"


@pytest.fixture
def engines(monkeypatch):
    made = {}

    def create_engine(*, models, url=None, **_):
        made[url or models] = engine = ScriptedEngine()
        if models == ("roto",):
            engine.error = ModelUnavailable("roto", "corrupt", error="header")
        return engine

    monkeypatch.setattr(module, "create_engine", create_engine)
    monkeypatch.setattr(module, "with_companions", tuple)
    return made


async def lines_of(settings):
    said = []
    is_well = await check(settings, said.append)
    return is_well, said


async def test_everything_is_well(tmp_path, engines):
    is_well, said = await lines_of(Settings(discord_token=TOKEN, data_dir=tmp_path))
    assert is_well
    assert said[0] == "Comprobación"
    assert said[-1] == "Todo bien."
    assert [line[:4] for line in said[1:-1]] == ["  ✓ "] * 4
    assert said[2].endswith("puesto")
    assert "unicornio.db" in said[3]
    model = said[4].replace("\u202f", " ")
    assert "guion (de prueba) · GPT-2 · 124 400 000 parámetros · contexto 1024 · exacto" in model
    assert "oneDNN float32" in model
    assert TOKEN not in "\n".join(said)
    assert all(engine.is_closed for engine in engines.values())
    assert list(engines) == [()]


async def test_the_shards_of_this_process_are_named(tmp_path, engines):
    settings = Settings(data_dir=tmp_path, shard_ids=(0, 1), shard_count=4)
    _, said = await lines_of(settings)
    assert said[1].endswith("bien · fragmentos 0,1 de 4")


async def test_what_computes_is_told_from_what_was_asked_for(tmp_path, engines):
    _, said = await lines_of(Settings(precision="fast", data_dir=tmp_path))
    assert "exacto (oneDNN float32); PRECISION=fast (rápido) aquí no iría más deprisa" in said[4]


async def test_one_bad_model_does_not_hide_the_others(tmp_path, engines):
    is_well, said = await lines_of(Settings(models=("bueno", "roto"), data_dir=tmp_path))
    assert not is_well
    assert said[-1] == "Hay cosas que arreglar."
    assert said[2].startswith("  ✗ Token de Discord")
    assert "DISCORD_TOKEN: falta" in said[2]
    assert said[4].startswith("  ✓ Modelo bueno")
    assert said[5].startswith("  ✗ Modelo roto")
    assert said[5].endswith("MODELS: no puedo usar «roto»: sus archivos están dañados (header).")
    assert all(engine.is_closed for engine in engines.values())


async def test_the_companions_are_tried_by_reading_where_they_do_not_write(
    tmp_path, engines, monkeypatch
):
    monkeypatch.setattr(module, "with_companions", lambda models: (*models, "huecos"))
    monkeypatch.setattr(ScriptedEngine, "models", models_of_kinds("encoder"))
    is_well, said = await lines_of(
        Settings(discord_token=TOKEN, models=("bueno",), data_dir=tmp_path)
    )
    assert is_well
    assert [line.split("  ")[1].strip() for line in said[4:6]] == [
        "✓ Modelo bueno",
        "✓ Modelo huecos",
    ]
    for engine in engines.values():
        assert not engine.requests
        (asked,) = engine.explained
        assert asked.part == "encoder"


def models_of_kinds(*kinds):
    scripted = ScriptedEngine.models
    return lambda self: tuple(replace(scripted(self)[0], kind=kind) for kind in kinds)


async def test_a_broken_database(tmp_path, engines):
    (tmp_path / "unicornio.db").write_bytes(b"no database at all" * 100)
    is_well, said = await lines_of(Settings(data_dir=tmp_path))
    assert not is_well
    assert said[3].startswith("  ✗ Base de datos")
    assert "está dañada" in said[3]


async def test_a_running_bot_is_no_problem(tmp_path, engines):
    settings = Settings(discord_token=TOKEN, data_dir=tmp_path)
    async with open_storage(None, tmp_path):
        is_well, said = await lines_of(settings)
        assert is_well
        assert "el bot está arrancando (proceso" in said[3]
        beat = Heartbeat(time_s=time.time(), is_gateway_ready=True, is_engine_answering=True)
        beat.write(tmp_path)
        is_well, said = await lines_of(settings)
    assert is_well
    assert "el bot está en marcha (proceso" in said[3]


async def test_all_that_is_installed_is_tried_when_no_model_is_named(
    tmp_path, engines, monkeypatch
):
    monkeypatch.setattr(module, "with_companions", lambda _: ("mejor", "menor"))
    _, said = await lines_of(Settings(discord_token=TOKEN, data_dir=tmp_path))
    assert list(engines) == [("mejor",), ("menor",)]
    assert said[4].startswith("  ✓ Modelo mejor")


async def test_the_metrics_port_is_tried_unless_the_running_bot_has_it(tmp_path, engines):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = Settings(discord_token=TOKEN, data_dir=tmp_path, metrics_port=port)
        is_well, said = await lines_of(settings)
        assert not is_well
        assert said[4].startswith("  ✗ Puerto de métricas")
        assert f"METRICS_PORT: no puedo escuchar en el puerto {port}: ya lo usa otro" in said[4]
        async with open_storage(None, tmp_path):
            is_well, said = await lines_of(settings)
        assert is_well
        assert said[4].startswith("  ✓ Puerto de métricas")
    assert (await lines_of(settings))[0]


async def test_each_address_of_a_served_engine_is_tried_and_no_model_of_this_machine(
    tmp_path, engines
):
    addresses = ("http://uno:8000", "http://dos:8000")
    settings = Settings(engine_url=addresses, models=("unicornio-9m",), data_dir=tmp_path)
    _, said = await lines_of(settings)
    assert tuple(engines) == addresses
    assert [line.split()[2] for line in said if "Motor" in line] == list(addresses)
    assert "guion (de prueba)" in said[4]


async def test_a_served_engine_that_does_not_answer_is_named(tmp_path, monkeypatch):
    _, said = await lines_of(Settings(engine_url=("http://127.0.0.1:1",), data_dir=tmp_path))
    assert any("ENGINE_URL: no puedo usar el motor de 127.0.0.1:1" in line for line in said)
