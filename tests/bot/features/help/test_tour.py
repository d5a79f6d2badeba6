"""The guided tour: four buttons, each a real thing, without anything to type."""

import pytest

from bot.features.help import texts
from bot.features.help.tour import SEED, TRIES
from engine.requests import GenerationRequest
from tests.bot.screens import text_of


async def tour(room):
    return (await room.ana.slash(room.channel, "ayuda")).response


async def press(room, label):
    """Press a button of the tour; return what it answers and what was asked of the engine."""
    result = await room.ana.click(await tour(room), label=label)
    asked = [r for r in room.engine.requests if isinstance(r, GenerationRequest)]
    assert {request.prompt for request in asked} == {texts.TOUR_PROMPT}
    assert {request.seed for request in asked} == {SEED}
    return result.response, asked


async def test_it_writes_a_text_for_whoever_pressed(room):
    shown, asked = await press(room, texts.TOUR_WRITE)
    assert shown.ephemeral
    assert len(asked) == 1
    assert texts.TOUR_PROMPT in shown.content


async def test_it_explains_that_very_text(room):
    _, (written,) = await press(room, texts.TOUR_WRITE)
    shown, asked = await press(room, texts.TOUR_EXPLAIN)
    assert shown.ephemeral
    assert shown.attachments
    explained = asked[-1]
    assert explained.trace_top_n > 0
    assert (explained.style, explained.seed) == (written.style, written.seed)


async def test_it_compares_and_only_the_clicker_sees_it(room):
    shown, asked = await press(room, texts.TOUR_COMPARE)
    assert shown.ephemeral
    assert len(asked) == 4
    assert text_of(shown).startswith("### El mismo principio")


async def test_it_writes_several_tries(room):
    shown, (asked,) = await press(room, texts.TOUR_CHOOSE)
    assert shown.ephemeral
    assert asked.params.attempts == TRIES


@pytest.mark.parametrize("label", [texts.TOUR_WRITE, texts.TOUR_COMPARE])
async def test_it_works_after_a_restart_and_within_a_low_ceiling(room, label):
    shown = await tour(room)
    await room.restart()
    room.bot.settings = room.bot.settings.model_copy(update={"max_new_tokens": 9})
    await room.ana.click(shown, label=label)
    assert {request.params.max_new_tokens for request in room.engine.requests} == {9}
