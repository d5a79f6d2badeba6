"""A CTRL model: its authors' style where nobody has chosen one, and its codes."""

import pytest

from bot.storage import Preferences
from bot.styles import AUTHORS
from bot.texts import codes
from engine.control_codes import CONTROL_CODES, split_code, with_code
from tests.bot.explorer_screens import choose
from tests.bot.features.continuation import special_models as models
from tests.bot.screens import text_of
from tests.bot.world import labels, options


@pytest.fixture
def ctrl(room):
    room.engine.more_models = models.ALL
    return room


async def test_a_text_is_written_as_its_authors_do(ctrl):
    result = await ctrl.continuar(texto="Los unicornios", modelo="ctrl")
    (request,) = ctrl.engine.requests
    params = request.params
    assert (request.style, params.strategy, params.repetition_penalty) == (AUTHORS, "greedy", 1.2)
    for_people = (params.whole_word_start, params.plain_text, params.sentence_end_tokens)
    assert for_people == (False, False, 0)
    assert " · Como sus autores · semilla 7" in result.response.content.replace("\u00a0", " ")
    await ctrl.continuar(texto="Los unicornios", modelo="ctrl", estilo="mad")
    assert ctrl.engine.requests[-1].style == "mad"


async def test_a_code_writes_the_same_text_under_it(ctrl):
    result = await ctrl.continuar(texto="Books Los unicornios", modelo="ctrl")
    assert labels(result.response)[-1] == [codes.CHOOSE]
    answer = await choose(ctrl, result.response, codes.CHOOSE, "Reviews")
    first, again = ctrl.engine.requests
    assert (first.prompt, again.prompt) == ("Books Los unicornios", "Reviews Los unicornios")
    assert (again.seed, again.params, again.style) == (first.seed, first.params, first.style)
    assert "**Reviews Los unicornios**" in answer.response.content


async def test_other_models_have_no_codes(ctrl):
    result = await ctrl.continuar()
    assert options(result.response)
    assert [codes.CHOOSE] not in labels(result.response)


async def test_a_duel_is_one_text_under_several_codes(ctrl):
    await ctrl.storage.preferences.set("user", ctrl.ana.id, Preferences(model="ctrl"))
    result = await ctrl.ana.slash(
        ctrl.channel, "comparar", texto="Reviews Los unicornios", tokens=4
    )
    prompts = [request.prompt for request in ctrl.engine.requests]
    named = ("Reviews", "Wikipedia", "Books", "Questions")
    assert prompts == [f"{code} Los unicornios" for code in named]
    assert {request.style for request in ctrl.engine.requests} == {AUTHORS}
    shown = text_of(result.response)
    assert "> Los unicornios" in shown
    assert all(code in shown for code in named)


def test_every_code_has_words_and_is_found_at_the_beginning():
    assert tuple(codes.HINTS) == CONTROL_CODES
    for code in CONTROL_CODES:
        assert split_code(with_code(code, "Books hola  mundo")) == (code, "hola  mundo")
    assert split_code("Bookstore hola") == (None, "Bookstore hola")
    assert split_code("Books") == (None, "Books")
