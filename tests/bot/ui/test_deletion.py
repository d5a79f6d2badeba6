"""«Borrar», and «Deshacer» for half a minute."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import discord
import pytest
from simcord.components import walk_components

from bot.features.continuation import menu as continuation_menu
from bot.messages.responses import acknowledge_click
from bot.messages.trash import UNDO_S
from bot.storage.branches import Branch
from bot.storage.errors import StorageError
from bot.ui import deletion
from bot.ui.items import custom_id
from tests.bot.traces import everything_stored
from tests.bot.world import labels, options

PROMPT = "Había una vez"


async def delete(room, result, who=None):
    # Every other time the values carry a mark; see `bot.ui.renewal`.
    (menu,) = (c for c in walk_components(result.response.components) if c["type"] == 3)
    (value,) = (o["value"] for o in menu["options"] if o["value"].startswith("delete"))
    return await (who or room.ana).select(result.response, [value])


async def test_what_is_deleted_is_gone_at_once_but_for_deshacer(room):
    first = await room.continuar()
    reply = await room.reply_of(first)
    await room.luis.click(first.response, label="Explicar")
    assert room.bot.pictures._pictures
    await delete(room, first)
    assert first.response.content == "Borrado."
    assert labels(first.response) == [["Deshacer"]]
    assert await room.storage.replies.get(reply.reply_id) is None
    assert not room.bot.pictures._pictures
    await room.env.advance_time(UNDO_S - 1)
    assert first.response is not None
    await room.env.advance_time(1)
    assert first.response is None
    assert room.bot.trash.is_empty
    assert PROMPT not in everything_stored(room.settings.data_dir)


async def test_deshacer_brings_it_back_as_it_was(room):
    first = await room.continuar(estrategia="greedy", temperatura="0,7")
    content, buttons = first.response.content, labels(first.response)
    reply = await room.reply_of(first)
    await delete(room, first)
    await room.ana.click(first.response, label="Deshacer")
    assert (first.response.content, labels(first.response)) == (content, buttons)
    assert await room.reply_of(first) == reply
    await room.env.advance_time(2 * UNDO_S)
    assert first.response.content == content
    assert (await room.ana.click(first.response, label="Seguir")).response.content


def clicked_twice(monkeypatch, place, name, gap_s=0.0):
    """Let whatever a click calls run a second time, a moment after it began."""
    answer = getattr(place, name)

    async def both(*args):
        async def again():
            await asyncio.sleep(gap_s)
            await answer(*args)

        await asyncio.gather(answer(*args), again())

    monkeypatch.setattr(place, name, both)


@pytest.fixture
def acknowledge_again(monkeypatch):
    """Let one interaction stand for two: its second acknowledgement is none."""

    async def tolerant(interaction):
        if not interaction.response.is_done():
            with suppress(discord.InteractionResponded):
                await acknowledge_click(interaction)

    monkeypatch.setattr(deletion, "acknowledge_click", tolerant)


@pytest.mark.parametrize("gap_s", [0.0, 0.02])
@pytest.mark.usefixtures("acknowledge_again")
async def test_two_clicks_bring_it_back_once(room, monkeypatch, gap_s):
    first = await room.continuar()
    content, reply = first.response.content, await room.reply_of(first)
    await delete(room, first)
    restore = room.storage.replies.restore

    async def slowly(removed):
        await asyncio.sleep(0.05)
        await restore(removed)

    monkeypatch.setattr(room.bot.storage.replies, "restore", slowly)
    clicked_twice(monkeypatch, deletion.UndoButton, "respond", gap_s)
    await room.ana.click(first.response, label="Deshacer")
    assert first.response.content == content
    assert await room.storage.replies.get(reply.reply_id) == reply


@pytest.mark.usefixtures("acknowledge_again")
async def test_two_clicks_delete_it_once(room, monkeypatch):
    first = await room.continuar()
    content, reply = first.response.content, await room.reply_of(first)
    clicked_twice(monkeypatch, continuation_menu, "discard")
    await delete(room, first)
    await room.ana.click(first.response, label="Deshacer")
    assert first.response.content == content
    await room.env.advance_time(2 * UNDO_S)
    assert first.response.content == content
    assert await room.storage.replies.get(reply.reply_id) == reply


async def test_all_data_is_deleted_behind_what_is_being_brought_back(room, monkeypatch):
    first = await room.continuar()
    await delete(room, first)
    restore = room.storage.replies.restore
    begun, may_go_on = asyncio.Event(), asyncio.Event()

    async def slowly(removed):
        begun.set()
        await may_go_on.wait()
        await restore(removed)

    monkeypatch.setattr(room.bot.storage.replies, "restore", slowly)
    returning = asyncio.create_task(room.ana.click(first.response, label="Deshacer"))
    await begun.wait()
    emptying = asyncio.create_task(room.bot.trash.empty())
    await asyncio.sleep(0.02)
    assert not emptying.done()
    may_go_on.set()
    await asyncio.gather(returning, emptying)


async def test_what_cannot_be_shown_again_stays_deleted_and_may_be_tried_again(room, monkeypatch):
    first = await room.continuar()
    content, reply = first.response.content, await room.reply_of(first)
    kind = room.bot.kinds[reply.kind]
    builder = "finished" if kind.redrawn is None else "redrawn"
    attempts = []

    async def failing_once(*args):
        attempts.append(args)
        if len(attempts) == 1:
            raise StorageError("io")
        return await getattr(kind, builder)(*args)

    failing = {**room.bot.kinds, reply.kind: replace(kind, **{builder: failing_once})}
    monkeypatch.setattr(room.bot, "kinds", failing)
    await delete(room, first)
    await room.ana.click(first.response, label="Deshacer")
    assert first.response.content == "Borrado."
    assert await room.storage.replies.get(reply.reply_id) is None
    await room.ana.click(first.response, label="Deshacer")
    assert first.response.content == content
    assert await room.storage.replies.get(reply.reply_id) == reply


async def test_a_made_up_deshacer_takes_no_other_message_away(room):
    first = await room.continuar()
    names = [custom_id("deshacer", "0" * 32), custom_id("borrar", "0" * 32)]
    row = [{"type": 2, "style": 2, "label": "x", "custom_id": name} for name in names]
    shown = {"components": [{"type": 1, "components": row}]}
    room.env.backend.edit_message(room.channel.id, first.response.id, shown)
    await room.luis.click(first.response, custom_id=names[0])
    assert first.response is not None


async def test_what_hangs_on_a_text_comes_back_with_it(room):
    first, second = await room.continuar(), await room.continuar()
    parent, child = await room.reply_of(first), await room.reply_of(second)
    branch = Branch(
        reply_id=child.reply_id, parent_id=parent.reply_id, attempt=0, step=1, token="x", opening=""
    )
    await room.storage.branches.add(branch)
    await room.storage.votes.cast(parent.reply_id, room.luis.id, 0)
    tree = await room.storage.branches.tree_of(child.reply_id)
    await delete(room, first)
    assert len(await room.storage.branches.tree_of(child.reply_id)) == 1
    await room.ana.click(first.response, label="Deshacer")
    assert await room.storage.branches.tree_of(child.reply_id) == tree
    assert await room.storage.votes.count(parent.reply_id) == {0: 1}


async def test_a_link_whose_other_end_is_gone_does_not_come_back(room):
    first, second = await room.continuar(), await room.continuar()
    parent, child = await room.reply_of(first), await room.reply_of(second)
    branch = Branch(
        reply_id=child.reply_id, parent_id=parent.reply_id, attempt=0, step=1, token="x", opening=""
    )
    await room.storage.branches.add(branch)
    await delete(room, first)
    await room.storage.replies.delete(child.reply_id)
    await room.ana.click(first.response, label="Deshacer")
    assert len(await room.storage.branches.tree_of(parent.reply_id)) == 1


async def test_words_that_are_not_stored_come_back_too(room):
    message = await room.luis.send(room.channel, "Mi perro se llama Toby y")
    shown = await room.ana.context_menu(room.channel, "Continuar este mensaje", message)
    content = shown.response.content
    await delete(room, shown)
    await room.ana.click(shown.response, label="Deshacer")
    assert shown.response.content == content
    assert "Toby" not in everything_stored(room.settings.data_dir)


async def test_only_owners_and_moderators_delete_and_only_who_did_undoes(room):
    role = room.guild.create_role("mods", permissions=discord.Permissions(manage_messages=True))
    eva = room.guild.add_member(room.env.create_user("eva"), roles=[role])
    first = await room.continuar()
    refused = await delete(room, first, room.luis)
    assert refused.response.content.startswith("Este texto es de Ana")
    assert await room.reply_of(first) is not None
    await delete(room, first, eva)
    for who in (room.ana, room.luis):
        refused = await who.click(first.response, label="Deshacer")
        assert refused.response.content == "Solo puede deshacerlo quien lo ha borrado."
    await eva.click(first.response, label="Deshacer")
    assert await room.reply_of(first) is not None


async def test_a_restart_leaves_nothing_to_undo(room):
    first = await room.continuar()
    await delete(room, first)
    await room.restart()
    assert PROMPT not in everything_stored(room.settings.data_dir)
    late = await room.luis.click(first.response, label="Deshacer")
    assert late.followups[0].content == "Ya no se puede deshacer: el texto está borrado del todo."
    assert first.response is None


async def test_closing_takes_the_message_away_at_once(room):
    first = await room.continuar()
    await delete(room, first)
    await room.bot.close()
    assert first.response is None


async def test_deleting_all_data_ends_every_undo(room):
    first = await room.continuar(room.luis)
    await delete(room, first, room.luis)
    asked = await room.ana.slash(room.channel, "datos borrar")
    await room.ana.click(asked.response, label="Sí, borrar todo")
    assert first.response is None
    assert room.bot.trash.is_empty


async def test_a_full_disk_leaves_deshacer_where_it_is(room, monkeypatch):
    first = await room.continuar()
    await delete(room, first)

    async def fail(_):
        raise StorageError("no_space")

    with monkeypatch.context() as broken:
        broken.setattr(room.storage.replies, "restore", fail)
        refused = await room.ana.click(first.response, label="Deshacer")
    assert "no queda espacio en el disco" in refused.followups[0].content
    await room.ana.click(first.response, label="Deshacer")
    assert await room.reply_of(first) is not None


async def test_a_message_without_data_can_still_be_deleted_by_who_asked(room):
    first = await room.continuar()
    await room.storage.replies.delete((await room.reply_of(first)).reply_id)
    refused = await delete(room, first, room.luis)
    assert refused.response.content.startswith("Ya no guardo los datos de ese texto")
    await delete(room, first)
    assert first.response is None


@pytest.mark.parametrize("private", [False, True])
async def test_the_button_of_old_messages_deletes_too(room, private):
    first = await room.continuar(privado=private)
    reply_id = room.engine.requests[0].request_id
    stored = room.env.backend.get_message(room.channel.id, first.response.id)
    stored.components[0]["components"][0]["custom_id"] = old = f"u:borrar:{reply_id}"
    await room.ana.click(first.response, custom_id=old)
    assert first.response.content == "Borrado."
    await room.ana.click(first.response, label="Deshacer")
    assert "Borrar" in options(first.response)
