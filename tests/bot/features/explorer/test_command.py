"""/explicar from the command to every button, on a scripted engine."""

import json

import discord
import pytest
from simcord.components import walk_components

from engine import EngineError
from tests.bot.explorer_screens import alt, buttons, choose, explicar, heading, menu, menus, screen
from tests.bot.world import open_world

EPHEMERAL = "Solo lo ves tú"


async def test_the_first_screen(room):
    result = await explicar(room)
    message = result.response
    assert message.ephemeral
    assert message.flags.components_v2
    assert screen(message) == (
        "### ¿Por qué «⟨C3⟩»? · paso 6 de 8\n"
        "> El amor es eterno. amor\ufffd\ufffd 雪 ñandú\u200a**⟨C3⟩** 🦄 🦄\n"
        "El modelo le daba un **6,7 %** crudo (5.ª de 16). top-p 0,9 dejó 6 candidatas y su "
        "probabilidad subió al **7,3 %** final. El dado sacó 0,942: su tramo era 0,878–0,951.\n"
        "-# Duda: 2,8 bits, como elegir a ciegas entre 6,8; tras los ajustes, 2,3 bits · "
        "sorpresa 3,9 bits\n"
        "```\n"
        "  token    crudo   final\n"
        "1 ⏎       33,0 %  36,3 %\n"
        "2 ␣ñandú  22,1 %  24,3 %\n"
        "3 ␣🦄     14,8 %  16,3 %\n"
        "4 ␣雪      9,9 %  10,9 %\n"
        "5 ⟨C3⟩ ◀   6,7 %   7,3 %\n"
        "· 1 más    4,5 %   4,9 %\n"
        "✂ 10       8,9 %     0 %\n"
        "```\n"
        "-# muestreo, T 1, top-p 0,9 · guion (de prueba) @0123abcd · exacto · semilla 7 · "
        "Solo lo ves tú"
    )
    assert buttons(message) == [
        "◀ Paso 5",
        "Paso 7 ▶",
        "Embudo",
        "¿Y mi palabra?",
        "Publicar",
        "Cambiarla",
    ]
    assert [m["placeholder"] for m in menus(message)] == [
        "Ir a un paso… 6 · ⟨C3⟩ · sorpresa 3,9 bits",
        "Más…: rama, tabla, CSV, receta",
    ]
    assert [o["label"] for o in menu(message, "Más")["options"]] == [
        "Rama",
        "Tabla del cuaderno",
        "CSV",
        "Receta",
        "JSON",
        "Otra T o corte",
        "Por dentro",
        "10 candidatas",
        "25 candidatas",
    ]


async def test_the_picture_says_what_it_shows_and_is_an_attachment(room):
    message = (await explicar(room)).response
    assert [file.filename for file in message.attachments] == ["paso.png"]
    assert "⟨C3⟩" in alt(message)
    assert len(alt(message)) <= 256


async def test_the_engine_is_asked_for_what_the_command_said(room):
    await explicar(room, texto="Hola ␣", pasos=3, candidatas=2, top_k=4, modelo="otro")
    request = room.engine.requests[-1]
    assert (request.prompt, request.model, request.seed) == ("Hola  ", "otro", 7)
    assert request.trace_top_n == 25
    assert request.params.max_new_tokens == 3
    assert request.params.top_k == 4
    assert request.user_id == room.ana.id


async def test_steps_are_twelve_unless_told_otherwise(room):
    await room.ana.slash(room.channel, "explicar", texto="Hola")
    assert room.engine.requests[-1].params.max_new_tokens == 12


async def test_fewer_steps_where_the_installation_allows_fewer(tmp_path):
    async with open_world(tmp_path, max_new_tokens=8, default_max_new_tokens=8) as room:
        await room.ana.slash(room.channel, "explicar", texto="Hola")
        assert room.engine.requests[-1].params.max_new_tokens == 8


async def test_the_number_of_candidates_asked_for(room):
    message = (await explicar(room, candidatas=1)).response
    assert "1 ⏎       33,0 %  36,3 %\n5 ⟨C3⟩ ◀" in screen(message)
    assert "2 ␣ñandú" not in screen(message)


async def test_notes_about_the_call_are_said_once(room):
    message = (await explicar(room, estrategia="greedy", temperatura="0,5")).response
    assert "-# En greedy la temperatura no cuenta; la he ignorado." in screen(message)
    await room.ana.click(message, label="Paso 2 ▶")
    assert "la he ignorado" not in screen(message)


async def test_greedy_says_that_there_is_no_die(room):
    message = (
        await room.ana.slash(room.channel, "explicar", texto="Hola", estrategia="greedy")
    ).response
    assert "Greedy no tira dados: toma siempre la más probable, y era esta." in screen(message)
    assert "El dado" not in screen(message)


async def test_beam_search_says_how_it_chose(room):
    message = (await explicar(room, estrategia="beam", temperatura=None, beams=3)).response
    assert "compara 3 textos enteros y aquí ves el que ganó." in screen(message)


async def test_the_buttons_turn_the_page_and_renew_the_picture(room):
    message = (await explicar(room)).response
    before = alt(message), message.attachments[0].id
    await room.ana.click(message, label="Paso 7 ▶")
    assert heading(message) == "### ¿Por qué «␣🦄»? · paso 7 de 8"
    assert len(message.attachments) == 1
    assert (alt(message), message.attachments[0].id) != before
    assert buttons(message)[:2] == ["◀ Paso 6", "Paso 8 ▶"]
    await room.ana.click(message, label="◀ Paso 6")
    assert heading(message) == "### ¿Por qué «⟨C3⟩»? · paso 6 de 8"


async def test_the_ends_have_no_way_on(room):
    message = (await explicar(room, pasos=1)).response
    assert buttons(message) == [
        "◀ Primer paso",
        "Último paso ▶",
        "Embudo",
        "¿Y mi palabra?",
        "Publicar",
        "Cambiarla",
    ]
    ends = [c for c in walk_components(message.components) if c["type"] == 2][:2]
    assert all(button["disabled"] for button in ends)


async def test_the_menu_goes_to_any_step(room):
    message = (await explicar(room)).response
    labels = [o["label"] for o in menu(message, "Ir a un paso")["options"]]
    assert labels[0] == "1 · ␣amor · sorpresa 1,6 bits"
    assert len(labels) == 8
    await choose(room, message, "Ir a un paso", "0")
    assert heading(message) == "### ¿Por qué «␣amor»? · paso 1 de 8"


async def test_long_texts_have_windows_of_25_steps(room):
    message = (await explicar(room, pasos=40, estrategia="greedy", temperatura=None)).response
    assert heading(message).endswith("paso 1 de 40")
    assert len(menu(message, "Ir a un paso")["options"]) == 25
    assert buttons(message) == [
        "◀ Primer paso",
        "Paso 2 ▶",
        "Embudo",
        "¿Y mi palabra?",
        "Publicar",
        "Cambiarla",
        "Pasos 26–40 ▶",
    ]
    await room.ana.click(message, label="Pasos 26–40 ▶")
    assert heading(message).endswith("paso 26 de 40")
    assert [o["label"].split(" ")[0] for o in menu(message, "Ir a un paso")["options"]] == [
        str(step) for step in range(26, 41)
    ]
    await room.ana.click(message, label="◀ Pasos 1–25")
    assert heading(message).endswith("paso 1 de 40")


async def test_attempts_have_a_menu_of_their_own(room):
    reply = await room.reply_of(await room.continuar(intentos=3))
    result = await room.luis.click(room.message(reply.message_id), label="Explicar")
    message = result.response
    assert heading(message).endswith("intento 1 de 3")
    options = menu(message, "Intento 1 de 3… ver otro")["options"]
    assert [o["label"].split(" · ")[0] for o in options] == [
        "Intento 1 de 3",
        "Intento 2 de 3",
        "Intento 3 de 3",
    ]
    await choose(room, message, "Intento 1 de 3", "2", who=room.luis)
    assert heading(message).endswith("intento 3 de 3")


async def test_more_candidates_can_be_asked_for_later(room):
    message = (await explicar(room)).response
    await choose(room, message, "Más", "10")
    assert heading(message).endswith("paso 6 de 8")
    assert "\n10 " in screen(message)
    assert "10 candidatas" not in [o["label"] for o in menu(message, "Más")["options"]]
    assert len(room.engine.requests) == 1


async def test_everything_works_after_a_restart(room):
    message = (await explicar(room)).response
    await room.restart()
    await room.ana.click(message, label="Paso 7 ▶")
    assert heading(message).endswith("paso 7 de 8")
    await choose(room, message, "Ir a un paso", "1")
    assert heading(message).endswith("paso 2 de 8")
    assert room.engine.requests == []


async def test_the_notebooks_table_as_a_picture(room):
    message = (await explicar(room)).response
    result = await choose(room, message, "Más", "tabla")
    assert result.response.ephemeral
    assert [file.filename for file in result.response.attachments] == ["cuaderno-1.png"]
    assert "Tabla del cuaderno" in screen(result.response)
    assert len(alt(result.response)) <= 256


async def test_the_notebooks_table_as_csv(room):
    message = (await explicar(room)).response
    result = await choose(room, message, "Más", "csv")
    file = result.response.attachments[0]
    assert result.response.ephemeral
    assert file.filename == "cuaderno.csv"
    data = (await file.read()).decode("utf-8")
    assert data.startswith("\ufeff")
    assert "Opción 5" in data.splitlines()[0]
    assert ";" in data
    assert "33,0" in data


async def test_the_whole_trace_as_json(room):
    result = await explicar(room)
    reply = await room.reply_of(result)
    answer = await choose(room, result.response, "Más", "json")
    file = answer.response.attachments[0]
    assert answer.response.ephemeral
    assert file.filename == "traza.json"
    assert json.loads(await file.read()) == reply.completion.to_dict()


async def test_a_published_copy_belongs_to_its_publisher(room):
    message = (await explicar(room)).response
    result = await room.ana.click(message, label="Publicar")
    copy = result.followups[0]
    assert not copy.ephemeral
    assert heading(copy) == heading(message)
    assert screen(copy).endswith(f"Texto inventado por un modelo · Publicado por <@{room.ana.id}>")
    assert buttons(copy) == [
        "◀ Paso 5",
        "Paso 7 ▶",
        "Embudo",
        "¿Y mi palabra?",
        "Explicar",
        "Borrar",
        "Cambiarla",
    ]
    assert [file.filename for file in copy.attachments] == ["paso.png"]
    assert heading(message).endswith("paso 6 de 8")
    await room.ana.click(copy, label="Paso 7 ▶")
    assert heading(copy).endswith("paso 7 de 8")


async def test_a_published_copy_is_read_by_everybody(room):
    message = (await explicar(room)).response
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    opened = (await room.luis.click(copy, label="Explicar")).response
    assert opened.ephemeral
    assert opened.id != copy.id
    assert heading(opened) == heading(copy)
    assert screen(opened).endswith(EPHEMERAL)
    turned = (await room.luis.click(copy, label="Paso 7 ▶")).response
    assert turned.ephemeral
    assert heading(turned).endswith("paso 7 de 8")
    assert heading(copy).endswith("paso 6 de 8")
    refused = await room.luis.click(copy, label="Borrar")
    assert refused.response.content == (
        "Esta copia la publicó otra persona: puedes leerla y explicarla, no borrarla."
    )
    assert len(room.engine.requests) == 1


async def test_the_publisher_and_moderators_delete_a_copy(room):
    message = (await explicar(room)).response
    moderators = room.guild.create_role(
        "mods", permissions=discord.Permissions(manage_messages=True)
    )
    eva = room.guild.add_member(room.env.create_user("eva"), roles=[moderators])
    for who in (room.ana, eva):
        copy = (await room.ana.click(message, label="Publicar")).followups[0]
        await who.click(copy, label="Borrar")
        assert copy.id not in [m.id for m in room.channel.history(viewer=room.luis)]
    assert (await room.storage.replies.find_by_message(message.id)) is not None


async def test_a_public_installation_opens_the_explorer_in_the_channel(tmp_path):
    async with open_world(tmp_path, reply_visibility="public") as room:
        message = (await explicar(room)).response
        assert not message.ephemeral
        assert buttons(message)[2:] == [
            "Embudo",
            "¿Y mi palabra?",
            "Explicar",
            "Borrar",
            "Cambiarla",
        ]


async def test_explaining_a_reply_generates_nothing(room):
    result = await room.continuar()
    opened = await room.luis.click(result.response, label="Explicar")
    assert opened.response.ephemeral
    assert opened.response.flags.components_v2
    assert heading(opened.response).endswith("de 5")
    assert len(room.engine.requests) == 1


async def test_what_went_before_a_continued_text_is_shown(room):
    reply = (await room.continuar()).response
    beside = await room.ana.click(reply, label="Seguir")
    messages = [beside.response, *beside.followups, *room.channel.history(viewer=room.luis)]
    continued = next(m for m in messages if m is not None and m.id != reply.id)
    opened = (await room.luis.click(continued, label="Explicar")).response
    shown = screen(opened)
    assert "\n> Había una vez amor⟨C3⟩ 雪 🦄 ñandú" in shown
    assert "[…]" not in shown


async def test_a_deleted_text_is_said(room):
    result = await explicar(room)
    reply = await room.reply_of(result)
    await room.storage.replies.delete(reply.reply_id)
    before = screen(result.response)
    answer = await room.ana.click(result.response, label="Paso 7 ▶")
    assert answer.followups[0].ephemeral
    assert "Ya no guardo los datos de ese texto" in answer.followups[0].content
    assert screen(result.response) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"texto": "   "}, "No me has dado ningún texto."),
        ({"texto": "x", "temperatura": "9"}, "«temperatura» tiene que ser"),
        ({"texto": "x", "modelo": "nada"}, "No tengo ningún modelo llamado «nada»."),
    ],
)
async def test_bad_input_is_refused_before_anything_is_generated(room, options, said):
    result = await room.ana.slash(room.channel, "explicar", **options)
    assert result.response.ephemeral
    assert said in result.response.content
    assert room.engine.requests == []


async def test_a_failure_is_said_in_the_same_message(room):
    room.engine.error = EngineError("invalid_logits")
    message = (await explicar(room)).response
    assert message.flags.components_v2
    assert screen(message).startswith("> El amor es eterno.\n")
    assert buttons(message) == []


async def test_while_it_works_it_shows_the_queue_and_the_text(room):
    room.engine.queue_positions = (3,)
    gate = room.hold()
    message = (await explicar(room)).response
    assert message.flags.components_v2
    await room.env.advance_time(2)
    assert screen(message) == "> El amor es eterno.\n…amor⟨C3⟩⟨C3⟩ 雪 ▌\n-# 4 de 8 tokens"
    assert buttons(message) == ["Detener"]
    gate.set()
    await room.env.settle()
    assert heading(message).endswith("de 8")


async def test_a_stopped_text_is_explained_as_far_as_it_came(room):
    room.hold()
    message = (await explicar(room)).response
    await room.ana.click(message, label="Detener")
    assert heading(message).endswith("de 4")
    assert "-# Se detuvo antes de acabar." in screen(message)


@pytest.mark.parametrize(
    "text",
    [
        "🦄" * 300,
        "مرحبا بالعالم",
        "def f(x):\n    return `x` ** 2  # ```",
        "palabra " * 750,
        "x",
        "@everyone <@1> [x](http://a.b) discord.gg/abc",
        "# título\n- lista\n> cita",
    ],
)
async def test_any_prompt_fits(room, text):
    message = (await explicar(room, texto=text)).response
    found = list(walk_components(message.components))
    assert heading(message).startswith("### ¿Por qué")
    assert len(found) <= 40
    assert sum(len(c["content"]) for c in found if c["type"] == 10) <= 4000
