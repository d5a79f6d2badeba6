"""Ends and starts of the process: wanted, unwanted, and with other settings."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.wire.asking import (
    LONG,
    SEEDED,
    SOON_S,
    ends_of,
    have_bot,
    is_explained,
    is_growing_again,
    is_running,
    is_told,
    is_written,
    written,
)

BURST = 20

pytestmark = pytest.mark.asyncio(loop_scope="module")


def handles(pid: int, number: signal.Signals) -> bool:
    """Tell whether a process has a handler of its own for a signal, as Linux says (proc(5))."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


async def test_after_a_crash_everything_is_written_and_every_button_works(
    wire, start_bot, problems
):
    d = wire
    await start_bot()
    finished = await written(d)
    undisturbed = await d.slash("continuar", SEEDED, until=is_written, timeout=150)
    panel = await d.slash("ajustes cambiar", quiet=SOON_S)
    form = await d.select(panel, "sampling", custom_id="u:ajustes-grupo:user")
    # At once: a quick machine would be done with the first while it acknowledges the others.
    running, explaining, acknowledged = await asyncio.gather(
        d.slash("continuar", SEEDED, user=2, until=is_running),
        d.slash("explicar", {"texto": "Hola", "pasos": 40}, user=3, until=lambda r: r.acked),
        d.slash("continuar", LONG, user=4, until=lambda r: r.acked),
    )
    await d.stop_bot(signal.SIGKILL)
    assert is_running(running)
    stopping = next(c["custom_id"] for c in running.message.walk() if c.get("label") == "Detener")
    await start_bot()
    assert len(d.syncs) == 1
    await d.wait(acknowledged, until=is_growing_again, timeout=120)
    assert is_growing_again(acknowledged)
    await d.click(acknowledged, label="Detener", quiet=SOON_S)
    await d.wait(acknowledged, until=is_written, timeout=120)
    await d.wait(running, until=is_written, timeout=240)
    await d.wait(explaining, until=is_explained, timeout=240)
    assert is_explained(explaining)
    for cut_off in (running, acknowledged):
        assert is_written(cut_off)
        assert len(ends_of(cut_off)) == 1
    for cut_off in (running, explaining, acknowledged):
        assert len(cut_off.messages) == 1
    assert running.text == undisturbed.text
    assert stopping not in [c.get("custom_id") for c in running.message.walk()]
    assert is_written(await d.click(running, label="Otra", until=is_written))
    assert is_written(await d.click(finished, label="Otra", until=is_written))
    assert is_explained(await d.click(finished, label="Explicar", user=5, until=is_explained))
    assert (await d.click(panel, label="Ver", quiet=SOON_S)).acked
    lost = await d.submit_modal(form, {"temperature": "0,5"}, quiet=SOON_S)
    assert lost.ephemeral
    assert lost.text.startswith("Me reinicié y perdí ese formulario. Tu texto: 0,5")
    assert await problems() == []


async def test_a_text_that_is_cut_off_twice_is_told(wire, start_bot, problems):
    d = wire
    await have_bot(d, start_bot)
    cut_off = await d.slash("continuar", LONG, user=30, until=is_running)
    await d.stop_bot(signal.SIGKILL)
    await start_bot()
    await d.wait(cut_off, until=is_growing_again, timeout=120)
    assert is_growing_again(cut_off)
    await d.stop_bot(signal.SIGKILL)
    await start_bot()
    await d.wait(cut_off, until=is_told, timeout=120)
    assert len(cut_off.messages) == 1
    assert len(ends_of(cut_off)) == 1
    assert is_running(await d.click(cut_off, label="Otra", until=is_running))
    assert await problems() == []


@pytest.mark.parametrize("acknowledged", [BURST // 2, BURST])
async def test_after_a_crash_in_a_burst_all_who_wait_are_answered(wire, start_bot, acknowledged):
    d = wire
    await start_bot(MAX_QUEUE=200)
    asked = await asyncio.gather(
        *(
            d.slash("continuar", {"texto": "Hola"}, user=100 + n, channel=n, wait=False)
            for n in range(BURST)
        )
    )
    await d.wait(asked[0], until=lambda _: sum(r.acked for r in asked) >= acknowledged)
    await d.stop_bot(signal.SIGKILL)
    waiting = [reply for reply in asked if reply.acked]
    await start_bot()
    for reply in waiting:
        # Counted from the question on: the start of a process is in it.
        await d.wait(reply, until=is_written, timeout=120)
    assert [is_written(reply) for reply in waiting] == [True] * len(waiting)
    assert [len(ends_of(reply)) for reply in waiting] == [1] * len(waiting)


async def test_a_wanted_end_finishes_every_reply_in_words(wire, start_bot, problems):
    d = wire
    await have_bot(d, start_bot)
    running, *waiting = await asyncio.gather(
        d.slash("continuar", LONG, user=10, until=is_running),
        *(
            d.slash("continuar", LONG, user=n, channel=n, until=lambda r: r.acked)
            for n in range(11, 14)
        ),
    )
    code, seconds = await d.stop_bot(signal.SIGTERM)
    assert code == 0
    assert seconds < 15
    for reply in (running, *waiting):
        assert "Caminante" in reply.text
        assert "reiniciando" in reply.text
        assert "▌" not in reply.text
        assert not reply.loading
    assert "Parando" in d.bot_log()
    assert await problems() == []


async def test_an_end_while_the_model_is_loaded(wire, start_bot):
    await start_bot(wait=False)
    # Before its handler stands, Python itself is still loading the bot.
    while not handles(wire.proc.pid, signal.SIGTERM):
        assert wire.proc.returncode is None, wire.bot_log()[-3000:]
        await asyncio.sleep(0.05)
    await asyncio.sleep(1)
    code, seconds = await wire.stop_bot(signal.SIGTERM)
    assert code == 0
    assert seconds < 15


async def test_commands_move_to_chosen_servers_and_back(wire, start_bot, problems):
    d = wire
    guild = d.guilds[0]["id"]
    former = len(d.syncs)
    _, _, _, commands = d.syncs[0]
    assert commands > 0
    await start_bot(DISCORD_GUILD_IDS=guild, ALLOW_DMS="false")
    assert [(place, count) for _, place, _, count in d.syncs[former:]] == [
        (None, 0),
        (guild, commands),
    ]
    assert is_written(await written(d, user=20))
    with pytest.raises(AssertionError, match="not available in DMs"):
        await written(d, user=20, dm=True)
    assert (await d.stop_bot())[0] == 0
    await start_bot()
    assert [(place, count) for _, place, _, count in d.syncs[former + 2 :]] == [
        (None, commands),
        (guild, 0),
    ]
    assert is_written(await written(d, user=20, dm=True))
    assert await problems() == []
    await d.stop_bot()


async def test_a_token_that_discord_refuses(wire, data_dir, model_folder):
    env = wire.bot_env({"MODELS": model_folder, "DATA_DIR": data_dir})
    env["DISCORD_TOKEN"] = wire.token[:-1] + "y"
    refused = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "--env-file", str(data_dir / "none.env")),
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, errors = await refused.communicate()
    assert refused.returncode == 1
    assert "DISCORD_TOKEN: Discord no lo acepta" in errors.decode()
    assert env["DISCORD_TOKEN"].encode() not in said + errors
    assert "Traceback" not in errors.decode()
