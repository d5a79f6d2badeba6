"""The message of several tries: who may vote, read and keep, and what it shows then."""

from dataclasses import replace

import discord
import pytest
from simcord.components import walk_components

from bot.features import KINDS
from bot.features.contest.items import VoteButton
from bot.render.frame import Frame
from bot.storage import Preferences
from tests.bot.features.continuation.replies import reply
from tests.bot.screens import text_of
from tests.bot.scripted import ScriptedEngine
from tests.bot.world import labels, options

NOT_YOURS = "Este texto es de Ana: puedes leerlo y explicarlo. Para cambiarlo, usa /continuar."
VOTES = [["1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"]]


async def contest(room, tries=10, **options):
    return (await room.continuar(intentos=tries, **options)).response


async def counts(room, message):
    stored = await room.storage.replies.find_by_message(message.id)
    return await room.storage.votes.count(stored.reply_id)


def lines(message):
    return message.content.split("\n")


async def choose(who, message, placeholder, value):
    """Choose in one of the menus."""
    menus = [item for row in message.components for item in row.get("components", ())]
    menu = next(item for item in menus if item.get("placeholder") == placeholder)
    # Every other time they carry a mark; see `bot.ui.renewal`.
    (marked,) = (one["value"] for one in menu["options"] if one["value"].rstrip("~") == value)
    return await who.select(message, [marked], custom_id=menu["custom_id"])


async def test_ten_tries_are_ten_cards_in_one_message(room):
    message = await contest(room)
    head, *cards = lines(message)[:11]
    assert head == "**Había una vez**"
    assert [card.split(" ")[0] for card in cards] == [f"**{n}.**" for n in range(1, 11)]
    assert cards[0] == "**1.** amor⟨C3⟩ 雪 🦄 ñandú"
    assert lines(message)[11] == "-# Vota con un número; otra vez, lo quitas."
    assert lines(message)[12].startswith("-# Inventado por guion (de prueba) · ")
    assert len(lines(message)) == 13
    assert labels(message) == [*VOTES, ["Leer…"], ["Quedarme con…"], ["Otra", "Borrar"]]
    assert not message.ephemeral
    assert len((await room.storage.replies.find_by_message(message.id)).completion.attempts) == 10


async def test_few_tries_have_one_row_of_votes(room):
    message = await contest(room, 2)
    assert labels(message) == [["1", "2"], ["Leer…"], ["Quedarme con…"], ["Otra", "Borrar"]]


async def test_one_line_says_how_far_they_are(room):
    gate = room.hold()
    message = await contest(room, tokens=60)
    assert message.content == "**Había una vez** ▌\n-# 10 textos a la vez · 30 de 60"
    assert labels(message) == [["Detener"]]
    gate.set()
    await room.env.settle()
    assert lines(room.message(message.id))[1].startswith("**1.** ")


async def test_a_try_costs_a_place_in_the_queue_each(room):
    await contest(room)
    assert room.engine.requests[0].params.queue_places == 10


async def test_everybody_votes_once_and_may_change_it(room):
    message = await contest(room)
    await room.luis.click(message, label="3")
    shown = lines(room.message(message.id))
    assert shown[3].startswith("**3 · 1 voto.** ")
    assert shown[11] == "**Gana el 3 con 1 voto**"
    await room.ana.click(message, label="3")
    assert lines(room.message(message.id))[11] == "**Gana el 3 con 2 votos**"
    await room.luis.click(message, label="10")
    shown = lines(room.message(message.id))
    assert shown[11] == "**Empatan el 3 y el 10 con 1 voto cada uno**"
    assert await counts(room, message) == {2: 1, 9: 1}
    await room.luis.click(message, label="10")
    assert lines(room.message(message.id))[11] == "**Gana el 3 con 1 voto**"
    await room.ana.click(message, label="3")
    assert "Vota con un número" in lines(room.message(message.id))[11]
    assert await counts(room, message) == {}


async def test_votes_work_after_a_restart_and_are_kept(room):
    message = await contest(room)
    await room.luis.click(message, label="3")
    await room.restart()
    await room.ana.click(message, label="3")
    assert lines(room.message(message.id))[11] == "**Gana el 3 con 2 votos**"


@pytest.mark.parametrize("tries", [2, 10])
async def test_nobody_votes_where_only_one_person_sees_it(room, tries):
    message = await contest(room, tries, privado=True)
    assert message.ephemeral
    assert labels(message) == [["Leer…"], ["Quedarme con…"], ["Otra", "Borrar"]]
    assert "Vota" not in message.content
    await choose(room.ana, message, "Leer…", "1")
    assert labels(room.message(message.id)) == labels(message)


def test_nobody_votes_in_a_direct_message():
    engine = ScriptedEngine()
    for guild_id, has_votes in ((2, True), (None, False)):
        sent = replace(reply(" uno", " dos"), guild_id=guild_id, is_private=False)
        page = KINDS["continuar"].page(sent, Frame.of_reply(sent, ""), None, engine)
        assert any(isinstance(item, VoteButton) for item in page.view.children) is has_votes


async def test_everybody_reads_a_try_whole_and_goes_on_to_the_next(room):
    message = await contest(room, tokens=20)
    stored = await room.storage.replies.find_by_message(message.id)
    texts = [attempt.text for attempt in stored.completion.attempts]
    (read,) = (await choose(room.luis, message, "Leer…", "8")).followups
    assert read.ephemeral
    assert read.content.startswith("**Había una vez**")
    assert labels(read) == [["◀", "9 de 10", "▶", "Explicar"]]
    await room.luis.click(read, label="▶")
    read = room.message(read.id)
    assert labels(read) == [["◀", "10 de 10", "▶", "Explicar"]]
    assert texts[9].split("\n")[0].rstrip() in read.content
    explained = await room.luis.click(read, label="Explicar")
    assert explained.response.ephemeral
    assert len(room.engine.requests) == 1
    await room.restart()
    await room.luis.click(read, label="◀")
    assert labels(room.message(read.id)) == [["◀", "9 de 10", "▶", "Explicar"]]


async def test_the_menu_says_which_is_more_probable_and_leads_to_details_and_recipe(room):
    message = await contest(room, 3)
    (menu,) = (
        item
        for row in message.components
        for item in row["components"]
        if item.get("placeholder") == "Leer…"
    )
    assert [option["label"][:4] for option in menu["options"]] == [
        "1 · ",
        "2 · ",
        "3 · ",
        "Deta",
        "Rece",
    ]
    hints = sorted(option["description"] for option in menu["options"][:3])
    assert hints == ["2.º más probable", "3.º más probable", "El más probable"]
    (details,) = (await choose(room.luis, message, "Leer…", "details")).followups
    assert details.ephemeral
    assert details.content.count("log-prob") == 3
    (recipe,) = (await choose(room.luis, message, "Leer…", "recipe")).followups
    assert recipe.attachments[0].filename.endswith(".py")


async def test_a_menu_does_not_keep_its_choice(room):
    message = await contest(room)
    values = []
    for _ in range(2):
        await choose(room.luis, message, "Leer…", "1")
        menus = [item for row in message.components for item in row["components"]]
        values.append([one["value"] for item in menus for one in item.get("options", ())])
    assert not set(values[0]) & set(values[1])


async def test_only_the_owner_keeps_one_and_the_message_becomes_it(room):
    message = await contest(room, tokens=20)
    refused = await choose(room.luis, message, "Quedarme con…", "4")
    assert (refused.response.content, refused.response.ephemeral) == (NOT_YOURS, True)
    assert lines(room.message(message.id))[1].startswith("**1.** ")
    await choose(room.ana, message, "Quedarme con…", "4")
    kept = room.message(message.id)
    one = await contest(room, 1, tokens=20)
    assert kept.content.split(" ")[0] == "**Había"
    assert len([line for line in lines(kept) if line.startswith("**")]) == 1
    assert labels(kept) == labels(one)
    assert options(kept) == ["Volver a los 10", *options(one)]
    stored = await room.storage.replies.find_by_message(message.id)
    assert stored.kept == 4
    assert stored.completion.attempts[4].text.split("\n")[0].rstrip() in kept.content


async def test_a_kept_try_is_gone_on_with_and_explained_as_itself(room):
    message = await contest(room, tokens=20)
    stored = await room.storage.replies.find_by_message(message.id)
    attempts = stored.completion.attempts
    await choose(room.ana, message, "Quedarme con…", "4")
    await room.restart()
    await room.ana.click(room.message(message.id), label="Seguir")
    assert room.engine.requests[0].prefix_ids == attempts[4].token_ids
    await room.ana.click(room.message(message.id), label="Otra")
    assert room.engine.requests[1].params.attempts == 1
    by_menu = await room.luis.context_menu(room.channel, "Explicar este mensaje", message)
    by_button = await room.luis.click(room.message(message.id), label="Explicar")
    assert text_of(by_menu.response) == text_of(by_button.response)
    ids = {
        item["custom_id"]
        for item in walk_components(by_menu.response.components)
        if "custom_id" in item
    }
    assert any(f":{stored.reply_id}:4:" in custom_id for custom_id in ids)


async def test_the_owner_goes_back_to_all_tries_and_their_votes(room):
    message = await contest(room)
    await room.luis.click(message, label="3")
    await choose(room.ana, message, "Quedarme con…", "4")
    refused = await choose(room.luis, room.message(message.id), "Más…", "tries")
    assert (refused.response.content, refused.response.ephemeral) == (NOT_YOURS, True)
    await room.restart()
    await choose(room.ana, room.message(message.id), "Más…", "tries")
    assert lines(room.message(message.id))[11] == "**Gana el 3 con 1 voto**"
    assert (await room.storage.replies.find_by_message(message.id)).kept is None


async def test_a_vote_that_comes_after_the_choice_is_refused(room):
    message = await contest(room)
    stored = await room.storage.replies.find_by_message(message.id)
    await room.storage.replies.keep(stored.reply_id, 2)
    refused = await room.luis.click(message, label="3")
    assert refused.response.content == (
        "Ana ya se ha quedado con uno de estos textos: ya no se vota."
    )
    assert await counts(room, message) == {}


async def test_otra_asks_for_as_many_again(room):
    message = await contest(room)
    again = await room.ana.click(message, label="Otra")
    assert room.engine.requests[1].params.attempts == 10
    assert labels(again.response) == labels(message)
    assert again.response.id != message.id


async def test_the_owner_and_moderators_delete_and_nobody_else(room):
    role = room.guild.create_role("mods", permissions=discord.Permissions(manage_messages=True))
    eva = room.guild.add_member(room.env.create_user("eva"), roles=[role])
    message = await contest(room)
    stored = await room.storage.replies.find_by_message(message.id)
    await room.luis.click(message, label="2")
    refused = await room.luis.click(message, label="Borrar")
    assert NOT_YOURS in (refused.response.content, *(said.content for said in refused.followups))
    await eva.click(message, label="Borrar")
    assert await room.storage.replies.get(stored.reply_id) is None
    assert (await room.storage.user_data(room.luis.id)).votes == 0


async def test_a_deletion_that_is_undone_brings_the_votes_back(room):
    message = await contest(room)
    await room.luis.click(message, label="2")
    before = room.message(message.id).content
    await room.ana.click(message, label="Borrar")
    assert room.message(message.id).content == "Borrado."
    await room.ana.click(room.message(message.id), label="Deshacer")
    assert room.message(message.id).content == before
    assert labels(room.message(message.id)) == labels(message)


async def test_a_question_gets_its_hint_and_the_button_of_it(room):
    message = await contest(room, texto="¿Cuál es la capital de Francia?")
    assert "No contesto preguntas" in message.content
    assert len(labels(message)[-1]) == 3


async def test_a_reply_that_is_gone_says_so(room):
    message = await contest(room)
    stored = await room.storage.replies.find_by_message(message.id)
    await room.storage.replies.delete(stored.reply_id)
    refused = await room.luis.click(message, label="3")
    assert "Ya no guardo los datos de ese texto" in refused.response.content


async def test_hostile_text_breaks_no_card(room):
    room.engine.text = "\n**1.** x\n-# @everyone <@123>\n> cita ```py"
    message = await contest(room, 3)
    assert len(lines(message)) == 6
    assert "@everyone" not in message.content
    assert "<@123>" not in message.content
    (read,) = (await choose(room.luis, message, "Leer…", "1")).followups
    assert "@everyone" not in read.content
    await choose(room.ana, message, "Quedarme con…", "1")
    await choose(room.ana, room.message(message.id), "Más…", "tries")
    assert room.message(message.id).content == message.content


async def test_a_long_try_is_read_by_parts(room):
    room.engine.text = " palabra" * 600
    message = await contest(room, 2)
    (read,) = (await choose(room.luis, message, "Leer…", "0")).followups
    here = labels(read)[0][1]
    assert here.startswith("1 de 2 · parte ")
    seen = [here]
    while not seen[-1].startswith("2 de 2"):
        await room.luis.click(read, label="▶")
        read = room.message(read.id)
        seen.append(labels(read)[0][1])
    assert len(seen) == len(set(seen))


async def test_the_words_of_somebody_else_are_read_back_from_the_message(room):
    message = await room.luis.send(room.channel, "Había una **vez**\nun unicornio")
    await room.storage.preferences.set("user", room.ana.id, Preferences(params={"attempts": 3}))
    result = await room.ana.context_menu(room.channel, "Continuar este mensaje", message)
    before = result.response.content
    assert before.startswith("**Había una \\*\\*vez\\*\\***\n**un unicornio**\n**1.** ")
    await choose(room.ana, result.response, "Leer…", "1")
    assert room.message(result.response.id).content == before
    await choose(room.ana, result.response, "Quedarme con…", "1")
    kept = room.message(result.response.id)
    assert kept.content.startswith("**Había una \\*\\*vez\\*\\***\n**un unicornio** ")
    await choose(room.ana, kept, "Más…", "tries")
    assert room.message(result.response.id).content == before
