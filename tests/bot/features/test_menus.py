"""The message menus: somebody else's text leaves no trace."""

import pytest

from tests.bot.traces import everything_logged, everything_stored, log_everything
from tests.bot.world import labels

SECRET = "Mi perro se llama Toby y"


async def test_continuing_anothers_message_is_private_and_stores_no_prompt(room, caplog):
    message = await room.luis.send(room.channel, SECRET)
    log_everything(caplog)
    result = await room.ana.context_menu(room.channel, "Continuar este mensaje", message)
    assert result.response.ephemeral
    assert result.response.content.startswith(f"**{SECRET}**")
    details = await room.ana.select(result.response, ["details"])
    assert "El mensaje original no se guarda: por eso aquí no hay «Seguir» ni «Otra»." in (
        details.followups[0].content
    )
    assert labels(result.response)[0] == ["Explicar"]
    assert room.engine.requests[0].prompt == SECRET
    reply = await room.reply_of(result)
    assert (reply.request.prompt, reply.is_prompt_kept) == ("…", False)
    assert reply.completion.prompt_ids == ()
    assert "Toby" not in everything_logged(caplog)
    assert reply.reply_id in everything_stored(room.settings.data_dir)
    assert "Toby" not in everything_stored(room.settings.data_dir)


async def test_a_job_on_anothers_message_stores_no_prompt(room):
    gate = room.hold()
    message = await room.luis.send(room.channel, SECRET)
    await room.ana.context_menu(room.channel, "Continuar este mensaje", message)
    (job,) = await room.storage.jobs.unfinished()
    assert (job.request.prompt, job.is_prompt_kept) == ("…", False)
    assert job.job_id in everything_stored(room.settings.data_dir)
    assert "Toby" not in everything_stored(room.settings.data_dir)
    gate.set()


async def test_ones_own_message_is_like_continuar(room):
    message = await room.ana.send(room.channel, "Había una vez")
    result = await room.ana.context_menu(room.channel, "Continuar este mensaje", message)
    assert labels(result.response)[0] == ["Seguir", "Otra", "Explicar"]
    assert (await room.reply_of(result)).request.prompt == "Había una vez"
    assert "Había una vez" in everything_stored(room.settings.data_dir)


async def test_a_message_without_text_is_refused(room):
    message = await room.luis.send(room.channel, "", attachments=[("foto.png", b"png")])
    result = await room.ana.context_menu(room.channel, "Continuar este mensaje", message)
    assert result.response.content == "Ese mensaje no tiene texto que continuar."
    assert result.response.ephemeral


@pytest.mark.parametrize("menu", ["Explicar este mensaje"])
async def test_explaining_is_handed_to_the_explorer(room, monkeypatch, menu):
    seen = []

    async def explain_message(interaction, message):
        seen.append((interaction.user.id, message.content))
        await interaction.response.send_message("explicado", ephemeral=True)

    monkeypatch.setattr("bot.features.menus.explain_message", explain_message)
    message = await room.luis.send(room.channel, SECRET)
    result = await room.ana.context_menu(room.channel, menu, message)
    assert result.response.content == "explicado"
    assert seen == [(room.ana.id, SECRET)]


@pytest.mark.parametrize("who", ["ana", "luis"])
async def test_a_forwarded_message_is_read_and_never_stored(room, caplog, who):
    """Who forwards it has not written it, so it is somebody else's whoever asks."""
    log_everything(caplog)
    source = await room.luis.send(room.channel, f"{SECRET} <#{room.channel.id}>")
    message = await getattr(room, who).forward(source, room.channel)
    result = await room.ana.context_menu(room.channel, "Continuar este mensaje", message)
    read = f"{SECRET} #decodificadores"
    assert room.engine.requests[0].prompt == read
    assert result.response.content.startswith(f"**{read}**")
    assert "Seguir" not in labels(result.response)[0]
    await room.ana.context_menu(room.channel, "Explicar este mensaje", message)
    assert room.engine.scored[0].continuation == read
    assert not (await room.reply_of(result)).is_prompt_kept
    assert "Toby" not in everything_logged(caplog)
    assert "Toby" not in everything_stored(room.settings.data_dir)
