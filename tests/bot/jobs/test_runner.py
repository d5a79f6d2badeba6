"""A job from admission to its last edit, whatever fails on the way."""

import asyncio
from types import SimpleNamespace

import discord
import pytest
from simcord.components import walk_components

from bot.jobs import runner
from bot.messages import responses
from bot.storage import StorageError
from engine import Queued
from tests.bot.screens import text_of
from tests.bot.world import Gate, labels, open_world, options


async def fail_without_space(*_):
    raise StorageError("no_space")


async def test_the_job_row_exists_before_submission_and_ends_with_the_reply(room):
    gate = room.hold()
    result = await room.continuar()
    (job,) = await room.storage.jobs.unfinished()
    assert (job.job_id, job.owner_id) == (room.engine.requests[0].request_id, room.ana.id)
    assert job.channel_id == room.channel.id
    assert job.interaction_token
    gate.set()
    await room.env.settle()
    assert await room.storage.jobs.unfinished() == ()
    assert (await room.reply_of(result)).reply_id == job.job_id


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


async def test_a_failed_progress_edit_never_kills_the_job(room):
    room.env.inject_error("PATCH", "/webhooks/*", status=400, code=50035, times=1)
    result = await room.continuar()
    assert " amor⟨C3⟩ 雪 🦄 ñandú\n" in result.response.content


async def test_the_final_edit_is_tried_again(room, monkeypatch):
    monkeypatch.setattr(responses, "_RETRY_AFTER_S", (0.0,) * 4)
    gate = room.hold()
    result = await room.continuar()
    room.env.inject_error("PATCH", "/webhooks/*", status=502, times=3)
    gate.set()
    await room.env.settle()
    assert " amor⟨C3⟩ 雪 🦄 ñandú\n" in result.response.content


async def test_a_page_that_discord_refuses_ends_in_words(room):
    gate = room.hold()
    result = await room.continuar()
    room.env.inject_error("PATCH", "/webhooks/*", status=400, code=40005, times=1)
    gate.set()
    await room.env.settle()
    assert "Algo ha fallado por mi parte" in result.response.content


async def test_an_end_that_discord_never_takes_is_left_to_the_next_start(room, monkeypatch):
    monkeypatch.setattr(responses, "_RETRY_AFTER_S", (0.0,))
    gate = room.hold()
    await room.continuar()
    room.env.inject_error("PATCH", "/webhooks/*", status=502, times=None)
    gate.set()
    await room.env.settle()
    (job,) = await room.storage.jobs.unfinished()
    assert (await room.storage.replies.get(job.job_id)).completion.attempts


async def test_a_deleted_message_ends_the_job_quietly(room):
    gate = room.hold()
    result = await room.continuar()
    message_id = result.response.id
    room.env.backend.delete_message(room.channel.id, message_id)
    gate.set()
    await room.env.settle()
    assert await room.storage.jobs.unfinished() == ()
    assert await room.storage.replies.get(room.engine.requests[0].request_id) is None
    assert room.env.errors == []


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


async def test_the_row_is_written_before_the_acknowledgement(room, monkeypatch):
    unanswered = []

    async def acknowledge(interaction, *, ephemeral):
        unanswered.extend(await room.storage.jobs.unfinished())
        return False, None

    monkeypatch.setattr(runner, "_NOTE_TIMEOUT_S", 1e6)
    monkeypatch.setattr(runner, "acknowledge", acknowledge)
    await room.continuar()
    assert [job.owner_id for job in unanswered] == [room.ana.id]
    assert await room.storage.jobs.unfinished() == ()


async def test_a_row_that_waits_for_a_busy_database_holds_nobody_up(room, monkeypatch):
    start, is_free = room.storage.jobs.start, Gate(room.env)

    async def start_late(job):
        await is_free.wait()
        await start(job)

    monkeypatch.setattr(runner, "_NOTE_TIMEOUT_S", 0.01)
    monkeypatch.setattr(room.storage.jobs, "start", start_late)
    result = await room.continuar()
    assert " amor" in result.response.content
    is_free.set()
    await room.env.settle()
    assert await room.storage.jobs.unfinished() == ()


async def test_a_reply_that_cannot_be_stored_is_still_shown(room, monkeypatch):
    monkeypatch.setattr(room.storage.replies, "save", fail_without_space)
    result = await room.continuar()
    assert " amor" in result.response.content
    assert labels(result.response) == [["Más…"]]
    assert options(result.response) == ["Borrar"]
    (note,) = result.followups
    assert note.ephemeral
    assert note.content.startswith("El texto está escrito, pero no está guardado: no lleva los bot")
    assert "no queda espacio en el disco" in note.content
    await room.ana.select(result.response, ["delete"])
    assert result.response is None


async def test_an_explanation_that_cannot_be_stored_is_still_shown(room, monkeypatch):
    monkeypatch.setattr(room.storage.replies, "save", fail_without_space)
    result = await room.ana.slash(room.channel, "explicar", texto="Había una vez")
    assert "solo lo ves tú" in text_of(result.response)
    assert result.response.attachments
    assert not [c for c in walk_components(result.response.components) if c["type"] in {2, 3}]
    assert "no está guardado" in result.followups[0].content


async def test_a_text_is_not_lost_with_the_note_of_its_message(room, monkeypatch):
    async def acknowledge(interaction, *, ephemeral):
        """Acknowledge as on a network that lost Discord's answer."""
        await responses.acknowledge(interaction, ephemeral=ephemeral)
        return True, None

    tried = []

    async def set_message(*arguments):
        tried.append(arguments)
        raise StorageError("no_space")

    monkeypatch.setattr(room.storage.replies, "set_message", set_message)
    monkeypatch.setattr(runner, "acknowledge", acknowledge)
    room.env.inject_error("PATCH", "/webhooks/*", status=400, code=50035, times=1)
    result = await room.continuar()
    assert " amor" in result.response.content
    assert len(tried) == 1


async def test_a_text_needs_no_row(room, monkeypatch):
    monkeypatch.setattr(room.storage.jobs, "start", fail_without_space)
    result = await room.continuar()
    assert " amor" in result.response.content
    assert (await room.reply_of(result)).completion.attempts


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
        room.bot.jobs._is_closing = True

    monkeypatch.setattr(room.storage.jobs, "start", start_and_close)
    result = await room.continuar()
    assert result.response.content.endswith(
        "\nMe estoy reiniciando: vuelve a pedirlo dentro de un minuto."
    )
    assert room.engine.requests == []


async def test_closing_does_not_wait_for_ever(room, monkeypatch):
    monkeypatch.setattr("bot.jobs.runner._CLOSE_TIMEOUT_S", 0.01)
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
