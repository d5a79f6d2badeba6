"""A job from admission to its last edit, whatever fails on the way."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import discord
import pytest

from engine import Queued
from tests.bot.world import Gate, labels, open_world


async def test_three_texts_live_in_a_channel_and_the_fourth_waits_for_its_end(room):
    gate = room.hold()
    results = [await room.continuar(texto=f"Texto {n}") for n in range(4)]
    assert [" ▌" in result.response.content for result in results] == [True] * 3 + [False]
    assert results[3].response.content.startswith("**Texto 3**\n-# Escribiendo: lo verás entero")
    assert labels(results[3].response) == [["Detener"]]
    private = await room.continuar(privado=True)
    assert " ▌" in private.response.content
    other = room.guild.create_text_channel("otro")
    elsewhere = await room.luis.slash(other, "continuar", texto="Hola", tokens=5)
    assert " ▌" in elsewhere.response.content
    gate.set()
    await room.env.settle()
    assert " amor" in results[3].response.content
    room.engine.gate = Gate(room.env)
    again = await room.continuar()
    assert " ▌" in again.response.content
    room.engine.gate.set()


async def test_the_wait_is_computed_for_pages_that_are_shown(room, monkeypatch):
    asked = []
    stats = room.engine.stats
    monkeypatch.setattr(room.engine, "stats", lambda: asked.append(1) or stats())
    room.engine.queue_positions = tuple(range(60, 0, -1))
    await room.continuar()
    assert len(asked) < 10


async def test_the_cap_of_one_person(tmp_path):
    async with open_world(tmp_path, max_per_user=1) as room:
        gate = room.hold()
        await room.continuar()
        refused = await room.continuar()
        assert refused.response.content.startswith("Ya tienes una petición en marcha")
        assert refused.response.ephemeral
        assert "▌" in (await room.continuar(room.luis)).response.content
        gate.set()
        await room.env.settle()
        assert "▌" not in (await room.continuar()).response.content


@pytest.mark.parametrize(
    ("asked", "is_taken"),
    [
        ({"top_k": 16}, True),
        ({"top_k": 17}, False),
        ({"top_k": 17, "estrategia": "greedy"}, True),
        ({"top_k": 17, "modelo": "otro"}, True),
    ],
)
async def test_more_than_a_known_vocabulary_is_refused_before_anything_public(
    room, asked, is_taken
):
    result = await room.continuar(**asked)
    assert len(room.engine.requests) == is_taken
    assert room.first_responses() == [5 if is_taken else 4]
    assert result.response.ephemeral is not is_taken
    if not is_taken:
        assert "entre 0 y 16" in result.response.content


async def test_the_queue_line(room):
    gate = Gate(room.env)

    async def stream(request):
        yield Queued(position=3)
        await gate.wait()
        async for event in type(room.engine).stream(room.engine, request):
            yield event

    room.engine.stream = stream
    result = await room.continuar()
    content = result.response.content.replace("\u00a0", " ")
    assert content == "**Había una vez**\n-# En la cola: 3.º, unos 2 s"
    assert labels(result.response) == [["Detener"]]
    gate.set()
    await room.env.settle()
    assert " amor" in result.response.content


@pytest.mark.parametrize(
    ("others", "line"), [(0, "-# Empiezo ya…"), (1, "-# En la cola: 1.º, unos 8 s")]
)
async def test_who_has_nobody_before_is_not_told_a_place(room, others, line):
    gate = Gate(room.env)
    stats = replace(room.engine.stats(), queued=1, running=others, expected_wait_s=16.0)

    async def stream(request):
        yield Queued(position=1)
        await gate.wait()
        async for event in type(room.engine).stream(room.engine, request):
            yield event

    room.engine.stream, room.engine.stats = stream, lambda: stats
    result = await room.continuar()
    assert result.response.content.replace("\u00a0", " ") == f"**Había una vez**\n{line}"
    gate.set()
    await room.env.settle()


async def test_a_failed_progress_edit_never_kills_the_job(room):
    room.env.inject_error("PATCH", "/webhooks/*", status=400, code=50035, times=1)
    result = await room.continuar()
    assert " amor⟨C3⟩ 雪 🦄 ñandú\n" in result.response.content


async def test_an_acknowledgement_that_came_twice_counts(room):
    room.env.inject_error("POST", "/interactions/*", status=400, code=40060)
    result = await room.continuar()
    assert len(room.engine.requests) == 1
    # simcord did not process the acknowledgement, so that there is no message to edit.
    assert not result.acknowledged
    assert await room.storage.jobs.unfinished() == ()


async def test_a_dead_interaction_costs_nothing(tmp_path):
    async with open_world(tmp_path, cooldown_s=60) as room:
        room.env.inject_error("POST", "/interactions/*", status=404, code=10062)
        await room.continuar()
        assert room.engine.requests == []
        assert await room.storage.jobs.unfinished() == ()
        result = await room.continuar()
        assert " amor" in result.response.content


async def test_closing_ends_running_texts_in_words(room):
    room.hold()
    result = await room.continuar()
    await room.bot.jobs.close()
    await room.env.settle()
    assert " amor⟨C3⟩\n" in result.response.content
    assert result.response.content.endswith("-# Me estoy reiniciando: el texto se queda aquí.")
    assert await room.storage.jobs.unfinished() == ()
    late = await room.continuar()
    assert late.response.content.startswith("Me estoy reiniciando: vuelve a pedirlo")
    assert late.response.ephemeral


async def test_a_job_that_starts_while_closing_ends_in_words(room, monkeypatch):
    start = room.storage.jobs.start

    async def start_and_close(job):
        await start(job)
        room.bot.jobs.is_closing = True

    monkeypatch.setattr(room.storage.jobs, "start", start_and_close)
    result = await room.continuar()
    assert result.response.content.endswith(
        "\nMe estoy reiniciando: vuelve a pedirlo dentro de un minuto."
    )
    assert room.engine.requests == []


async def test_closing_does_not_wait_for_ever(room, monkeypatch):
    monkeypatch.setattr("bot.jobs.running_job._END_TIMEOUT_S", 0.01)
    gate = room.hold()
    room.engine.cancel = lambda request_id: True
    await room.continuar()
    await asyncio.wait_for(room.bot.jobs.close(), timeout=5)
    assert len(await room.storage.jobs.unfinished()) == 1
    gate.set()


def test_gone_errors_are_recognised():
    from bot.messages.responses import is_gone

    for status, code in ((404, 10008), (404, 10062), (401, 50027), (404, 10015), (401, 0)):
        response = SimpleNamespace(status=status, reason="x")
        assert is_gone(discord.HTTPException(response, {"code": code}))
    response = SimpleNamespace(status=400, reason="x")
    assert not is_gone(discord.HTTPException(response, {"code": 50035}))
    assert not is_gone(OSError())
