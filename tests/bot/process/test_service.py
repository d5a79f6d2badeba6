"""What `python -m bot` opens, says and closes, with a scripted engine and a bot without Discord."""

import asyncio
import gc
import os
import signal
import socket
import time
import urllib.request
from dataclasses import replace
from itertools import islice
from types import SimpleNamespace
from typing import ClassVar

import aiohttp
import discord
import pytest

from bot.config import Settings
from bot.process import connection, service, startup_texts
from bot.process import connection_texts as texts
from bot.process import texts as cli_texts
from bot.process.health import Heartbeat, diagnose
from bot.process.service import StartupError, serve
from bot.storage import open_storage, reserve
from engine import ModelUnavailable
from tests.bot.scripted import ScriptedEngine

TOKEN = "MTIz.Gfake1.secreto"


class FakeBot:
    """Stands in for the client: connects at once, or fails as told, one failure a client."""

    failures: ClassVar[list[BaseException]] = []
    made = 0

    def __init__(self, *, settings, engine, storage):
        type(self).made += 1
        self.user, self.guilds, self.is_connected = "unicornio#1", [1, 2], True
        self._closed = asyncio.Event()
        self._storage = storage

    async def login(self, token):
        assert token == TOKEN
        if self.failures:
            raise self.failures.pop(0)

    async def connect(self):
        await self._closed.wait()

    async def wait_until_ready(self):
        pass

    async def close(self):
        await self._storage.state.set("closed", "yes")
        self._closed.set()


@pytest.fixture
def engine(monkeypatch):
    engine = ScriptedEngine()
    monkeypatch.setattr(service, "create_engine", lambda **_: engine)
    return engine


@pytest.fixture
def settings(tmp_path):
    return Settings(discord_token=TOKEN, data_dir=tmp_path)


@pytest.fixture(autouse=True)
def without_discord(monkeypatch):
    class Bot(FakeBot):
        failures: ClassVar = []

    monkeypatch.setattr(connection, "Unicornio", Bot)
    monkeypatch.setattr(connection, "_PAUSES_S", (0.01,))
    monkeypatch.setattr(connection, "_TURNED_AWAY_PAUSE_S", 0.02)
    return Bot


async def serving(settings, said):
    """Serve until a heartbeat is there."""
    task = asyncio.create_task(serve(settings, said.append))
    while diagnose(settings.data_dir):
        assert not task.done()
        await asyncio.sleep(0.01)
    return task


async def said_by(task, said, text, times=1):
    """Wait until lines with `text` have been said."""
    while sum(text in line for line in said) < times:
        assert not task.done()
        await asyncio.sleep(0.01)


async def stopped(task):
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(task, 20)


async def test_it_serves_until_sigterm_and_closes_everything(settings, engine):
    said = []
    await stopped(await serving(settings, said))
    assert said == [
        cli_texts.LOADING,
        "Cálculo de guion (de prueba): exacto (oneDNN float32).",
        texts.CONNECTING,
        "Listo: unicornio#1 · servidores: 2. Para pararlo: Ctrl+C",
        texts.STOPPING,
        cli_texts.STOPPED,
    ]
    assert engine.is_closed
    assert "No hay señal" in diagnose(settings.data_dir)[0]
    async with open_storage(None, settings.data_dir) as storage:
        assert await storage.state.get("closed") == "yes"


async def test_the_collector_leaves_what_the_start_has_made_alone(settings, engine):
    task = await serving(settings, [])
    assert not any(kept is engine for kept in gc.get_objects())
    assert gc.get_freeze_count() > 0
    await stopped(task)
    assert gc.get_freeze_count() == 0


async def test_a_disk_without_room_is_said_and_stops_nothing(settings, engine, monkeypatch):
    monkeypatch.setattr(reserve, "SIZE_BYTES", 10**18)
    said = []
    await stopped(await serving(settings, said))
    assert said[0] == startup_texts.LOW_SPACE.format(path=settings.data_dir)
    assert said[-1] == cli_texts.STOPPED


async def test_it_can_be_stopped_while_the_model_is_loaded(settings, engine, monkeypatch):
    async def start():
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()

    monkeypatch.setattr(engine, "start", start)
    said = []
    await asyncio.wait_for(serve(settings, said.append), 20)
    assert said == [cli_texts.LOADING, cli_texts.INTERRUPTED, cli_texts.STOPPED]
    assert engine.is_closed


def closed_with(code):
    socket_of_shard = SimpleNamespace(close_code=code)
    return discord.ConnectionClosed(socket_of_shard, shard_id=0)


def http(status, *, code=0, **headers):
    """Return what discord.py makes of an answer; Cloudflare's is a page without a code."""
    answer = SimpleNamespace(status=status, reason="x", headers=headers)
    body = {"code": code, "message": "x"} if code else "<html>blocked</html>"
    kind = discord.Forbidden if status == 403 else discord.HTTPException
    return kind(answer, body)


def no_gateway(cause):
    error = discord.GatewayNotFound()
    error.__cause__ = cause
    return error


KEY = SimpleNamespace(host="discord.com", port=443, ssl=True)


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (discord.LoginFailure("x"), texts.BAD_TOKEN),
        (closed_with(4004), texts.BAD_TOKEN),
        (closed_with(4011), texts.REFUSED.format(reason=4011)),
        (http(403, code=40001), texts.REFUSED.format(reason=40001)),
        (discord.ClientException(), texts.REFUSED.format(reason="ClientException")),
    ],
)
async def test_what_discord_refuses_for_good_is_said(
    settings, engine, without_discord, failure, text
):
    without_discord.failures.append(failure)
    with pytest.raises(StartupError) as refusal:
        await serve(settings, [].append)
    assert str(refusal.value) == text
    assert TOKEN not in str(refusal.value)
    assert engine.is_closed


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (aiohttp.ClientConnectorDNSError(KEY, OSError()), texts.NO_ADDRESS),
        (aiohttp.ClientConnectorError(KEY, OSError()), texts.NO_WAY),
        (aiohttp.ServerDisconnectedError(), texts.BROKEN_OFF),
        (OSError(), texts.BROKEN_OFF),
        (TimeoutError(), texts.NO_ANSWER),
        (http(502), texts.DISCORD_FAILS.format(status=502)),
        (http(429), texts.TURNED_AWAY.format(status=429)),
        (http(403), texts.TURNED_AWAY.format(status=403)),
        (no_gateway(http(503)), texts.DISCORD_FAILS.format(status=503)),
    ],
)
async def test_what_passes_is_waited_for_with_a_new_client(
    settings, engine, without_discord, failure, text
):
    without_discord.failures.extend([failure, failure])
    said = []
    task = asyncio.create_task(serve(settings, said.append))
    await said_by(task, said, "Listo")
    await stopped(task)
    assert without_discord.made == 3
    began = said.index(texts.CONNECTING)
    waits, ready = said[began + 1 : began + 3], said[began + 3]
    assert all(text in line and "otra vez dentro de" in line for line in waits)
    assert ready.startswith("Listo: ")
    assert said[-2:] == [texts.STOPPING, cli_texts.STOPPED]


async def test_the_pauses_grow_and_keep_to_what_cloudflare_asks(monkeypatch):
    monkeypatch.undo()
    pauses = [*islice(connection._pauses(), 9)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 300
    for asked, expected in (("", 60), ("5", 60), ("600", 600), ("99999", 3600), ("soon", 60)):
        answer = http(429, **{"Retry-After": asked})
        assert connection.obstacle_of(answer).least_pause_s == expected


async def test_it_can_be_stopped_while_it_waits(settings, engine, without_discord, monkeypatch):
    monkeypatch.setattr(connection, "_PAUSES_S", (3600.0,))
    without_discord.failures.append(OSError())
    said = []
    task = asyncio.create_task(serve(settings, said.append))
    await said_by(task, said, "otra vez dentro de 1\u00a0h")
    await stopped(task)
    assert said[-1] == cli_texts.STOPPED
    assert engine.is_closed
    assert without_discord.made == 1


async def test_the_heartbeat_of_a_process_that_was_killed_counts_no_more(
    settings, engine, monkeypatch
):
    Heartbeat(time_s=time.time(), is_gateway_ready=True, is_engine_answering=True).write(
        settings.data_dir
    )
    assert diagnose(settings.data_dir) == ()
    told = []

    async def start():
        told.extend(diagnose(settings.data_dir))
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()

    monkeypatch.setattr(engine, "start", start)
    await asyncio.wait_for(serve(settings, [].append), 20)
    assert "está arrancando" in told[0]


async def test_a_gateway_that_lets_nobody_in_is_said(settings, engine, monkeypatch):
    monkeypatch.setattr(connection, "_QUIET_S", 0.01)
    monkeypatch.setattr(FakeBot, "wait_until_ready", lambda _: asyncio.Event().wait())
    said = []
    task = await serving(settings, said)
    await said_by(task, said, texts.NOT_YET, times=2)
    await stopped(task)


async def test_a_model_that_cannot_be_had(settings, engine):
    engine.error = ModelUnavailable("nada", "not_found")
    with pytest.raises(StartupError, match="MODELS: no puedo usar «nada»: no existe"):
        await serve(settings, [].append)
    assert engine.is_closed


async def test_a_folder_in_use(settings, engine):
    async with open_storage(None, settings.data_dir):
        with pytest.raises(StartupError, match=f"otro bot en marcha.*proceso {os.getpid()}"):
            await serve(settings, [].append)


async def test_metrics_are_served_where_the_port_is_free(settings, engine):
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = settings.model_copy(update={"metrics_port": port})
        with pytest.raises(StartupError, match=f"no puedo escuchar en el puerto {port}"):
            await serve(settings, [].append)
    task = await serving(settings, [])
    url = f"http://127.0.0.1:{port}/metrics"
    answer = await asyncio.to_thread(urllib.request.urlopen, url)
    with answer:
        assert b"unicornio_queued" in answer.read()
    await stopped(task)


async def test_the_heartbeat_tells_how_the_bot_is(settings, engine, monkeypatch):
    monkeypatch.setattr(service, "HEARTBEAT_INTERVAL_S", 0.01)
    monkeypatch.setattr(FakeBot, "__init__", offline(FakeBot.__init__))
    busy = replace(engine.stats(), running=1)
    monkeypatch.setattr(engine, "stats", lambda: busy)
    settings = settings.model_copy(update={"request_timeout_s": 0.01})
    task = asyncio.create_task(serve(settings, [].append))
    while diagnose(settings.data_dir) != (cli_texts.GATEWAY_DOWN, cli_texts.ENGINE_DOWN):
        assert not task.done()
        await asyncio.sleep(0.01)
    await stopped(task)


def offline(make):
    def make_offline(bot, **parts):
        make(bot, **parts)
        bot.is_connected = False

    return make_offline


async def test_a_heartbeat_that_cannot_be_written_stops_nothing(
    settings, engine, monkeypatch, caplog
):
    tried = asyncio.Event()
    loop = asyncio.get_running_loop()

    def write(beat, data_dir):
        loop.call_soon_threadsafe(tried.set)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(service.Heartbeat, "write", write)
    task = asyncio.create_task(serve(settings, [].append))
    await tried.wait()
    await stopped(task)
    assert "heartbeat not written: [Errno 28]" in caplog.text
    assert "Traceback" not in caplog.text
