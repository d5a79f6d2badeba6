"""Every menu shows its placeholder again after a choice: its message is edited."""

import inspect

import discord
import pytest
from simcord.components import walk_components

from bot.features import PERSISTENT_ITEMS
from bot.ui.items import SelectItem
from tests.bot.screens import text_of


def menu_of(message):
    return next(c for c in walk_components(message.components) if c["type"] == 3)


def values_of(room, message):
    return {option["value"] for option in menu_of(room.message(message.id))["options"]}


async def choose(room, who, message, label):
    """Choose an option of a message's first menu, whatever its value is by now."""
    menu = menu_of(room.message(message.id))
    value = next(option["value"] for option in menu["options"] if option["label"] == label)
    return await who.select(room.message(message.id), [value], custom_id=menu["custom_id"])


def test_every_menu_is_one_that_is_renewed():
    menus = [
        item
        for item in PERSISTENT_ITEMS
        if "Select" in str(inspect.get_annotations(item.__init__, eval_str=False))
        or issubclass(item, SelectItem)
        or "options" in inspect.signature(item.__init__).parameters
    ]
    assert menus
    assert all(issubclass(item, SelectItem) for item in menus)


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("who", ["ana", "luis"])
async def test_in_a_plain_message_no_value_is_the_one_that_was_chosen(room, who, private):
    message = (await room.continuar(privado=private)).response
    if private and who == "luis":
        return
    labels = ["Detalles", "Receta", "Ramas", "Detalles"]
    if who == "luis" or not private:
        # Refused, or in another message.
        labels += ["Otra más loca", "Otra más cuerda"]
    for label in labels:
        before = values_of(room, message)
        assert (await choose(room, getattr(room, who), message, label)).acknowledged
        assert not before & values_of(room, message), label
    (deleted_value,) = (v for v in values_of(room, message) if v.startswith("delete"))
    deleted = await choose(room, room.ana, message, "Borrar")
    assert deleted.response.content == "Borrado."
    await room.ana.click(message, label="Deshacer")
    assert deleted_value not in values_of(room, message)


async def test_a_refused_choice_in_private_is_not_kept_either(room):
    message = (await room.continuar(privado=True)).response
    await room.storage.replies.delete(room.engine.requests[0].request_id)
    before = values_of(room, message)
    refused = await choose(room, room.ana, message, "Detalles")
    assert refused.followups[0].content.startswith("Ya no guardo los datos de ese texto")
    assert not before & values_of(room, message)


async def test_in_a_page_the_menu_has_another_id(room):
    shown = (await room.ana.slash(room.channel, "ayuda")).response
    menu = menu_of(shown)
    await choose(room, room.ana, shown, menu["options"][0]["label"])
    assert menu_of(room.message(shown.id))["id"] != menu["id"]


async def test_the_menu_is_free_while_the_text_is_still_being_written(room):
    first = await room.continuar()
    gate, before = room.hold(), values_of(room, first.response)
    await room.ana.select(first.response, ["wilder"])
    assert not before & values_of(room, first.response)
    gate.set()
    await room.env.settle()


async def gone(*_):
    return None


async def test_a_page_that_is_not_turned_keeps_its_picture_and_its_buttons(room, monkeypatch):
    opened = await room.ana.slash(room.channel, "explicar", texto="Había una vez", pasos=5)
    before = opened.response
    content, pictures = text_of(before), [file.filename for file in before.attachments]
    ids = [c.get("custom_id") for c in walk_components(before.components)]
    monkeypatch.setattr(type(room.storage.replies), "get", gone)
    await choose(room, room.ana, before, menu_of(before)["options"][0]["label"])
    after = room.message(before.id)
    assert text_of(after) == content
    assert pictures
    assert [file.filename for file in after.attachments] == pictures
    assert [c.get("custom_id") for c in walk_components(after.components)] == ids
    gallery = next(c for c in walk_components(after.components) if c["type"] == 12)
    assert gallery["items"][0]["media"]["url"].split("?")[0].endswith(pictures[0])


async def test_what_is_not_shown_again_costs_nothing_else(room, monkeypatch):
    async def fail(*_, **__):
        raise discord.DiscordServerError(FakeResponse(), "")

    first = await room.continuar()
    monkeypatch.setattr(discord.Webhook, "edit_message", fail)
    result = await room.luis.select(first.response, ["wilder"])
    assert result.response.content.startswith("Este texto es de Ana")


class FakeResponse:
    status, reason = 500, ""


async def test_old_buttons_still_work_after_a_renewal(room):
    first = await room.continuar()
    await room.luis.select(first.response, ["wilder"])
    again = await room.ana.click(first.response, label="Otra")
    assert again.response.id != first.response.id
    chosen = await choose(room, room.ana, first.response, "Detalles")
    assert len(chosen.followups) == 1
