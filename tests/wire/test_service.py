"""One process that goes through everything that people and networks do to it."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import pytest
import pytest_asyncio

from tests.wire.asking import LONG, SOON_S, custom_id, is_explained, is_running, is_written, written

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = (
    "@everyone @here <@1> <@&2> <#3> </continuar:1> <:a:1> <t:1:R>",
    "``` `` ```py\nx``` **x** __y__ ~~z~~ ||w|| # T\n- a\n> q\n1. x",
    "[x](https://e.com) https://discord.gg/abc discord.gg/abc",
    "\u202eevil\u202c \u2066rtl\u2069 a\u200b\u200d\ufeffb \x00\x07\x1b[31m",
    "🦄" * 3000,
    "`" * 6000,
    "e\u0301" * 3000,
    "{0} {texto} %s ${x} '; DROP TABLE replies;--",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def bot(wire: Any, start_bot: Any) -> None:
    await start_bot(MAX_PER_USER=100)


async def test_the_commands_and_buttons(wire, problems):
    d = wire
    assert [len(d.syncs), *d.syncs[0][1:3]] == [1, None, "PUT"]
    first = await written(d, semilla=7)
    assert "semilla 7" in first.text
    assert not first.ephemeral
    for label in ("Seguir", "Otra"):
        assert is_written(await d.click(first, label=label, until=is_written))
    refused = await d.click(first, label="Otra", user=2, quiet=SOON_S)
    assert refused.ephemeral
    assert "puedes leerlo y explicarlo" in refused.text
    explorer = await d.click(first, label="Explicar", user=3, until=is_explained)
    assert explorer.ephemeral
    explained = await d.slash(
        "explicar", {"texto": "La vida es", "pasos": 3}, user=4, until=is_explained
    )
    assert explained.attachments
    for command in ("ajustes ver", "modelos", "datos ver", "ayuda", "estado"):
        assert (await d.slash(command, user=5, quiet=SOON_S)).text, command
    assert is_written(await written(d, dm=True, user=6))
    assert await problems() == []


async def test_bad_input_is_answered_in_spanish_and_privately(wire, problems):
    for options in (
        {"texto": "␣"},
        {"texto": "Hola", "temperatura": "mucha"},
        {"texto": "Hola", "top_p": "7"},
        {"texto": "Hola", "modelo": "no-existe"},
        {"texto": "Hola", "estrategia": "@everyone"},
        {"texto": "Hola", "top_k": 10**9},
        {"texto": "Hola", "tokens": 10**6},
        {"texto": "Hola", "semilla": -1},
    ):
        refused = await wire.slash("continuar", options, raw=True, quiet=SOON_S)
        assert refused.ephemeral or "top_k" in options, options
        assert refused.text.endswith((".", "?", "…")), refused.text
    assert await problems() == []


async def test_hostile_text_pings_nobody_breaks_nothing_and_is_not_logged(wire, problems):
    async def ask(number, text):
        everything = {"texto": text, "temperatura": text, "top_p": text, "modelo": text}
        for name, value in everything.items():
            options = {"texto": "Hola", "tokens": 3, name: value}
            result = await wire.slash("continuar", options, user=number, raw=True, quiet=SOON_S)
            assert result.text
        explained = await wire.slash(
            "explicar", {"texto": text, "pasos": 2}, user=number, until=is_explained
        )
        assert explained.text
        asked = await wire.slash("ayuda", {"tema": text}, user=number, raw=True, quiet=SOON_S)
        assert asked.text
        typing = await wire.autocomplete("continuar", "modelo", text, user=number)
        assert typing.choices is not None

    await asyncio.gather(*(ask(number, text) for number, text in enumerate(HOSTILE, 10)))
    assert await problems() == []
    log = wire.bot_log()
    assert not any(text[:40] in log for text in HOSTILE)
    assert wire.token not in log


async def test_custom_ids_made_up_by_hand_are_answered(wire, problems):
    first = await written(wire)
    explained = await wire.slash("explicar", {"texto": "Hola", "pasos": 2}, until=is_explained)
    of_text, of_steps = custom_id(first, "seguir")[9:41], custom_id(explained, "ver-paso")[11:43]
    huge = "9" * 30
    made_up = (
        f"u:seguir:{of_text}:99",
        f"u:explicar:{of_text}:{huge}",
        f"u:pagina:{of_text}:{huge}:0",
        f"u:ver-paso:{of_steps}:9:{huge}:9:0:0",
        f"u:stop:{of_text}",
        f"u:seguir:{'0' * 32}:0",
        "u:seguir:x:0",
        "cualquiera",
    )
    for name in made_up:
        shown = explained if of_steps in name else first
        button = next(
            item for item in shown.message.walk() if item["type"] == 2 and not item.get("disabled")
        )
        true_name, button["custom_id"] = button["custom_id"], name
        try:
            clicked = await wire.click(shown, custom_id=name, quiet=SOON_S)
        finally:
            button["custom_id"] = true_name
        assert clicked.callback_type in {6, 7} or clicked.text, name
    # What the message does not have at all.
    button = {"type": 2, "custom_id": custom_id(first, "otra"), "id": 1}
    first.message.components[0]["components"].clear()
    lost = await wire._component(
        first.message, first.message, button, None, {}, None, SOON_S, 10, None, "[lost]"
    )
    assert lost.text.startswith("Me reinicié y ese botón ya no sabe")
    assert await problems() == []


async def test_sixty_clicks_at_once(wire, problems):
    first = await written(wire)
    clicks = await asyncio.gather(
        *(
            wire.click(first, label="Explicar", user=100 + n, until=is_explained, timeout=60)
            for n in range(60)
        )
    )
    assert all(click.ephemeral and is_explained(click) for click in clicks)
    assert max(click.latency_ack for click in clicks) < 3
    assert await problems() == []


async def test_buttons_of_forgotten_texts_say_so(wire, problems):
    first = await written(wire, user=7)
    explained = await wire.slash(
        "explicar", {"texto": "Hola", "pasos": 2}, user=7, until=is_explained
    )
    # It begins at the step that tells most, which may be the last.
    arrows = [
        one["label"]
        for one in explained.message.walk()
        if one.get("label") in ("◀", "▶") and not one.get("disabled")
    ]
    asked = await wire.slash("datos borrar", user=7, quiet=SOON_S)
    await wire.click(asked, label="Sí", quiet=1)
    clicks = [
        await wire.click(first, label="Otra", quiet=SOON_S),
        await wire.click(first, label="Explicar", user=8, quiet=SOON_S),
        await wire.click(explained, label=arrows[0], quiet=1),
    ]
    assert all("Ya no guardo los datos de ese texto" in click.text for click in clicks)
    assert all(click.ephemeral for click in clicks)
    assert await problems() == []


async def test_errors_of_discord_lose_nothing(wire, problems):
    d = wire
    for fault in (
        {"method": "PATCH", "path": "@original", "status": 502, "times": 2},
        {"method": "PATCH", "path": "@original", "status": 429, "retry_after": 1},
        {"method": "PATCH", "path": "@original", "reset": True, "times": 2},
        {"method": "PATCH", "path": "@original", "status": 0, "latency": 4},
        {"method": "POST", "path": "callback", "status": 502, "after": True},
        {"method": "POST", "path": "callback", "status": 429, "retry_after": 1},
        {"method": "POST", "path": "callback", "reset": True, "times": 2},
        {"method": "POST", "path": "callback", "reset": True, "after": True},
    ):
        injected = d.fault(**fault)
        result = await written(d, tokens=40)
        assert is_written(result), fault
        assert len(result.messages) == 1, fault
        assert injected["hits"], fault
        injected["times"] = 0
    late = d.fault("POST", "callback", status=0, latency=4)
    await d.slash("continuar", {"texto": "Hola"})
    late["times"] = 0
    await asyncio.sleep(1)
    assert is_written(await written(d))
    # Discord's own three seconds ran out once, which nobody can help.
    (unanswered,) = await problems(40060, 10062)
    assert "no response in 3.0 s" in unanswered


async def test_a_message_or_token_that_is_gone_ends_the_job(wire, problems):
    for end in (wire.expire, lambda running: setattr(running.message, "deleted", True)):
        running = await wire.slash("continuar", LONG, user=9, until=is_running)
        end(running)
    for _ in range(30):
        asked = await wire.slash("datos ver", user=9, quiet=SOON_S)
        if "No guardo nada de ti" in asked.text:
            break
    assert "No guardo nada de ti" in asked.text
    assert is_written(await written(wire, user=9))
    assert wire.bot_log().count("is gone") >= 2
    assert await problems(50027, 10008) == []


async def test_the_gateway_comes_and_goes(wire, problems):
    d = wire
    running = await d.slash("continuar", LONG, user=11, until=is_running)
    await d.drop(4000)
    await d.wait_resumed(1)
    await d.drop()
    await d.wait_resumed(2)
    await d.ask_reconnect()
    await d.wait_resumed(3)
    assert is_written(await written(d, user=12))
    await d.invalidate(resumable=False)
    await d.wait_ready()
    assert is_written(await written(d, user=12))
    await d.wait(running, until=is_written, timeout=200)
    assert is_written(running)
    assert await problems() == []


async def test_a_second_process_is_refused(wire, data_dir, model_folder):
    second = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "--env-file", str(data_dir / "none.env")),
        env={
            **os.environ,
            "MODELS": str(model_folder),
            "DATA_DIR": str(data_dir),
            "DISCORD_TOKEN": wire.token,
        },
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await second.communicate()
    assert second.returncode == 1
    assert f"otro bot en marcha con los mismos datos (proceso {wire.proc.pid}" in errors.decode()
    assert wire.token not in errors.decode()


async def test_the_end(wire):
    code, seconds = await wire.stop_bot()
    assert code == 0
    assert seconds < 15
    assert "Traceback" not in wire.bot_log()
    assert wire.tracebacks() == []
