"""/explicar from the command to every button, on a scripted engine."""

import json

import discord
import pytest
from simcord.components import walk_components

from engine import EngineError
from tests.bot.by_hand import use
from tests.bot.explorer_screens import (
    alt,
    buttons,
    choose,
    heading,
    menu,
    menus,
    published,
    screen,
    where,
)
from tests.bot.explorer_screens import opened as explicar
from tests.bot.world import open_world

EPHEMERAL = "solo lo ves tú"


async def test_the_first_screen(room):
    result = await explicar(room)
    message = result.response
    assert message.ephemeral
    assert message.flags.components_v2
    assert screen(message) == (
        "### «雪» salió por suerte\n"
        "El modelo prefería «🦄» (36 de cada 100). **雪** sale 24 de cada 100, y el dado cayó "
        "ahí.\n"
        "-# guion (de prueba) · Equilibrado, con temperatura 1 · semilla 7 · solo lo ves tú"
    )
    assert buttons(message) == ["◀", "▶", "¿Y mi palabra?", "Cambiarla"]
    assert [m["placeholder"] for m in menus(message)] == ["Ver más…"]
    assert [o["label"] for o in menu(message, "Ver más")["options"]] == [
        "Ir a una palabra",
        "Números",
        "Embudo",
        "¿Y con otra temperatura?",
        "Por dentro",
        "Ramas",
        "Tabla",
        "CSV",
        "Receta",
        "Publicar",
    ]


async def test_the_picture_says_what_it_shows_and_is_an_attachment(room):
    message = (await explicar(room)).response
    assert [file.filename for file in message.attachments] == ["por-que.png"]
    assert alt(message) == (
        "«雪» salió por suerte. El texto: «El amor es eterno. amor⟨C3⟩⟨C3⟩ 雪 ñandú⟨C3⟩ 🦄 🦄». "
        "Probabilidad final: 🦄 36,3 %; 雪 24,3 % (elegida); ⟨C3⟩ 16,3 %; amor 10,9 %; vida 7,3 %; "
        "y 1 más · 10 se quedaron fuera (top-p 0,9)"
    )


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
    assert alt(message).count("%") == 1
    await choose(room, message, "Ver más", "numeros")
    assert "1 ␣🦄    33,0 %  36,3 %\n2 ␣雪 ◀" in screen(message)
    assert "3 ⟨C3⟩" not in screen(message)


async def test_notes_about_the_call_are_said_once(room):
    message = (await explicar(room, estrategia="greedy", temperatura="0,5")).response
    assert "-# En greedy la temperatura no cuenta; la he ignorado." in screen(message)
    await room.ana.click(message, label="▶")
    assert "la he ignorado" not in screen(message)


async def test_greedy_says_that_there_is_no_die(room):
    message = (
        await room.ana.slash(room.channel, "explicar", texto="Hola", estrategia="greedy")
    ).response
    assert heading(message) == "### «amor» era la favorita"
    assert "Greedy toma siempre la primera." in screen(message)
    assert "dado" not in screen(message)


async def test_beam_search_says_how_it_chose(room):
    message = (await explicar(room, estrategia="beam", temperatura=None, beams=3)).response
    assert heading(message) == "### «amor»: la eligió el conjunto"
    assert "Con haces (beam search) se comparan 3 textos enteros, y este ganó." in screen(message)
    assert "Árbol de haces" in [o["label"] for o in menu(message, "Ver más")["options"]]


async def test_the_buttons_turn_the_page_and_renew_the_picture(room):
    message = (await explicar(room)).response
    before = alt(message), message.attachments[0].id
    first = screen(message)
    await room.ana.click(message, label="▶")
    assert where(message) == (0, 4)
    assert heading(message) == "### «ñandú» era la favorita"
    assert len(message.attachments) == 1
    assert (alt(message), message.attachments[0].id) != before
    await room.ana.click(message, label="◀")
    assert screen(message) == first


async def test_the_ends_have_no_way_on(room):
    message = (await explicar(room, pasos=1)).response
    ends = [c for c in walk_components(message.components) if c["type"] == 2][:2]
    assert [end["label"] for end in ends] == ["◀", "▶"]
    assert all(button["disabled"] for button in ends)


async def test_a_word_is_chosen_without_typing(room):
    message = (await explicar(room)).response
    await choose(room, message, "Ver más", "color")
    assert screen(message).startswith(
        "### El texto, coloreado\n"
        "Cuanto más naranja, menos esperaba el modelo esa palabra. La más rara: «雪».\n"
    )
    options = menu(message, "Ir a una palabra")["options"]
    assert [(o["label"], o["value"]) for o in options] == [
        ("amor", "0"),
        ("雪", "3"),
        ("ñandú", "4"),
    ]
    assert options[1]["description"] == "amor⟨C3⟩⟨C3⟩ 雪 ñandú⟨C3⟩ 🦄"
    await choose(room, message, "Ir a una palabra", "0")
    assert where(message) == (0, 0)


async def test_the_surprise_is_also_shown_beside_the_favourite(room):
    message = (await explicar(room)).response
    await choose(room, message, "Ver más", "color")
    total = alt(message), message.attachments[0].id
    await room.ana.click(message, label="Frente a la favorita")
    assert "más prefería el modelo otra cosa en ese sitio" in screen(message)
    assert message.attachments[0].id != total[1]
    await room.ana.click(message, label="Sorpresa total")
    assert alt(message) == total[0]
    await room.ana.click(message, label="Volver")
    assert where(message) == (0, 3)


async def test_long_texts_have_stretches_of_fifty_words(room):
    message = (await explicar(room, pasos=40, estrategia="greedy", temperatura=None)).response
    assert where(message) == (0, 0)
    await choose(room, message, "Ver más", "color")
    listed = [o for m in menus(message) for o in m["options"]]
    assert [len(m["options"]) for m in menus(message)] == [25, 3]
    assert len({o["value"] for o in listed}) == len(listed)


async def test_other_attempts_are_in_the_menu(room):
    reply = await room.reply_of(await room.tries_by_pages(3))
    result = await room.luis.click(room.message(reply.message_id), label="Explicar")
    message = result.response
    assert where(message)[0] == 0
    options = [o for o in menu(message, "Ver más")["options"] if o["value"].startswith("intento")]
    assert [o["label"] for o in options] == ["Intento 2 de 3", "Intento 3 de 3"]
    await choose(room, message, "Ver más", "intento-2", who=room.luis)
    assert where(message)[0] == 2


async def test_more_candidates_can_be_asked_for_later(room):
    message = (await explicar(room)).response
    await choose(room, message, "Ver más", "numeros")
    await choose(room, message, "Más candidatas", "10")
    assert heading(message) == "### Los números de «雪» · paso 4 de 8"
    assert "\n 9 " in screen(message)
    assert "10 candidatas" not in [o["label"] for o in menu(message, "Más cand")["options"]]
    assert len(room.engine.requests) == 1


async def test_the_numbers_hold_every_figure(room):
    message = (await explicar(room)).response
    await choose(room, message, "Ver más", "numeros")
    assert screen(message) == (
        "### Los números de «雪» · paso 4 de 8\n"
        "> El amor es eterno. amor\ufffd **雪** ñandú\ufffd 🦄 🦄\n"
        "El modelo le daba un **22,1 %** crudo (2.ª de 16). top-p 0,9 dejó 6 candidatas y su "
        "probabilidad subió al **24,3 %** final. El dado sacó 0,400: su tramo era 0,363–0,606.\n"
        "-# Duda: 2,8 bits, como elegir a ciegas entre 6,8; tras los ajustes, 2,3 bits · "
        "sorpresa 2,2 bits\n"
        "-# Crudo: lo que daba el modelo. Final: tras los ajustes, que es lo que ve el dado.\n"
        "```\n"
        "  token   crudo   final\n"
        "1 ␣🦄    33,0 %  36,3 %\n"
        "2 ␣雪 ◀  22,1 %  24,3 %\n"
        "3 ⟨C3⟩   14,8 %  16,3 %\n"
        "4 ␣amor   9,9 %  10,9 %\n"
        "5 ␣vida   6,7 %   7,3 %\n"
        "· 1 más   4,5 %   4,9 %\n"
        "✂ 10      8,9 %     0 %\n"
        "```\n"
        "-# muestreo, T 1, top-p 0,9, penalización 1,15, palabra entera, texto llano, fin de frase "
        "24 · guion (de prueba) @0123abcd · exacto · semilla 7 · "
        "Solo lo ves tú"
    )
    assert buttons(message) == ["◀", "▶", "Volver", "Publicar"]
    await room.ana.click(message, label="▶")
    assert heading(message) == "### Los números de «ñandú» · paso 5 de 8"
    await room.ana.click(message, label="Volver")
    assert where(message) == (0, 4)


async def test_the_numbers_can_be_published(room):
    message = (await explicar(room)).response
    await choose(room, message, "Ver más", "numeros")
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    assert not copy.ephemeral
    assert heading(copy) == heading(message)
    assert buttons(copy) == ["◀", "▶", "Volver", "Explicar", "Borrar"]


async def test_everything_works_after_a_restart(room):
    message = (await explicar(room)).response
    await room.restart()
    await room.ana.click(message, label="▶")
    assert where(message) == (0, 4)
    await choose(room, message, "Ver más", "color")
    await choose(room, message, "Ir a una palabra", "0")
    assert where(message) == (0, 0)
    assert room.engine.requests == []


@pytest.mark.parametrize("count", ["10", "25"])
async def test_a_menu_of_an_older_version_still_asks_for_candidates(room, count):
    message = (await explicar(room)).response
    older = {
        "type": 3,
        "custom_id": menu(message, "Ver más")["custom_id"],
        "options": [{"label": f"{count} candidatas", "value": count}],
    }
    await use(room, room.ana, message, older)
    assert heading(room.message(message.id)).startswith("### Los números de «雪»")


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
    await choose(room, result.response, "Ver más", "numeros")
    answer = await choose(room, result.response, "Más", "json")
    file = answer.response.attachments[0]
    assert answer.response.ephemeral
    assert file.filename == "traza.json"
    assert json.loads(await file.read()) == reply.completion.to_dict()


async def test_a_published_copy_belongs_to_its_publisher(room):
    message = (await explicar(room)).response
    copy = await published(room, message)
    assert not copy.ephemeral
    assert heading(copy) == heading(message)
    assert screen(copy).endswith(f"Publicado por <@{room.ana.id}>")
    assert buttons(copy) == ["◀", "▶", "¿Y mi palabra?", "Cambiarla", "Explicar", "Borrar"]
    assert "Publicar" not in [o["label"] for o in menu(copy, "Ver más")["options"]]
    assert [file.filename for file in copy.attachments] == ["por-que.png"]
    await room.ana.click(copy, label="▶")
    assert where(copy) == (0, 4)
    assert where(message) == (0, 3)


async def test_a_published_copy_is_read_by_everybody(room):
    message = (await explicar(room)).response
    copy = await published(room, message)
    opened = (await room.luis.click(copy, label="Explicar")).response
    assert opened.ephemeral
    assert opened.id != copy.id
    assert heading(opened) == heading(copy)
    assert screen(opened).endswith(EPHEMERAL)
    turned = (await room.luis.click(copy, label="▶")).response
    assert turned.ephemeral
    assert where(turned) == (0, 4)
    assert where(copy) == (0, 3)
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
        copy = await published(room, message)
        await who.click(copy, label="Borrar")
        assert copy.id not in [m.id for m in room.channel.history(viewer=room.luis)]
    assert (await room.storage.replies.find_by_message(message.id)) is not None


async def test_a_public_installation_opens_the_explorer_in_the_channel(tmp_path):
    async with open_world(tmp_path, reply_visibility="public") as room:
        message = (await explicar(room)).response
        assert not message.ephemeral
        assert buttons(message)[2:] == ["¿Y mi palabra?", "Cambiarla", "Explicar", "Borrar"]


async def test_explaining_a_reply_generates_nothing(room):
    result = await room.continuar()
    opened = await room.luis.click(result.response, label="Explicar")
    assert opened.response.ephemeral
    assert opened.response.flags.components_v2
    assert where(opened.response)[0] == 0
    assert len(room.engine.requests) == 1


async def test_what_went_before_a_continued_text_is_shown(room):
    reply = (await room.continuar()).response
    beside = await room.ana.click(reply, label="Seguir")
    messages = [beside.response, *beside.followups, *room.channel.history(viewer=room.luis)]
    continued = next(m for m in messages if m is not None and m.id != reply.id)
    opened = (await room.luis.click(continued, label="Explicar")).response
    assert "El texto: «Había una vez amor⟨C3⟩ 雪 🦄 ñandú" in alt(opened)


async def test_a_deleted_text_is_said(room):
    result = await explicar(room)
    reply = await room.reply_of(result)
    await room.storage.replies.delete(reply.reply_id)
    before = screen(result.response)
    answer = await room.ana.click(result.response, label="▶")
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
    assert where(message) == (0, 3)


async def test_a_stopped_text_is_explained_as_far_as_it_came(room):
    room.hold()
    message = (await explicar(room)).response
    await room.ana.click(message, label="Detener")
    assert alt(message).startswith(
        "«雪» salió por suerte. El texto: «El amor es eterno. amor⟨C3⟩⟨C3⟩ 雪»."
    )
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
    assert heading(message) == "### «雪» salió por suerte"
    assert len(found) <= 40
    assert sum(len(c["content"]) for c in found if c["type"] == 10) <= 4000
