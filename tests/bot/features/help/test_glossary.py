"""The glossary's live examples from the menu to the last edit."""

from dataclasses import replace

import pytest
from simcord.components import walk_components

from bot.glossary import texts
from bot.storage import StorageError
from engine import EngineError
from tests.bot.screens import text_of
from tests.bot.scripted import WORDS, ScriptedEngine
from tests.bot.world import Gate

FIRST, SECOND = "u:ayuda-glosario", "u:ayuda-glosario-medidas"
NAME = "guion (de prueba)"


@pytest.fixture(autouse=True)
def reading(monkeypatch):
    """Let the scripted engine read what it is given, as one token."""
    score = ScriptedEngine.score

    async def read(self, request):
        one = replace(request, continuation="x")
        (step,) = await score(self, one)
        chosen = replace(step.chosen_candidate, text=request.continuation)
        others = [c for c in step.candidates if c.token_id != step.chosen]
        self.scored[-1] = request
        return (replace(step, candidates=(chosen, *others)),)

    monkeypatch.setattr(ScriptedEngine, "score", read)


def plain(message):
    return text_of(message).replace("\u00a0", " ")


def edits(room):
    return [r for r in room.env.http_requests if r.method == "PATCH"]


async def ayuda(room, tema):
    return await room.ana.slash(room.channel, "ayuda", tema=tema)


async def test_a_term_is_shown_at_once_and_its_example_follows(room):
    shown = await ayuda(room, "softmax")
    first = next(r for r in room.env.http_requests if r.path.endswith("/callback"))
    (block,) = [
        c["content"]
        for c in walk_components(first.json["data"]["components"])
        if c["type"] == 10 and "###" not in c["content"]
    ]
    assert block == texts.COMPUTING.format(model=NAME)
    text = plain(shown.response)
    assert text.startswith("### Softmax\nLa cuenta que convierte")
    assert f"**En vivo, con {NAME}**\nLos tres mejores logits detrás de «El cielo es»" in text
    assert texts.INVENTED in text
    assert "Calculando" not in text
    (picture,) = shown.response.attachments
    assert (picture.filename, picture.size < 100_000) == ("formula.png", True)
    assert picture.description.startswith("Fórmula: e elevado a cada logit")
    assert shown.response.ephemeral
    assert [request.user_id for request in room.engine.scored] == [room.ana.id]


async def test_the_second_reader_waits_for_nothing(room):
    await ayuda(room, "softmax")
    before, asked = len(edits(room)), len(room.engine.scored)
    shown = await room.luis.slash(room.channel, "ayuda", tema="softmax")
    assert "**En vivo" in plain(shown.response)
    assert shown.response.attachments
    assert (len(edits(room)), len(room.engine.scored)) == (before, asked)


async def test_a_page_does_not_wait_for_its_picture(room, monkeypatch):
    await ayuda(room, "softmax")
    pictures = room.bot.pictures
    pictures.forget()
    gate, draw = Gate(room.env), pictures.get

    async def wait_and_draw(key, how, reader_id):
        await gate.wait()
        return await draw(key, how, reader_id)

    monkeypatch.setattr(pictures, "get", wait_and_draw)
    shown = await room.luis.slash(room.channel, "ayuda", tema="softmax")
    turned = await room.ana.slash(room.channel, "ayuda", tema="greedy")
    await room.ana.select(turned.response, ["softmax"], custom_id=FIRST)
    left = await room.luis.slash(room.channel, "ayuda", tema="softmax")
    await room.luis.select(left.response, ["privacidad"], custom_id="u:ayuda-tema")
    for message in (shown.response, turned.response):
        assert "**En vivo" in plain(message)
        assert not message.attachments
    gate.set()
    await room.env.settle()
    for message in (shown.response, turned.response):
        assert "**En vivo" in plain(message)
        assert [file.filename for file in message.attachments] == ["formula.png"]
    assert plain(left.response).startswith("### Privacidad")
    assert not left.response.attachments


async def test_the_menus_turn_to_terms_after_a_restart_and_pictures_go_away(room):
    shown = await ayuda(room, "softmax")
    await room.restart()
    await room.ana.select(shown.response, ["temperatura"], custom_id=SECOND)
    assert plain(shown.response).startswith("### Temperatura")
    assert "T 0,5: " in plain(shown.response)
    assert shown.response.attachments
    await room.ana.select(shown.response, ["muestreo"], custom_id=FIRST)
    assert "Tres veces detrás de «El cielo es»" in plain(shown.response)
    assert not shown.response.attachments
    await room.ana.select(shown.response, ["privacidad"], custom_id="u:ayuda-tema")
    assert "En vivo" not in plain(shown.response)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("queue_full", texts.BUSY),
        ("deadline", texts.BUSY),
        ("unsupported", texts.FAILED),
        ("out_of_memory", texts.FAILED),
    ],
)
async def test_an_engine_that_cannot_leaves_the_definition(room, code, text):
    room.engine.error = EngineError(code)
    shown = await ayuda(room, "greedy")
    assert plain(shown.response).startswith("### Greedy\nElegir siempre")
    assert text.format(model=NAME) in plain(shown.response)
    room.engine.error = None
    again = await ayuda(room, "greedy")
    assert "**En vivo" in plain(again.response)


async def test_a_full_queue_is_not_asked(room):
    stats = replace(room.engine.stats(), queued=64, running=1)
    room.engine.stats = lambda: stats
    shown = await ayuda(room, "greedy")
    assert texts.BUSY.format(model=NAME) in plain(shown.response)
    assert room.engine.requests == []


async def test_an_example_that_comes_late_does_not_turn_the_page_back(room):
    gate = room.hold()
    shown = await ayuda(room, "greedy")
    assert texts.COMPUTING.format(model=NAME) in plain(shown.response)
    await room.luis.slash(room.channel, "ayuda")
    await room.ana.select(shown.response, ["privacidad"], custom_id="u:ayuda-tema")
    gate.set()
    await room.env.settle()
    assert plain(shown.response).startswith("### Privacidad")
    again = await ayuda(room, "greedy")
    assert "**En vivo" in plain(again.response)


async def test_a_model_that_is_not_loaded_is_not_loaded_for_an_example(room):
    infos = tuple(replace(info, is_loaded=False) for info in room.engine.models())
    room.engine.models = lambda: infos
    shown = await ayuda(room, "dado")
    assert texts.NOT_LOADED.format(model=NAME) in plain(shown.response)
    assert room.engine.requests == []


async def test_the_example_is_that_of_the_readers_model(room):
    loaded, other = room.engine.models()
    room.engine.models = lambda: (loaded, replace(other, is_loaded=True, vocab_size=len(WORDS)))
    await room.ana.slash(room.channel, "ayuda", tema="dado")
    preferences = await room.storage.preferences.get("user", room.ana.id)
    await room.storage.preferences.set("user", room.ana.id, replace(preferences, model="otro"))
    shown = await ayuda(room, "dado")
    assert "**En vivo, con otro**" in plain(shown.response)
    assert [request.model for request in room.engine.requests] == ["guion", "otro"]


async def test_a_broken_storage_does_not_hide_a_definition(room, monkeypatch):
    async def fail(*_):
        raise StorageError("unavailable")

    monkeypatch.setattr(room.storage.preferences, "get_all", fail)
    shown = await ayuda(room, "greedy")
    assert "**En vivo" in plain(shown.response)


async def test_a_question_about_a_term_is_no_request_of_the_person(room):
    await ayuda(room, "greedy")
    assert room.bot.limits._running[room.ana.id] == 0
    assert (await room.storage.user_data(room.ana.id)).is_empty
