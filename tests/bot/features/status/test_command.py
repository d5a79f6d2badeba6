"""`/estado`: for those who manage the server."""

import math
from dataclasses import replace

from bot.features.status import texts
from bot.features.status.words import Status, status_blocks
from bot.shards import Shards
from tests.bot.screens import text_of
from tests.bot.scripted import ScriptedEngine


async def test_a_manager_sees_everything(world):
    shown = await world.manager.slash(world.channel, "estado")
    assert shown.response.ephemeral
    text = text_of(shown.response)
    for line in (
        "modelo por defecto: **guion (de prueba)**",
        "cargados: **guion**",
        "dispositivo: **cpu**",
        "precisión: **exacto (oneDNN float32)**",
        "cola: **0 de 64**",
        "velocidad: **23,5 tokens/s**",
        "textos retomados: **3 de 12 (25 %)**",
        "espera prevista: **2\u00a0s**",
    ):
        assert line in text
    for name in (texts.VERSION, texts.UPTIME, texts.LATENCY, texts.DATA, texts.DISK_FREE):
        assert f"{name}: **" in text


async def test_what_is_not_computed_is_not_named_as_if_it_were(world, monkeypatch):
    engine = world.bot.engine
    monkeypatch.setattr(
        engine, "stats", lambda: replace(ScriptedEngine().stats(), precision="turbo")
    )
    shown = await world.manager.slash(world.channel, "estado")
    assert (
        "precisión: **exacto (oneDNN float32); PRECISION=turbo (aproximado) aquí no iría más "
        "deprisa**"
    ) in text_of(shown.response)


async def test_others_are_refused_in_spanish(world):
    refused = await world.member.slash(world.channel, "estado")
    assert refused.response.ephemeral
    assert refused.response.content == texts.ONLY_MANAGERS


async def test_there_is_nothing_to_manage_in_a_direct_message(world):
    refused = await world.env.create_user("luz").slash("estado")
    assert refused.response.content == texts.ONLY_IN_GUILD


def test_what_is_not_known_is_a_dash():
    status = Status(
        version="1.0",
        uptime_s=90061,
        latency_s=math.nan,
        shards=Shards(),
        model="guion",
        arithmetic="exacto",
        engine=replace(ScriptedEngine().stats(), completed=12_345, failed=2),
        data_bytes=1_200_000,
        max_data_mb=500,
        disk_free_bytes=2_000_000_000,
    )
    bot, engine, disk = status_blocks(status)
    assert "peticiones: **12\u202f345 servidas, 2 fallidas**" in engine
    assert "latencia: **—**" in bot
    assert "en marcha: **1\u00a0d 1\u00a0h**" in bot
    assert "datos: **1,2\u00a0MB de 500\u00a0MB**" in disk
    assert "fragmentos: **1**" in bot
    bot, *_ = status_blocks(replace(status, shards=Shards((), 3)))
    assert "fragmentos: **3**" in bot
    bot, *_ = status_blocks(replace(status, shards=Shards((0, 2), 4)))
    assert "fragmentos: **0, 2 de 4**" in bot
