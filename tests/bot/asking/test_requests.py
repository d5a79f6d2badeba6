"""What writes a stored text again keeps to the limits and the word list of today."""

import pytest

from bot.storage.records import Preferences
from engine.words import WordList
from tests.bot.explorer_screens import ask, choose, explicar
from tests.bot.features.explorer.redraw.menus import pick
from tests.bot.features.explorer.word.answers import CUT


async def trying(room, message):
    room.engine.answer = CUT
    return await answered(room, message, "Probar top-p 0,93")


async def forcing(room, message):
    room.engine.answer = CUT
    return await answered(room, message, "Escribirla y seguir")


async def answered(room, message, label):
    page = (await ask(room, message)).response
    return lambda: room.ana.click(page, label=label)


async def writing(room, message):
    await choose(room, message, "Más", "otra")
    await pick(room, message, "t", "0,5")
    return lambda: room.ana.click(message, label="Generar así")


async def branching(room, message):
    await choose(room, message, "Más", "rama")
    return lambda: choose(room, message, "Seguir por", "4")


WAYS = pytest.mark.parametrize("prepare", [trying, forcing, writing, branching])


@WAYS
async def test_the_limits_of_today_hold(room, prepare):
    click = await prepare(room, (await explicar(room)).response)
    today = {"max_new_tokens": 1, "request_timeout_s": 33.0}
    room.bot.settings = room.bot.settings.model_copy(update=today)
    room.bot.blocked_words, room.bot.word_list = ("nada",), WordList(["nada"])
    await click()
    first, again = room.engine.requests
    assert (first.params.max_new_tokens, first.deadline_s) != (1, 33.0)
    assert (again.params.max_new_tokens, again.deadline_s) == (1, 33.0)
    assert again.params.bad_words == ("nada",)
    assert again.prefix_ids
    assert (again.user_id, again.seed) == (room.ana.id, first.seed)


@WAYS
@pytest.mark.parametrize("word", ["eterno", "ñandú"])
async def test_a_word_that_is_on_the_list_by_now_is_not_gone_on_with(room, prepare, word):
    """One word stands in the prompt, the other before the sixth step."""
    click = await prepare(room, (await explicar(room)).response)
    room.bot.blocked_words, room.bot.word_list = (word,), WordList([word])
    refused = await click()
    said = (*refused.followups, refused.response)[0]
    assert said.content.startswith("Ese texto lleva una palabra")
    assert said.ephemeral
    assert len(room.engine.requests) == 1


async def test_the_ceiling_of_the_end_of_a_sentence_holds(room):
    own = Preferences(params={"sentence_end_tokens": 60})
    await room.storage.preferences.set("user", room.ana.id, own)
    click = await branching(room, (await explicar(room)).response)
    room.bot.settings = room.bot.settings.model_copy(update={"max_new_tokens": 16})
    await click()
    first, again = room.engine.requests
    assert (first.params.sentence_end_tokens, again.params.sentence_end_tokens) == (60, 24)


async def test_a_word_from_before_seguir_is_not_gone_on_with(room):
    first = await room.continuar()
    second = await room.ana.click(first.response, label="Seguir")
    third = await room.ana.click(second.response, label="Seguir")
    room.bot.blocked_words, room.bot.word_list = ("ñandú",), WordList(["ñandú"])
    for label in ("Seguir", "Otra"):
        refused = await room.ana.click(third.response, label=label)
        assert refused.response.content.startswith("Ese texto lleva una palabra")
    assert len(room.engine.requests) == 3
