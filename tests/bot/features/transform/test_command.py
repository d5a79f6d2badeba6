"""/transformar from the slash to the last edit, and what stays of it."""

from dataclasses import replace

import pytest

from bot.features.transform import texts
from bot.storage import Preferences
from engine import EngineError
from tests.bot.explorer_screens import choose, menus
from tests.bot.features.transform.models import ACCENTS, M2M100, MARIAN, T5
from tests.bot.traces import everything_logged, everything_stored, log_everything
from tests.bot.world import labels, options

SOURCE = "la cancion que mas me gusta es esa"
RESULT = "La canción que más me gusta es esa."


@pytest.fixture
def here(room):
    """Return the shared room with the embedded encoder-decoder in it."""
    room.engine.more_models = (ACCENTS,)
    room.engine.text = RESULT
    return room


async def transform(room, texto=SOURCE, who=None, **options):
    options = {name: value for name, value in {"tokens": 12, **options}.items() if value}
    return await (who or room.ana).slash(room.channel, "transformar", texto=texto, **options)


def plain(message):
    return message.content.replace("\u00a0", " ")


async def test_the_first_screen_shows_what_changed(here, monkeypatch):
    finish_with(here, monkeypatch, "eos")
    result = await transform(here)
    assert plain(result.response) == (
        f"> {SOURCE}\n\n{RESULT}\n"
        "-# 2 tildes, 1 mayúscula y 1 punto: **La**, **canción**, **más**\n"
        "-# Convertido por guion (de prueba) · greedy"
    )
    assert labels(result.response) == [["Explicar"], ["Más…"]]
    assert options(result.response) == ["Ver coloreado", "Detalles", "Receta", "Ramas", "Borrar"]
    assert not result.response.ephemeral


async def test_a_cut_text_can_go_on(here):
    result = await transform(here, tokens=3)
    assert "cortado al llegar a 3 tokens" in plain(result.response)
    assert labels(result.response)[0] == ["Seguir", "Explicar"]
    more = await here.ana.click(result.response, label="Seguir")
    request = here.engine.requests[-1]
    assert (request.prompt, len(request.prefix_ids)) == (SOURCE, 3)
    assert plain(more.response).startswith(f"> {SOURCE}\n\n{RESULT}{RESULT}\n")
    reply = await here.reply_of(more)
    assert (reply.kind, reply.has_source) == ("transformar", True)


async def test_what_did_not_fit_is_turned_in_a_message_of_its_own(here, monkeypatch):
    finish_with(here, monkeypatch, "eos", truncated_tokens=4, source_characters=18)
    result = await transform(here)
    assert "los 4 últimos tokens se quedaron fuera" in plain(result.response)
    assert plain(result.response).startswith(f"> la cancion que mas\n\n{RESULT}")
    assert labels(result.response)[-1] == ["Seguir con lo que falta"]
    finish_with(here, monkeypatch, "eos")
    luis = await here.luis.click(result.response, label="Seguir con lo que falta")
    assert "Este texto es de Ana" in luis.response.content
    rest = await here.ana.click(result.response, label="Seguir con lo que falta")
    assert here.engine.requests[-1].prompt == "me gusta es esa"
    assert plain(rest.response).startswith(f"> me gusta es esa\n\n{RESULT}")
    assert (await here.reply_of(rest)).kind == "transformar"
    assert "lo que falta" not in str(labels(rest.response))


async def test_a_model_of_several_tasks_says_so_once_it_is_known(here):
    here.engine.more_models = (replace(T5, vocab_size=None, tasks=(), takes_task=False),)
    gate = here.hold()
    result = await transform(here)
    here.engine.more_models = (T5,)
    gate.set()
    await here.env.settle()
    assert (
        "sabe hacer varias cosas: di cuál con «tarea»" in here.message(result.response.id).content
    )


async def test_other_dice_are_offered_where_there_are_any(here):
    result = await transform(here, temperatura="0,7", semilla=7)
    assert "· muestreo, T 0,7 · semilla 7" in plain(result.response)
    assert "Otra" in labels(result.response)[0]
    again = await here.ana.click(result.response, label="Otra")
    assert plain(again.response).startswith(f"> {SOURCE}\n")
    assert here.engine.requests[-1].seed != 7
    assert (await here.reply_of(again)).kind == "transformar"


async def test_what_people_set_for_writing_on_does_not_count(here):
    mad = Preferences(params={"style": "mad", "temperature": 3.0, "stop": (".",)}, model="guion")
    await here.storage.preferences.set("user", here.ana.id, mad)
    await transform(here, tokens=None)
    (request,) = here.engine.requests
    assert request.model == ACCENTS.name
    assert (request.params.strategy, request.params.temperature) == ("greedy", 1.0)
    assert request.params.stop == ()
    assert not request.params.plain_text
    assert not request.params.whole_word_start
    assert request.params.sentence_end_tokens == 0
    assert request.params.max_new_tokens == len(SOURCE) + 32


async def test_what_the_call_names_counts(here):
    result = await transform(here, beams=4, intentos=2, tokens=40)
    params = here.engine.requests[0].params
    assert (params.strategy, params.num_beams, params.attempts) == ("beam", 4, 2)
    assert params.max_new_tokens == 40
    assert "· haces (beam search) de 4" in plain(result.response) or "4" in result.response.content
    assert labels(result.response)[1] == ["◀ Anterior", "1 de 2", "Siguiente ▶"]
    await here.ana.click(result.response, label="Siguiente ▶")
    assert labels(here.message(result.response.id))[1][1] == "2 de 2"
    assert here.message(result.response.id).content.startswith(f"> {SOURCE}\n")


async def test_a_text_that_streams_counts_its_tokens(here):
    gate = here.hold()
    result = await transform(here)
    assert plain(result.response).startswith(f"> {SOURCE}\n\n{RESULT} ▌\n-# ")
    assert " de " not in plain(result.response).rsplit("\n", 1)[1]
    assert labels(result.response) == [["Detener"]]
    await here.ana.click(result.response, label="Detener")
    gate.set()
    assert "detenido" in here.message(result.response.id).content


async def test_the_rest_of_the_menu_works(here):
    result = await transform(here)
    details = await here.ana.select(result.response, ["details"])
    assert "**Texto de partida**" in details.followups[0].content
    await here.ana.select(result.response, ["delete~"])
    assert here.message(result.response.id).content == "Borrado."


async def test_nobody_configured_one(room):
    result = await transform(room)
    assert result.response.content.startswith("Aquí no hay ningún modelo que convierta un texto")
    assert result.response.ephemeral
    assert room.engine.requests == []


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"modelo": "guion"},
            "El modelo «guion (de prueba)» sigue textos, no transforma textos: prueba",
        ),
        ({"modelo": "nada"}, "No tengo ningún modelo llamado «nada»."),
        ({"modelo": "m2m100"}, "M2M100 traduce a varios idiomas: di a cuál con «a»"),
        ({"modelo": "m2m100", "a": "klingon"}, "M2M100 no conoce el idioma «klingon»."),
        ({"texto": " "}, "No me has dado ningún texto."),
    ],
)
async def test_bad_input_is_refused_before_the_first_response(here, given, text):
    here.engine.more_models = (ACCENTS, T5, M2M100, MARIAN)
    result = await transform(here, **given)
    assert result.response.content.startswith(text)
    assert result.response.ephemeral
    assert here.first_responses() == [4]
    assert here.engine.requests == []


@pytest.mark.parametrize(
    ("given", "task", "languages"),
    [
        ({"modelo": "t5", "tarea": "Resumir"}, "summarization", (None, None)),
        ({"modelo": "t5", "tarea": "translation_en_to_de"}, "translation_en_to_de", (None, None)),
        ({"modelo": "t5", "tarea": "cola sentence"}, "cola sentence", (None, None)),
        ({"modelo": "t5", "de": "inglés", "a": "alemán"}, "translation_en_to_de", (None, None)),
        ({"modelo": "t5", "a": "fr"}, "translation_es_to_fr", (None, None)),
        ({"modelo": "m2m100", "a": "Inglés"}, None, ("es", "en")),
        ({"modelo": "m2m100", "de": "francés (fr)", "a": "en"}, None, ("fr", "en")),
        ({"modelo": "marian"}, None, (None, None)),
    ],
)
async def test_a_model_is_told_by_its_own_names(here, given, task, languages):
    here.engine.more_models = (ACCENTS, T5, M2M100, MARIAN)
    await transform(here, **given)
    (request,) = here.engine.requests
    assert request.task == task
    assert (request.source_language, request.target_language) == languages


@pytest.mark.parametrize(
    ("given", "note"),
    [
        ({"modelo": "marian", "a": "inglés"}, "opus-mt-es-en no deja elegir idiomas"),
        ({"modelo": "marian", "tarea": "Resumir"}, "opus-mt-es-en solo sabe hacer una cosa"),
        ({"modelo": "t5"}, "T5 sabe hacer varias cosas: di cuál con «tarea»"),
        ({"modelo": "t5", "tarea": "Resumir", "a": "en"}, "En T5 los idiomas van en la tarea"),
        ({"temperatura": "0,7", "estrategia": "greedy"}, "En greedy la temperatura no cuenta"),
    ],
)
async def test_what_has_no_effect_is_said(here, given, note):
    here.engine.more_models = (ACCENTS, T5, M2M100, MARIAN)
    result = await transform(here, **given)
    assert note in result.response.content


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"a": "inglés"}, (None, None, "en")),
        ({"de": "fr", "a": "xx"}, (None, "fr", "xx")),
        ({"tarea": "resumir"}, ("resumir", None, None)),
    ],
)
async def test_a_model_that_was_never_loaded_is_told_what_was_typed(here, given, told):
    here.engine.more_models = (replace(ACCENTS, vocab_size=None, is_loaded=False),)
    await transform(here, **given)
    (request,) = here.engine.requests
    assert (request.task, request.source_language, request.target_language) == told


async def test_what_was_not_known_before_is_said_behind(here):
    unknown = replace(M2M100, vocab_size=None, is_loaded=False, target_languages=())
    here.engine.more_models = (unknown,)
    gate = here.hold()
    result = await transform(here)
    here.engine.more_models = (M2M100,)
    gate.set()
    await here.env.settle()
    assert "No dijiste a qué idioma con «a»" in here.message(result.response.id).content


async def test_an_option_that_a_model_has_not_is_refused_by_its_name(here):
    here.engine.error = EngineError(
        "invalid_params", field="target_language", value="en", range="none"
    )
    result = await transform(here, a="en")
    assert "Este modelo no deja elegir «a»: quita esa opción" in result.response.content


async def test_a_checkpoints_own_beams_are_named_and_not_applied(here):
    here.engine.more_models = (replace(MARIAN, own_settings=(("num_beams", "6"),)),)
    result = await transform(here)
    assert here.engine.requests[0].params.num_beams == 1
    assert "Quien hizo opus-mt-es-en usa 6 haces (beam search)" in result.response.content
    chosen = await transform(here, beams=2)
    assert "Quien hizo" not in chosen.response.content


async def test_what_is_proposed_while_typing(here):
    here.engine.more_models = (ACCENTS, T5, M2M100)

    async def proposed(option, current="", **given):
        found = await here.ana.autocomplete(here.channel, "transformar", option, current, **given)
        return [(choice["name"], choice["value"]) for choice in found]

    assert [value for _, value in await proposed("modelo")] == [ACCENTS.name, "t5", "m2m100"]
    assert ("Traducir de inglés a alemán", "translation_en_to_de") in await proposed("tarea")
    assert await proposed("a", "ingl") == [("inglés (en)", "en")]


async def test_what_fails_is_said_under_the_source(here):
    here.engine.error = EngineError("out_of_memory")
    result = await transform(here)
    assert plain(result.response).startswith(f"> {SOURCE}\n\nNo me ha quedado memoria")


async def test_it_is_in_ones_own_data_and_outlives_a_restart(here):
    result = await transform(here, tokens=3)
    reply = await here.reply_of(result)
    assert reply.text_before == ""
    more = [text async for text in here.storage.texts_of(here.ana.id, 10)]
    assert [text.text_before for text in more] == [SOURCE]
    models, words = here.engine.more_models, here.engine.text
    await here.restart()
    here.engine.more_models, here.engine.text = models, words
    again = await here.ana.click(here.message(result.response.id), label="Seguir")
    assert plain(again.response).startswith(f"> {SOURCE}\n")


def finish_with(room, monkeypatch, reason, **facts):
    """Let every text of the scripted engine end so, with these facts."""
    made = type(room.engine)._completion

    def completion(request, tokens=None, ended=reason):
        return replace(made(room.engine, request, tokens, ended), **facts)

    monkeypatch.setattr(room.engine, "_completion", completion)


SECRET = "mi perro se llama toby y esta en el jardin"


async def test_accents_of_anothers_message_are_private_and_leave_no_trace(here, caplog):
    message = await here.luis.send(here.channel, SECRET)
    log_everything(caplog)
    result = await here.ana.context_menu(here.channel, "Poner tildes a este mensaje", message)
    assert result.response.ephemeral
    assert plain(result.response).startswith(f"> {SECRET}\n\n{RESULT}")
    (request,) = here.engine.requests
    assert (request.prompt, request.model) == (SECRET, ACCENTS.name)
    # With its accents it is the other person's message all the same.
    assert await here.storage.replies.get(request.request_id) is None
    assert texts.NOT_STORED in result.response.content
    (menu,) = menus(result.response)
    assert [option["label"] for option in menu["options"]] == ["Borrar"]
    for seen in (everything_logged(caplog), everything_stored(here.settings.data_dir)):
        assert "toby" not in seen.lower()


async def test_accents_of_ones_own_message_and_without_the_model(here, room):
    message = await here.ana.send(here.channel, SOURCE)
    result = await here.ana.context_menu(here.channel, "Poner tildes a este mensaje", message)
    assert (await here.reply_of(result)).request.prompt == SOURCE
    room.engine.more_models = (MARIAN,)
    refused = await here.ana.context_menu(here.channel, "Poner tildes a este mensaje", message)
    assert refused.response.content.startswith("Aquí no está `unicornio-tildes`")


async def test_another_token_leads_to_another_text_of_the_same_source(here):
    result = await transform(here, temperatura="1", semilla=7, tokens=6)
    opened = await here.ana.click(result.response, label="Explicar")
    page = (await choose(here, opened.response, "Ver más", "rama")).response
    first = menus(page)[0]
    value = next(o["value"] for o in first["options"])
    await here.ana.select(page, [value], custom_id=first["custom_id"])
    request = here.engine.requests[-1]
    assert (request.prompt, bool(request.prefix_ids)) == (SOURCE, True)
    assert (request.style, request.model) == ("transform", ACCENTS.name)


async def test_letters_and_accents_that_come_apart_are_joined_for_the_model(here):
    await transform(here, texto="la cancio\u0301n de an\u0303o nuevo")
    assert here.engine.requests[-1].prompt == "la canción de año nuevo"
