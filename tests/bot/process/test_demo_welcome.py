"""The demo's welcome: the tour and the message menus, as buttons."""

import pytest

from bot.features.help import texts as help_texts
from bot.process import demo_texts as texts
from bot.process.demo_welcome import MessageMenuButton, welcome
from tests.bot.screens import text_of


@pytest.fixture
async def greeted(room):
    said = await room.luis.send(room.channel, texts.SAID)
    room.bot.add_dynamic_items(MessageMenuButton)
    await welcome(room.bot.get_channel(room.channel.id), said)
    await room.env.settle()
    return room.message(max(room.env.backend.messages[room.channel.id]))


async def test_a_text_is_written_for_all_to_see(room, greeted):
    assert text_of(greeted).startswith("### ¡Hola! Soy Unicornio")
    result = await room.ana.click(greeted, label=help_texts.TOUR_WRITE)
    assert not result.response.ephemeral
    assert help_texts.TOUR_PROMPT in result.response.content


async def test_somebodys_message_is_continued(room, greeted):
    result = await room.ana.click(greeted, label="Continuar este mensaje")
    assert result.response.ephemeral
    assert [request.prompt for request in room.engine.requests] == [texts.SAID]
    reply = await room.storage.replies.get(room.engine.requests[0].request_id)
    assert not reply.is_prompt_kept


async def test_somebodys_message_is_explained(room, greeted):
    result = await room.ana.click(greeted, label="Explicar este mensaje")
    assert result.response.ephemeral
    assert [request.continuation for request in room.engine.scored] == [texts.SAID]
