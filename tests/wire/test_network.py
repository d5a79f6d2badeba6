"""Starts without a network, behind Cloudflare's refusal, and before a gateway that is closed."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

import pytest
from aiohttp import web

from bot.process import connection_texts as texts
from tests.wire.asking import SOON_S, is_written, written

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def said(wire: Any, text: str, since: int = 0) -> None:
    """Wait until the bot has said `text`, after the first `since` characters of its log."""
    while text not in wire.bot_log()[since:]:
        assert wire.proc.returncode is None, wire.bot_log()[-3000:]
        await asyncio.sleep(0.1)


async def test_a_start_while_discord_is_out_of_reach_waits_and_connects(
    wire, start_bot, problems, model_folder
):
    wire.fault("GET", "/users/@me", reset=True, times=2)
    wire.fault("GET", "/users/@me", status=502, times=5)
    await start_bot()
    log = wire.bot_log()
    assert texts.NO_NETWORK.format(reason=texts.BROKEN_OFF) in log
    assert texts.DISCORD_FAILS.format(status=502) in log
    assert "Lo intento otra vez dentro de 5" in log
    await said(wire, "Listo: ")
    assert is_written(await written(wire))
    models = await wire.slash("modelos", quiet=SOON_S)
    assert f"**{model_folder.name}**" in models.text.replace("\\", "")
    assert str(model_folder.parent) not in models.text
    assert is_written(await written(wire, modelo=model_folder.name))
    assert "Traceback" not in log
    assert await problems() == []
    assert (await wire.stop_bot())[0] == 0


async def test_cloudflare_turns_the_bot_away_and_it_can_be_stopped(wire, start_bot):
    before = len(wire.bot_log())
    wire.fault("GET", "/users/@me", status=403, times=1)
    await start_bot(wait=False)
    await said(wire, texts.TURNED_AWAY.format(status=403), before)
    code, seconds = await wire.stop_bot(signal.SIGTERM)
    assert code == 0
    assert seconds < 10
    assert "Traceback" not in wire.bot_log()[before:]


async def test_a_page_of_cloudflare_is_no_fault_of_the_token(wire, data_dir, model_folder):
    async def page(_: web.Request) -> web.Response:
        return web.Response(
            status=429, text="<html>error 1015</html>", headers={"Retry-After": "600"}
        )

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    env = wire.bot_env({"MODELS": model_folder, "DATA_DIR": data_dir})
    env["FAKE_DISCORD_API"] = f"http://127.0.0.1:{port}/api/v10"
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "--env-file", str(data_dir / "none.env")),
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert bot.stdout is not None
    async for line in bot.stdout:
        if "HTTP 429" in line.decode():
            break
    assert "no es cosa del token. Lo intento otra vez dentro de 10" in line.decode()
    bot.send_signal(signal.SIGTERM)
    _, errors = await bot.communicate()
    assert bot.returncode == 0
    assert "html" not in errors.decode()
    await runner.cleanup()


async def test_a_closed_gateway_is_waited_for_and_can_be_left(wire, start_bot):
    before = len(wire.bot_log())
    wire.refuse_gateway(3600)
    await start_bot(wait=False)
    await said(wire, texts.NOT_YET, before)
    code, seconds = await wire.stop_bot(signal.SIGTERM)
    assert code == 0
    assert seconds < 10
    wire.refuse_gateway(0)
