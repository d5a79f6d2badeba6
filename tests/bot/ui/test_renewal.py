"""Every menu shows its placeholder again after a choice: its message is edited."""

import inspect

import discord
import pytest
from simcord.components import walk_components

from bot.features import PERSISTENT_ITEMS
from bot.ui.items import SelectItem
from tests.bot.screens import text_of


def edits_of(room, message_id):
    """Count the edits of a message by the answers to clicks on it."""
    return len(
        [
            request
            for request in room.env.http_requests
            if (request.method == "PATCH" and request.path.endswith(f"/messages/{message_id}"))
            or (request.path.endswith("/callback") and request.json["type"] == 7)
        ]
    )


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


@pytest.mark.parametrize("value", ["details", "recipe", "wilder", "branches-0"])
async def test_a_choice_of_mas_is_not_kept(room, value):
    first = await room.continuar()
    await room.ana.select(first.response, [value])
    assert edits_of(room, first.response.id) == 1


async def test_a_refused_choice_is_not_kept_either(room):
    first = await room.continuar()
    refused = await room.luis.select(first.response, ["wilder"])
    assert refused.response.content.startswith("Este texto es de Ana")
    assert edits_of(room, first.response.id) == 1


async def test_the_menu_is_free_while_the_text_is_still_being_written(room):
    first = await room.continuar()
    gate = room.hold()
    await room.ana.select(first.response, ["wilder"])
    assert edits_of(room, first.response.id) == 1
    gate.set()
    await room.env.settle()


async def test_a_page_keeps_its_picture_and_its_buttons(room):
    opened = await room.ana.slash(room.channel, "explicar", texto="Había una vez", pasos=5)
    before = (await room.ana.click(opened.response, label="Publicar")).followups[0]
    content, pictures = text_of(before), [file.filename for file in before.attachments]
    ids = [c.get("custom_id") for c in walk_components(before.components)]
    menu = next(c for c in walk_components(before.components) if c["type"] == 3)
    await room.luis.select(before, [menu["options"][0]["value"]], custom_id=menu["custom_id"])
    assert edits_of(room, before.id) == 1
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
    chosen = await room.ana.select(first.response, ["details"])
    assert len(chosen.followups) == 1
