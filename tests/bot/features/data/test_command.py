"""`/datos`: what is kept about a person, and its deletion."""

import asyncio
import json
from datetime import UTC, datetime

from babel.dates import format_date

from bot.features.data import file, texts
from bot.messages.responses import acknowledge
from bot.storage import Preferences, StoredReply
from engine import DecodingParams, GenerationRequest
from tests.bot.screens import has_component, text_of

NOW = datetime.now(UTC)
TODAY = format_date(NOW, "d MMM y", locale="es")


async def store_reply(world, owner_id):
    request = GenerationRequest(prompt="Hola", params=DecodingParams(max_new_tokens=4))
    completion = await world.engine.generate(request)
    reply = StoredReply(
        reply_id=request.request_id,
        kind="continuar",
        owner_id=owner_id,
        guild_id=world.guild.id,
        channel_id=world.channel.id,
        message_id=None,
        request=request,
        completion=completion,
        is_prompt_kept=True,
        created_at=NOW,
    )
    await world.storage.replies.save(reply)
    return reply


async def test_nothing_is_kept_of_a_newcomer(world):
    shown = await world.member.slash(world.channel, "datos ver")
    assert shown.response.ephemeral
    assert texts.NOTHING in text_of(shown.response)
    assert not has_component(shown.response, "datos-borrar")


async def test_everything_kept_is_shown(world):
    preferences = Preferences(params={"temperature": 0.3}, model="otro")
    await world.storage.preferences.set("user", world.member.id, preferences)
    await store_reply(world, world.member.id)
    text = text_of((await world.member.slash(world.channel, "datos ver")).response)
    assert "**Ajustes tuyos:** temperatura 0,3, otro" in text
    assert f"**Textos con su traza:** 1 (del {TODAY} al {TODAY})" in text
    assert "a los 30 días" in text


async def downloaded(world):
    shown = await world.member.slash(world.channel, "datos ver")
    result = await world.member.click(shown.response, label=texts.BUTTON_DOWNLOAD)
    assert result.response.ephemeral
    (file,) = result.response.attachments
    assert file.filename == texts.FILE_NAME
    return result.response.content, json.loads(await file.read())


async def test_everything_kept_can_be_downloaded(world, monkeypatch):
    preferences = Preferences(params={"temperature": 0.3}, model="otro")
    await world.storage.preferences.set("user", world.member.id, preferences)
    mine = await store_reply(world, world.member.id)
    await store_reply(world, world.manager.id)
    content, data = await downloaded(world)
    assert content == texts.FILE
    assert (data["usuario"], data["ajustes"]) == (str(world.member.id), {"temperature": 0.3})
    assert (data["modelo"], data["textos_que_no_caben"]) == ("otro", 0)
    (text,) = data["textos"]
    assert (text["texto_pedido"], text["orden"]) == ("Hola", "continuar")
    assert text["textos_escritos"] == [mine.completion.attempts[0].text]
    assert text["ajustes"]["max_new_tokens"] == 4
    assert "bad_words" not in text["ajustes"]
    monkeypatch.setattr(file, "MOST_BYTES", 10)
    content, data = await downloaded(world)
    assert content == texts.FILE + texts.FILE_LEFT_OUT.format(count="1")
    assert (data["textos"], data["textos_que_no_caben"]) == ([], 1)


async def test_votes_are_shown_downloaded_and_deleted(world):
    theirs = await store_reply(world, world.manager.id)
    await world.storage.votes.cast(theirs.reply_id, world.member.id, 2)
    shown = await world.member.slash(world.channel, "datos ver")
    assert "**Votos por un intento:** 1" in text_of(shown.response)
    _, data = await downloaded(world)
    assert data["votos"] == [
        {
            "servidor": str(world.guild.id),
            "canal": str(world.channel.id),
            "mensaje": None,
            "intento": 3,
        }
    ]
    asked = await world.member.slash(world.channel, "datos borrar")
    await world.member.click(asked.response, label=texts.BUTTON_YES)
    assert "- 1 voto\n" in text_of(asked.response)
    assert await world.storage.votes.count(theirs.reply_id) == {}


async def test_votes_that_the_file_has_no_room_for_are_said(world, monkeypatch):
    monkeypatch.setattr(file, "MOST_VOTES", 1)
    for _ in range(3):
        theirs = await store_reply(world, world.manager.id)
        await world.storage.votes.cast(theirs.reply_id, world.member.id, 2)
    content, data = await downloaded(world)
    assert content == texts.FILE + (
        " No caben todos los votos: faltan 2, los de los textos más antiguos."
    )
    assert (len(data["votos"]), data["votos_que_no_caben"]) == (1, 2)


async def test_deleting_asks_and_then_leaves_nothing_of_this_person_only(world):
    await world.storage.preferences.set("user", world.member.id, Preferences(model="otro"))
    mine = await store_reply(world, world.member.id)
    theirs = await store_reply(world, world.manager.id)
    shown = await world.member.slash(world.channel, "datos borrar")
    assert shown.response.ephemeral
    assert await world.storage.replies.get(mine.reply_id) is not None
    await world.restart()
    await world.member.click(shown.response, label=texts.BUTTON_YES)
    text = text_of(shown.response)
    assert "- tus ajustes (1)" in text
    assert "- 1 texto con su traza" in text
    assert (await world.storage.user_data(world.member.id)).is_empty
    assert await world.storage.replies.get(theirs.reply_id) is not None


async def test_deleting_can_be_refused(world):
    mine = await store_reply(world, world.member.id)
    seen = await world.member.slash(world.channel, "datos ver")
    await world.member.click(seen.response, label=texts.BUTTON_DELETE)
    await world.member.click(seen.response, label=texts.BUTTON_NO)
    assert texts.KEPT in text_of(seen.response)
    assert await world.storage.replies.get(mine.reply_id) is not None


async def test_a_click_whose_acknowledgement_got_lost_deletes_all_the_same(world):
    mine = await store_reply(world, world.member.id)
    shown = await world.member.slash(world.channel, "datos borrar")
    world.env.inject_error("POST", "/interactions/*", status=400, code=40060)
    await world.member.click(shown.response, label=texts.BUTTON_YES)
    assert await world.storage.replies.get(mine.reply_id) is None


async def test_there_may_be_nothing_to_delete(world):
    shown = await world.member.slash(world.channel, "datos borrar")
    await world.member.click(shown.response, label=texts.BUTTON_YES)
    assert texts.DELETED_NOTHING in text_of(shown.response)


async def test_running_requests_are_stopped_first_and_leave_nothing(world):
    shown = await world.member.slash(world.channel, "datos borrar")
    world.hold()
    await world.member.slash(world.channel, "continuar", texto="Había una vez")
    await world.member.click(shown.response, label=texts.BUTTON_YES)
    assert world.engine.cancelled == [world.engine.requests[0].request_id]
    assert "- 1 petición en marcha, detenida" in text_of(shown.response)
    assert (await world.storage.user_data(world.member.id)).is_empty


async def test_a_request_that_is_only_being_acknowledged_leaves_nothing(world, monkeypatch):
    is_told, may_go_on = asyncio.Event(), asyncio.Event()

    async def slow(interaction, *, ephemeral):
        is_told.set()
        await may_go_on.wait()
        return await acknowledge(interaction, ephemeral=ephemeral)

    async def delete():
        await is_told.wait()
        deleting = asyncio.create_task(delete_everything())
        await asyncio.sleep(0)
        may_go_on.set()
        return await deleting

    async def delete_everything():
        stopped = await world.bot.jobs.stop_all_of(world.member.id)
        await world.storage.delete_user(world.member.id)
        return stopped

    monkeypatch.setattr("bot.messages.answer.acknowledge", slow)
    deletion = asyncio.create_task(delete())
    result = await world.member.slash(world.channel, "continuar", texto="Había una vez")
    assert await deletion == 1
    assert world.engine.requests == []
    assert (await world.storage.user_data(world.member.id)).is_empty
    assert "▌" not in result.response.content


async def test_deleting_drops_the_pictures(world):
    await world.member.slash(world.channel, "explicar", texto="Había una vez", pasos=3)
    assert world.bot.pictures._pictures
    shown = await world.member.slash(world.channel, "datos borrar")
    await world.member.click(shown.response, label=texts.BUTTON_YES)
    assert not world.bot.pictures._pictures


async def test_nothing_is_deleted_while_a_request_does_not_stop(world, monkeypatch):
    mine = await store_reply(world, world.member.id)
    shown = await world.member.slash(world.channel, "datos borrar")
    gate = world.hold()
    monkeypatch.setattr(world.engine, "cancel", lambda request_id: True)
    await world.member.slash(world.channel, "continuar", texto="Había una vez")
    refused = await world.member.click(shown.response, label=texts.BUTTON_YES)
    await world.env.advance_time(10)
    assert [message.content for message in refused.followups] == [texts.STILL_RUNNING]
    assert await world.storage.replies.get(mine.reply_id) is not None
    gate.set()
