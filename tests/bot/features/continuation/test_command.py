"""/continuar from the slash to the last edit."""

from dataclasses import replace

import pytest

from bot.render.word_list import without_word_list
from bot.storage import Preferences
from bot.styles import STYLES, changed_settings
from engine import EngineError, ModelUnavailable
from tests.bot.scripted import ScriptedEngine
from tests.bot.world import labels, open_world, options

FOOTER = "-# Inventado por guion (de prueba) · Equilibrado · semilla 7"


def plain(message):
    return message.content.replace("\u00a0", " ")


async def test_the_first_screen(room):
    result = await room.continuar()
    assert plain(result.response) == f"**Había una vez** amor⟨C3⟩ 雪 🦄 ñandú\n{FOOTER}"
    assert labels(result.response) == [["Seguir", "Otra", "Explicar"], ["Más…"]]
    assert options(result.response) == [
        *(
            "Otra más loca",
            "Otra más cuerda",
            "Ver coloreado",
            "Detalles",
            "Receta",
            "Ramas",
            "Borrar",
        )
    ]
    assert not result.response.ephemeral


async def test_the_request_is_complete_before_it_is_submitted(room):
    await room.continuar(temperatura="0,5", top_k=4, sin_repetir=2)
    (request,) = room.engine.requests
    assert (request.prompt, request.seed, request.model) == ("Había una vez", 7, "guion")
    assert (request.user_id, request.deadline_s) == (room.ana.id, 600.0)
    assert request.trace_top_n == 10
    assert (request.params.temperature, request.params.top_k) == (0.5, 4)
    assert (request.params.no_repeat_ngram_size, request.params.max_new_tokens) == (2, 5)


async def test_a_style_is_that_style_whatever_is_stored(room):
    stored = Preferences(params={"temperature": 0.1, "no_repeat_ngram_size": 2})
    await room.storage.preferences.set("user", room.ana.id, stored)
    await room.continuar(estilo="mad")
    await room.continuar(estilo="mad", top_k=4)
    pure, changed = room.engine.requests
    assert pure.style == changed.style == "mad"
    assert changed_settings("mad", pure.params) == ()
    assert changed_settings("mad", changed.params) == ("top_k",)


async def test_a_style_goes_on_in_what_follows(room):
    result = await room.continuar(estilo="creative")
    for label in ("Seguir", "Otra"):
        await room.ana.click(result.response, label=label)
        request = room.engine.requests[-1]
        assert request.style == "creative"
        assert changed_settings("creative", request.params) == ()


async def test_the_style_is_a_list_right_after_the_text(room):
    for name in ("continuar", "explicar"):
        command = room.bot.tree.get_command(name).to_dict(room.bot.tree)
        text, style, *_ = command["options"]
        assert (text["name"], style["name"]) == ("texto", "estilo")
        assert [choice["value"] for choice in style["choices"]] == [*STYLES]


async def test_a_seed_is_drawn_when_none_is_named(room):
    seeds = set()
    for _ in range(3):
        await room.ana.slash(room.channel, "continuar", texto="Hola", tokens=2)
        seeds.add(room.engine.requests[-1].seed)
    assert len(seeds) == 3
    assert all(0 <= seed < 2**32 for seed in seeds)


async def test_the_reply_is_stored_with_its_trace(room):
    result = await room.continuar()
    reply = await room.reply_of(result)
    assert (reply.owner_id, reply.guild_id) == (room.ana.id, room.guild.id)
    assert reply.request == without_word_list(room.engine.requests[0])
    assert len(reply.completion.attempts[0].steps) == 5
    assert await room.storage.jobs.unfinished() == ()


async def test_a_note_about_a_setting_without_effect(room):
    result = await room.continuar(estrategia="greedy", temperatura="0,7")
    assert "-# · En greedy la temperatura no cuenta; la he ignorado." in result.response.content
    assert "· Equilibrado, con greedy · semilla 7" in result.response.content


async def test_a_final_open_box_is_a_space_and_is_said(room):
    result = await room.continuar(texto="Había una vez␣")
    assert room.engine.requests[0].prompt == "Había una vez "
    details = await room.ana.select(result.response, ["details"])
    assert "Tu texto acaba en un espacio" in details.followups[0].content


@pytest.mark.parametrize(
    ("visibility", "private", "is_ephemeral"),
    [
        ("auto", None, False),
        ("auto", True, True),
        ("private", None, True),
        ("private", False, False),
        ("public", None, False),
    ],
)
async def test_who_sees_it(tmp_path, visibility, private, is_ephemeral):
    async with open_world(tmp_path, reply_visibility=visibility) as room:
        asked = {} if private is None else {"privado": private}
        result = await room.continuar(**asked)
        assert result.response.ephemeral is is_ephemeral


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"texto": "   "}, "No me has dado ningún texto."),
        ({"texto": "␣"}, "No me has dado ningún texto."),
        ({"temperatura": "muy alta"}, "«temperatura» tiene que ser un número entre 0 y 5;"),
        ({"temperatura": "7"}, "«temperatura» tiene que ser un número entre 0 y 5;"),
        ({"top_p": "0"}, "«top-p» tiene que ser un número mayor que 0 y como mucho 1;"),
        ({"modelo": "no-hay"}, "No tengo ningún modelo llamado «no-hay»."),
    ],
)
async def test_bad_input_is_refused_before_the_first_response(room, given, text):
    result = await room.continuar(**given)
    assert result.response.content.startswith(text)
    assert result.response.ephemeral
    assert room.first_responses() == [4]
    assert room.engine.requests == []
    again = await room.continuar()
    assert " amor" in again.response.content


async def test_a_length_of_an_older_list_of_commands_is_refused(room):
    room.bot.settings = room.bot.settings.model_copy(update={"max_new_tokens": 100})
    refused = await room.continuar(tokens=200)
    text = "«tokens» tiene que ser un número entero entre 1 y 100; has escrito «200»."
    assert refused.response.content.startswith(text)
    assert refused.response.ephemeral
    assert room.first_responses() == [4]
    assert room.engine.requests == []


async def test_a_blocked_word_is_refused_and_not_quoted(tmp_path):
    words = tmp_path / "palabras.txt"
    words.write_text("puta\n", encoding="utf-8")
    async with open_world(tmp_path, blocked_words_file=words) as room:
        result = await room.continuar(texto="qué PUTA vida")
        assert result.response.content == (
            "Ese texto lleva una palabra que este servidor no permite."
        )
        assert result.response.ephemeral
        await room.continuar(texto="la computadora disputa")
        assert room.engine.requests[0].params.bad_words == ("puta",)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (EngineError("queue_full", position=64), "La cola está llena: hay 64 peticiones delante."),
        (ModelUnavailable("guion", "corrupt"), "Los ficheros del modelo «guion» están dañados."),
        (EngineError("out_of_memory"), "No me ha quedado memoria para hacerlo."),
        (EngineError("invalid_logits"), "El modelo ha dado números que no valen"),
        (EngineError("deadline"), "Se acabó el tiempo antes de escribir nada"),
        (EngineError("cancelled"), "Detenido antes de escribir nada."),
        (EngineError("closed"), "Me estoy reiniciando"),
    ],
)
async def test_what_fails_later_is_said_under_the_prompt(room, error, text):
    room.engine.error = error
    result = await room.continuar()
    assert room.first_responses() == [5]
    assert not result.response.ephemeral
    assert result.response.content.startswith(f"**Había una vez**\n\n{text}")
    assert labels(result.response) == []
    assert await room.storage.jobs.unfinished() == ()


async def test_an_unforeseen_failure_ends_in_words(room, caplog):
    room.engine.error = ZeroDivisionError("secreto")
    result = await room.continuar()
    assert "Algo ha fallado por mi parte" in result.response.content
    assert "secreto" not in result.response.content
    assert "ZeroDivisionError" in caplog.text


async def test_a_partial_text_counts_as_a_text(room):
    partial = ScriptedEngine()._completion
    engine = room.engine

    async def stream(request):
        engine.requests.append(request)
        raise EngineError("deadline", partial=partial(request, tokens=2, reason="deadline"))
        yield

    engine.stream = stream
    result = await room.continuar()
    assert "** amor⟨C3⟩\n" in result.response.content
    assert result.response.content.endswith(" · semilla 7 · cortado por tiempo")
    details = await room.ana.select(result.response, ["details"])
    assert details.followups[0].content.endswith(
        "Se acabó el tiempo: se queda lo escrito hasta aquí."
    )


async def test_a_full_queue_is_refused_before_the_first_response(room):
    from dataclasses import replace

    stats = replace(room.engine.stats(), queued=60, running=1)
    room.engine.stats = lambda: stats
    result = await room.continuar(intentos=5)
    assert result.response.content == (
        "La cola está llena: hay 61 peticiones delante. Prueba dentro de un minuto."
    )
    assert result.response.ephemeral
    await room.continuar(intentos=4)
    assert len(room.engine.requests) == 1


async def test_the_pause_between_requests_is_refunded_after_a_failure(tmp_path):
    async with open_world(tmp_path, cooldown_s=60) as room:
        room.engine.error = EngineError("out_of_memory")
        await room.continuar()
        room.engine.error = None
        await room.continuar()
        refused = await room.continuar()
        assert refused.response.content.startswith("Vas muy deprisa: puedes pedir otro texto")
        assert refused.response.ephemeral
        await room.continuar(room.luis)
        assert len(room.engine.requests) == 3


async def test_hostile_text_stays_inert(room):
    room.engine.text = " @everyone <@123> # título\n> cita\n-# pequeño **negrita**"
    result = await room.continuar(texto="<@123> @here")
    lines = result.response.content.split("\n")
    assert "@everyone" not in result.response.content
    assert "@here" not in lines[0]
    assert "<@123>" not in result.response.content
    assert not [line for line in lines if line.startswith(">")]
    assert len([line for line in lines if line.startswith("-# ")]) == 1
    edits = [r for r in room.env.http_requests if r.method == "PATCH"]
    assert all(edit.json["allowed_mentions"] == {"parse": []} for edit in edits)


async def test_a_very_long_text_comes_as_a_file(room):
    room.engine.text = " palabra" * 2000
    result = await room.continuar()
    (file,) = result.response.attachments
    assert (file.filename, file.description) == (
        "continuacion.txt",
        "El texto entero: el principio y lo que escribió el modelo",
    )
    assert (await file.read()).decode() == "Había una vez" + room.engine.text


async def test_a_model_of_another_kind_is_answered_with_its_command(room):
    huecos = replace(room.engine.models()[0], name="huecos", display_name="huecos", kind="encoder")
    room.engine.more_models = (huecos,)
    said = "El modelo «huecos» rellena huecos, no sigue textos: prueba /rellenar."
    for command, options_of in (
        ("continuar", {"texto": "Había una vez"}),
        ("continuar", {}),
        ("explicar", {"texto": "Había una vez"}),
    ):
        result = await room.ana.slash(room.channel, command, **options_of, modelo="huecos")
        assert (result.response.content, result.response.ephemeral) == (said, True)
    assert not room.engine.requests


async def test_a_stored_model_of_another_kind_gives_way_to_the_default(room):
    huecos = replace(room.engine.models()[0], name="huecos", display_name="huecos", kind="encoder")
    room.engine.more_models = (huecos,)
    await room.storage.preferences.set("user", room.ana.id, Preferences(model="huecos"))
    result = await room.continuar()
    assert room.engine.requests[0].model == "guion"
    assert "El modelo «huecos» de los ajustes rellena huecos" in plain(result.response)
