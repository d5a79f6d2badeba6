"""The end of a job, whatever fails on the way."""

from simcord.components import walk_components

from bot.messages import answer, responses
from bot.storage import StorageError
from tests.bot.screens import text_of
from tests.bot.world import labels, options


async def fail_without_space(*_):
    raise StorageError("no_space")


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
    monkeypatch.setattr(answer, "acknowledge", acknowledge)
    room.env.inject_error("PATCH", "/webhooks/*", status=400, code=50035, times=1)
    result = await room.continuar()
    assert " amor" in result.response.content
    assert len(tried) == 1
