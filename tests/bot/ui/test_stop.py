"""«Detener», and what is seen while a text is written."""

from tests.bot.world import labels


async def test_a_text_is_seen_while_it_is_written(room):
    gate = room.hold()
    result = await room.continuar()
    assert result.response.content == "**Había una vez** amor⟨C3⟩ ▌\n-# 2 de 5 tokens"
    assert labels(result.response) == [["Detener"]]
    gate.set()
    await room.env.settle()
    assert " amor⟨C3⟩ 雪 🦄 ñandú\n" in result.response.content
    assert "▌" not in result.response.content


async def test_the_owner_stops_it_and_keeps_what_was_written(room):
    room.hold()
    result = await room.continuar()
    await room.ana.click(result.response, label="Detener")
    assert " amor⟨C3⟩\n" in result.response.content
    assert result.response.content.endswith(" · detenido")
    assert "Seguir" in labels(result.response)[0]


async def test_others_cannot_stop_it(room):
    gate = room.hold()
    result = await room.continuar()
    refused = await room.luis.click(result.response, label="Detener")
    assert refused.response.content.startswith("Este texto es de Ana: puedes leerlo")
    assert refused.response.ephemeral
    assert room.engine.cancelled == []
    gate.set()


async def test_an_old_stop_button_says_that_it_is_over(room):
    room.hold()
    result = await room.continuar()
    running = result.response.message
    await room.ana.click(result.response, label="Detener")
    room.env.backend.edit_message(
        room.channel.id,
        running.id,
        {"components": [row.to_dict() for row in running.components]},
    )
    late = await room.ana.click(room.message(running.id), label="Detener")
    assert late.response.content == "Esa respuesta ya no está en marcha."
    assert late.response.ephemeral
