"""Timing, load, faults and restarts, as Discord would see them."""

from __future__ import annotations

import asyncio
import signal

import pytest

pytestmark = pytest.mark.timeout(300)


async def test_the_main_commands_and_the_end(discord_wire, start_bot):
    d = discord_wire
    await start_bot()
    written = await d.slash("continuar", {"texto": "El niño comió", "tokens": 12, "semilla": 7})
    assert "semilla 7" in written.text
    assert not written.ephemeral
    for label in ("Seguir", "Otra"):
        more = await d.click(written, label=label)
        assert "log-prob" in more.text, label
    refused = await d.click(written, label="Otra", user=2)
    assert refused.ephemeral
    assert "puedes leerlo y explicarlo" in refused.text
    explorer = await d.click(written, label="Explicar", user=3)
    assert explorer.ephemeral
    assert "¿Por qué" in explorer.text
    explained = await d.slash("explicar", {"texto": "La vida es", "pasos": 3}, user=4)
    assert "¿Por qué" in explained.text
    assert explained.attachments
    for command in ("ajustes ver", "modelos", "datos ver", "ayuda", "estado"):
        assert (await d.slash(command, user=5)).text, command
    assert d.problems() == []
    code, seconds = await d.stop_bot(signal.SIGTERM)
    assert code == 0
    assert seconds < 15


async def test_bad_input_is_answered_in_spanish_and_privately(discord_wire, start_bot):
    d = discord_wire
    await start_bot()
    for options in (
        {"texto": "␣"},
        {"texto": "Hola", "temperatura": "mucha"},
        {"texto": "Hola", "top_p": "7"},
        {"texto": "Hola", "modelo": "no-existe"},
    ):
        refused = await d.slash("continuar", options)
        assert refused.ephemeral, options
        assert refused.text.endswith((".", "?", "…")), refused.text
    hostile = await d.slash("continuar", {"texto": "@everyone ``` <@1> # **x** " * 40, "tokens": 5})
    assert not any(hostile.pings)
    assert d.problems() == []


async def test_fifty_people_at_once(discord_wire, start_bot):
    d = discord_wire
    await start_bot(MAX_QUEUE=200)
    replies = await asyncio.gather(
        *(
            d.slash(
                "continuar",
                {"texto": f"Texto número {n}", "tokens": 20},
                user=n,
                channel=n % 50,
                timeout=240,
            )
            for n in range(1, 51)
        )
    )
    assert d.problems() == []
    for n, reply in enumerate(replies, 1):
        assert f"Texto número {n}" in reply.text
    acks = sorted(reply.latency_ack for reply in replies)
    assert acks[-1] < 3, d.report(replies)


async def test_a_full_queue_is_said(discord_wire, start_bot):
    d = discord_wire
    await start_bot(MAX_QUEUE=2)
    replies = await asyncio.gather(
        *(
            d.slash("continuar", {"texto": f"Texto {n}", "tokens": 60}, user=n, channel=n % 50)
            for n in range(1, 13)
        )
    )
    refused = [reply for reply in replies if "cola está llena" in reply.text]
    assert refused
    assert all(reply.ephemeral for reply in refused)
    assert all("log-prob" in reply.text for reply in replies if reply not in refused)
    assert d.problems() == []


async def test_after_sigkill_buttons_work_and_interrupted_replies_are_told(discord_wire, start_bot):
    d = discord_wire
    await start_bot()
    finished = await d.slash("continuar", {"texto": "El niño comió", "tokens": 8})
    running = await d.slash(
        "continuar",
        {"texto": "Caminante", "tokens": 250, "intentos": 10, "estrategia": "sample"},
        user=2,
        until=lambda r: "tokens" in r.text,
    )
    await d.stop_bot(signal.SIGKILL)
    await start_bot()
    await d.wait(running, until=lambda r: "interrumpió" in r.text, timeout=30)
    assert "interrumpió" in running.text
    assert (await d.click(finished, label="Explicar", user=3)).ephemeral
    assert "log-prob" in (await d.click(finished, label="Otra")).text
    assert "¿Por qué" in (await d.click(finished, label="Explicar", user=4)).text
    assert d.problems() == []


async def test_sigterm_ends_running_replies_in_words(discord_wire, start_bot):
    d = discord_wire
    await start_bot()
    running = await d.slash(
        "continuar",
        {"texto": "Caminante", "tokens": 250, "intentos": 10, "estrategia": "sample"},
        until=lambda r: "tokens" in r.text,
    )
    code, seconds = await d.stop_bot(signal.SIGTERM)
    assert code == 0
    assert seconds < 15
    assert "▌" not in running.text
    assert "Caminante" in running.text
    assert d.problems() == []


async def test_a_second_process_is_refused(discord_wire, start_bot, tmp_path, model_folder):
    import os
    import sys

    await start_bot()
    env = {**os.environ, "MODELS": str(model_folder), "DATA_DIR": str(tmp_path / "data")}
    env["DISCORD_TOKEN"] = discord_wire.token
    second = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", env=env, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await second.communicate()
    assert second.returncode == 1
    assert "otro" in errors.decode().lower()
    assert discord_wire.token not in errors.decode()


async def test_faults_of_discord_lose_nothing(discord_wire, start_bot):
    d = discord_wire
    await start_bot()
    d.fault("PATCH", r"@original", status=502, times=2)
    d.fault("PATCH", r"@original", reset=True, times=1, skip=2)
    reply = await d.slash("continuar", {"texto": "El niño comió", "tokens": 40}, timeout=90)
    assert "log-prob" in reply.text
    d.fault("POST", r"callback", status=502, after=True, times=1)
    reply = await d.slash("continuar", {"texto": "La vida es", "tokens": 5}, timeout=90)
    assert "log-prob" in reply.text
    await d.drop(4000)
    await d.wait_resumed(1)
    assert "log-prob" in (await d.slash("continuar", {"texto": "Un hidalgo", "tokens": 5})).text
    assert not [problem for problem in d.problems(expect_errors=(40060,)) if "thinking" in problem]
