"""Start, synchronisation, places, restarts and what is left over from an earlier process."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import discord
import pytest
import simcord

from bot.app import Unicornio
from bot.features import PERSISTENT_ITEMS
from bot.messages.errors import UserError
from bot.storage import StorageError
from tests.bot.cut_off import job_of, still_thinking
from tests.bot.world import labels, open_world, resources

COMMANDS = {
    "continuar",
    "explicar",
    "comparar",
    "familias",
    "tokens",
    "lote",
    "clase",
    "adivina",
    "rellenar",
    "transformar",
    "ajustes",
    "modelos",
    "datos",
    "ayuda",
    "estado",
    "Continuar este mensaje",
    "Explicar este mensaje",
    "Poner tildes a este mensaje",
}


def syncs(env):
    return [
        (r.path.partition("/guilds/")[2].partition("/")[0] or "global", {c["name"] for c in r.json})
        for r in env.http_requests
        if r.method == "PUT" and r.path.endswith("/commands")
    ]


def test_no_privileged_intent_and_no_pings(tmp_path):
    async def make():
        async with resources(tmp_path) as made:
            return made.bot

    bot = asyncio.run(make())
    privileged = ("members", "presences", "message_content")
    assert not any(getattr(bot.intents, name) for name in privileged)
    assert bot.allowed_mentions.to_dict() == {"parse": []}
    assert isinstance(bot, discord.AutoShardedClient)


async def test_commands_are_synced_once(room):
    assert syncs(room.env) == [("global", COMMANDS)]
    await room.restart()
    assert len(syncs(room.env)) == 1


async def test_commands_are_synced_again_when_they_changed(room):
    key = f"commands:{room.bot.application_id}:global"
    await room.storage.state.set(key, "another tree")
    await room.restart()
    assert len(syncs(room.env)) == 2


async def test_a_simulated_discord_is_always_told(room):
    bot = Unicornio(
        settings=room.settings,
        engine=room.engine,
        storage=room.storage,
        shard_count=1,
        always_sync=True,
    )
    await room.env.restart_bot(bot)
    assert len(syncs(room.env)) == 2


async def test_commands_move_to_the_chosen_servers_and_back(room):
    chosen = room.settings.model_copy(update={"discord_guild_ids": (room.guild.id,)})
    everywhere, room.settings = room.settings, chosen
    await room.restart()
    assert syncs(room.env)[1:] == [("global", set()), (str(room.guild.id), COMMANDS)]
    result = await room.continuar()
    assert " amor" in result.response.content
    room.settings = everywhere
    await room.restart()
    assert syncs(room.env)[3:] == [("global", COMMANDS), (str(room.guild.id), set())]
    await room.restart()
    assert len(syncs(room.env)) == 5


async def test_commands_of_one_server_do_not_say_where_they_may_be_used(tmp_path):
    async with open_world(tmp_path, discord_guild_ids=(1,)) as room:
        for command in room.bot.tree.get_commands(guild=discord.Object(1)):
            payload = command.to_dict(room.bot.tree)
            assert payload.get("contexts") is payload.get("integration_types") is None


async def test_a_server_without_the_bot_does_not_stop_the_start(tmp_path):
    async with resources(tmp_path, discord_guild_ids=(1234567890,)) as made:
        env = simcord.Env(made.bot, check_errors=False)
        env.inject_error("PUT", "/applications/*/guilds/*", status=403, code=50001)
        await env.start()
        assert made.bot.is_ready()
        await env.shutdown()


async def test_a_chosen_server_gets_its_commands_when_the_bot_joins(room):
    later = 4242 << 22
    chosen = room.settings.model_copy(update={"discord_guild_ids": (room.guild.id, later)})
    room.settings = chosen
    room.env.inject_error(
        "PUT", f"/applications/*/guilds/{later}/commands", status=403, code=50001, times=1
    )
    await room.restart()
    sent = len(syncs(room.env))
    # simcord tells of a new server as one that is available again.
    for guild in (room.env.create_guild("De nadie"), room.env.create_guild("Aula", id=later)):
        await room.env.settle()
        room.bot.dispatch("guild_join", room.bot.get_guild(guild.id))
    await room.env.settle()
    assert syncs(room.env)[sent:] == [(str(later), COMMANDS)]


async def test_a_server_that_the_bot_has_left_is_forgotten(room, caplog):
    everywhere = room.settings
    room.settings = everywhere.model_copy(update={"discord_guild_ids": (room.guild.id,)})
    await room.restart()
    room.settings = everywhere
    room.env.inject_error("PUT", "/applications/*/guilds/*", status=403, code=50001, times=1)
    await room.restart()
    sent = len(syncs(room.env))
    await room.restart()
    assert len(syncs(room.env)) == sent
    assert "not synced" not in caplog.text
    room.settings = everywhere.model_copy(update={"discord_guild_ids": (room.guild.id,)})
    await room.restart()
    assert (str(room.guild.id), COMMANDS) in syncs(room.env)[sent:]


async def test_a_server_that_could_not_be_cleared_is_tried_again(room):
    everywhere = room.settings
    room.settings = everywhere.model_copy(update={"discord_guild_ids": (room.guild.id,)})
    await room.restart()
    room.settings = everywhere
    room.env.inject_error("PUT", "/applications/*/guilds/*", status=400, code=50035, times=1)
    await room.restart()
    sent = len(syncs(room.env))
    await room.restart()
    assert syncs(room.env)[sent:] == [(str(room.guild.id), set())]


async def test_other_servers_are_refused_with_their_buttons(tmp_path):
    async with open_world(tmp_path) as room:
        first = await room.continuar()
        only_there = room.bot.settings.model_copy(update={"discord_guild_ids": (1,)})
        room.bot.settings = only_there
        for result in (
            await room.continuar(),
            await room.ana.click(first.response, label="Otra"),
        ):
            assert result.response.content.startswith("Aquí no puedo responder")
            assert result.response.ephemeral
        assert await room.ana.autocomplete(room.channel, "continuar", "modelo", "g") == []


@pytest.mark.parametrize("is_allowed", [True, False])
async def test_direct_messages(tmp_path, is_allowed):
    async with open_world(tmp_path, allow_dms=is_allowed) as room:
        contexts = room.bot.tree.get_commands()[0].to_dict(room.bot.tree)["contexts"]
        assert (1 in contexts) is is_allowed
        assert 0 in contexts
        dm = SimpleNamespace(guild_id=None)
        if is_allowed:
            room.bot.require_allowed(dm)
        else:
            with pytest.raises(UserError, match="No respondo por mensaje privado"):
                room.bot.require_allowed(dm)


async def test_direct_messages_are_refused_where_the_servers_are_chosen(tmp_path):
    async with open_world(tmp_path, allow_dms=True, discord_guild_ids=(1,)) as room:
        with pytest.raises(UserError, match="No respondo por mensaje privado"):
            room.bot.require_allowed(SimpleNamespace(guild_id=None))


async def test_buttons_of_an_earlier_process_work(room):
    first = await room.tries_by_pages(2)
    await room.restart()
    message = room.message(first.response.id)
    await room.ana.click(message, label="Siguiente ▶")
    assert labels(room.message(first.response.id))[1][1] == "2 de 2"
    second = await room.ana.click(message, label="Otra")
    assert second.response.content.startswith("**Había una vez**\n**1.** ")
    third = await room.ana.click(message, label="Seguir")
    assert room.engine.requests[-1].prefix_ids
    refused = await room.luis.select(third.response, ["delete"])
    assert refused.response.content.startswith("Este texto es de Ana")
    await room.ana.select(third.response, ["delete~"])
    assert third.response.content == "Borrado."


async def fail_without_space(*_):
    raise StorageError("no_space")


@pytest.mark.parametrize("is_thinking", [True, False])
async def test_a_job_cut_off_twice_is_told_and_can_be_repeated(room, is_thinking):
    result = await (still_thinking(room) if is_thinking else room.continuar())
    job = job_of(room, result, can_resume=False)
    await room.storage.jobs.start(job)
    await room.restart()
    message = room.message(result.response.id)
    assert message.content == (
        "**Había una vez**\n\nSe interrumpió: me reinicié antes de acabar. "
        "Pulsa «Otra» para pedirlo de nuevo."
    )
    assert labels(message) == [["Otra"]]
    assert await room.storage.jobs.unfinished() == ()
    again = await room.ana.click(message, label="Otra")
    assert again.response.content.startswith("**Había una vez**")
    assert "Se interrumpió" not in again.response.content


async def test_a_job_of_another_bot_on_the_same_database_is_left_alone(room):
    result = await room.continuar()
    before = room.message(result.response.id).content
    theirs = job_of(room, result, application_id=5)
    await room.storage.jobs.start(theirs)
    await room.restart()
    assert room.message(result.response.id).content == before
    assert await room.storage.jobs.unfinished() == (theirs,)


async def test_a_job_that_was_deleted_meanwhile_is_not_stored_again(room, monkeypatch):
    result = await room.continuar()
    job = job_of(room, result)

    async def read_before_the_deletion(*_, **__):
        return (job,)

    monkeypatch.setattr(room.storage.jobs, "take_over", read_before_the_deletion)
    await room.storage.delete_user(room.ana.id)
    await room.restart()
    message = room.message(result.response.id)
    assert message.content == "Se interrumpió: me reinicié antes de acabar. Vuelve a pedirlo."
    assert labels(message) == []
    assert (await room.storage.user_data(room.ana.id)).is_empty


async def test_a_job_cut_off_is_told_without_space_for_asking_again(room, monkeypatch):
    result = await still_thinking(room)
    await room.storage.jobs.start(job_of(room, result, can_resume=False))
    monkeypatch.setattr(room.storage.replies, "save_of_job", fail_without_space)
    await room.restart()
    message = room.message(result.response.id)
    assert message.content == "Se interrumpió: me reinicié antes de acabar. Vuelve a pedirlo."
    assert await room.storage.jobs.unfinished() == ()


async def test_a_start_needs_no_space_to_note_what_was_synced(room, monkeypatch, caplog):
    monkeypatch.setattr(room.storage.state, "set", fail_without_space)
    await room.restart()
    assert room.bot.is_ready()
    assert "what was synced is not noted: StorageError('no_space')" in caplog.messages
    assert " amor" in (await room.continuar()).response.content


async def test_a_job_on_somebody_elses_message_cannot_be_repeated(room):
    result = await room.continuar()
    await room.storage.jobs.start(job_of(room, result, is_prompt_kept=False, can_resume=False))
    await room.restart()
    message = room.message(result.response.id)
    assert message.content.endswith(
        "Se interrumpió: me reinicié antes de acabar. Vuelve a pedirlo."
    )
    assert labels(message) == []


async def test_a_text_whose_last_edit_was_lost_is_shown(room, monkeypatch):
    result = await still_thinking(room)
    stored = await room.reply_of(await room.continuar())
    job = job_of(room, result, job_id=stored.reply_id, request=stored.request)
    await room.storage.jobs.start(job)
    monkeypatch.setattr(room.storage.replies, "set_message", fail_without_space)
    await room.restart()
    message = room.message(result.response.id)
    assert " amor⟨C3⟩ 雪 🦄 ñandú\n" in message.content
    assert labels(message)[0][0] == "Seguir"


async def test_an_explanation_cut_off_is_told_in_its_own_kind_of_message(room):
    result = await still_thinking(room)
    await room.storage.jobs.start(job_of(room, result, kind="explicar", can_resume=False))
    await room.restart()
    message = room.message(result.response.id)
    assert message.flags.components_v2
    assert message.components[0]["content"].startswith("Se interrumpió")


def words_and_buttons(message):
    (container,) = message.components
    parts = [part for row in container["components"] for part in (row, *row.get("components", ()))]
    return [(part.get("content"), part.get("custom_id")) for part in parts]


@pytest.mark.parametrize("visibility", ["private", "public"])
async def test_an_explanation_whose_last_edit_was_lost_is_shown(tmp_path, visibility):
    async with open_world(tmp_path, reply_visibility=visibility) as room:
        result = await room.ana.slash(room.channel, "explicar", texto="Había una vez", pasos=3)
        stored = await room.reply_of(result)
        job = job_of(room, result, kind="explicar", job_id=stored.reply_id, request=stored.request)
        await room.storage.jobs.start(job)
        before = words_and_buttons(room.message(result.response.id))
        await room.restart()
        assert words_and_buttons(room.message(result.response.id)) == before
        assert await room.storage.jobs.unfinished() == ()


async def test_an_old_job_is_only_finished(room):
    result = await room.continuar()
    old = datetime.now(UTC) - timedelta(minutes=16)
    await room.storage.jobs.start(job_of(room, result, created_at=old))
    await room.restart()
    assert " amor" in room.message(result.response.id).content
    assert await room.storage.jobs.unfinished() == ()


async def test_a_job_whose_message_is_gone_is_only_finished(room):
    result = await room.continuar()
    await room.storage.jobs.start(job_of(room, result))
    await room.ana.select(result.response, ["delete"])
    await room.restart()
    assert await room.storage.jobs.unfinished() == ()


async def test_a_button_that_nobody_knows_is_answered(room):
    result = await room.continuar()
    row = {
        "type": 1,
        "components": [{"type": 2, "style": 2, "label": "Viejo", "custom_id": "de-antes"}],
    }
    room.env.backend.edit_message(room.channel.id, result.response.id, {"components": [row]})
    answer = await room.ana.click(room.message(result.response.id), label="Viejo")
    assert answer.response.content.startswith("Me reinicié y ese botón ya no sabe")
    assert answer.response.ephemeral


async def test_a_click_on_what_the_message_no_longer_has_is_answered(room, monkeypatch):
    first = await room.continuar()
    message = room.message(first.response.id)
    # A known pattern, which discord.py drops because the message of the click lacks it.
    monkeypatch.setattr(discord.ui.View, "from_message", lambda *_, **__: discord.ui.View())
    answer = await room.ana.click(message, label="Otra")
    assert answer.response.content.startswith("Me reinicié y ese botón ya no sabe")


class Form(discord.ui.Modal, title="Un formulario"):
    text = discord.ui.TextInput(label="Texto")

    async def on_submit(self, interaction):
        await interaction.response.send_message("recibido", ephemeral=True)


async def shown_form(room):
    @room.bot.tree.command(name="formulario", description="x")
    async def open_form(interaction):
        await interaction.response.send_modal(Form())

    await room.bot.tree.sync()
    return await room.ana.slash(room.channel, "formulario")


async def test_a_form_that_was_lost_gives_its_text_back(room):
    form = await shown_form(room)
    await room.restart()
    (field_id,) = [item["components"][0]["custom_id"] for item in form.modal["components"]]
    answer = await room.ana.submit_modal(form, {field_id: "mi **texto** @here"})
    assert answer.response.content == (
        "Me reinicié y perdí ese formulario. Tu texto: mi \\*\\*texto\\*\\* @\u200bhere"
    )
    assert answer.response.ephemeral


async def test_a_form_that_is_known_is_left_alone(room):
    form = await shown_form(room)
    (field_id,) = [item["components"][0]["custom_id"] for item in form.modal["components"]]
    answer = await room.ana.submit_modal(form, {field_id: "hola"})
    assert answer.response.content == "recibido"
    assert answer.followups == []


async def test_old_data_is_pruned_every_hour(room, monkeypatch):
    calls = []

    async def prune(*args):
        calls.append(args[:2])
        return 0

    monkeypatch.setattr(room.storage, "prune", prune, raising=False)
    await room.env.advance_time(3700)
    assert calls
    assert calls[0] == (room.settings.retention_days, room.settings.max_data_mb)


async def test_closing_the_client_ends_what_runs(room):
    room.hold()
    result = await room.continuar()
    await room.bot.close()
    assert result.response.content.endswith("Me estoy reiniciando: el texto se queda aquí.")


def test_the_templates_of_persistent_items_do_not_overlap():
    reply_id = "0123456789abcdef" * 2
    patterns = [item.__discord_ui_compiled_template__ for item in PERSISTENT_ITEMS]
    assert len(set(patterns)) == len(patterns)
    for count in range(7):
        for item in PERSISTENT_ITEMS:
            custom_id = ":".join(["u", item.action, reply_id, *["12"] * count])
            assert sum(bool(pattern.fullmatch(custom_id)) for pattern in patterns) <= 1
