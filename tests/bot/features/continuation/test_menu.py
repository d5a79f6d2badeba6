"""«Más…»: what it offers, and another text that is wilder or saner."""

from dataclasses import replace

import pytest

from tests.bot.explorer_screens import heading, menu
from tests.bot.world import options

ALL = ["Otra más loca", "Otra más cuerda", "Ver coloreado", "Detalles", "Receta", "Ramas", "Borrar"]


@pytest.mark.parametrize(
    ("style", "value", "then"),
    [
        ("balanced", "wilder", "creative"),
        ("creative", "wilder", "mad"),
        ("balanced", "saner", "precise"),
    ],
)
async def test_another_text_has_the_next_style(room, style, value, then):
    first = await room.continuar(estilo=style)
    assert options(first.response) == ALL
    second = await room.ana.select(first.response, [value])
    before, after = room.engine.requests
    assert (after.style, after.prompt) == (then, before.prompt)
    assert after.seed != before.seed
    assert second.response.id != first.response.id
    assert second.response.content.startswith("**Había una vez**")


@pytest.mark.parametrize(
    ("style", "missing"), [("mad", "Otra más loca"), ("precise", "Otra más cuerda")]
)
async def test_the_end_of_the_scale_is_not_offered(room, style, missing):
    first = await room.continuar(estilo=style)
    assert options(first.response) == [label for label in ALL if label != missing]


async def test_an_old_menu_says_that_it_is_the_end(room):
    first = await room.continuar()
    reply = await room.reply_of(first)
    greedy = replace(reply.request.params, strategy="greedy")
    await room.storage.replies.save(
        replace(reply, request=replace(reply.request, params=greedy, style=None))
    )
    refused = await room.ana.select(first.response, ["saner"])
    assert refused.response.content.startswith("Ya no hay nada más cuerdo")


async def test_the_coloured_text_is_opened_for_anybody(room):
    first = await room.continuar(intentos=1)
    result = await room.luis.select(first.response, ["coloured-0"])
    (opened,) = result.followups
    assert opened.ephemeral
    assert heading(opened) == "### El texto, coloreado"
    assert menu(opened, "Ir a una palabra")
    assert len(room.engine.requests) == 1


async def test_it_belongs_to_the_owner(room):
    first = await room.continuar()
    for value in ("wilder", "saner~", "delete"):
        refused = await room.luis.select(first.response, [value])
        assert refused.response.content.startswith("Este texto es de Ana")
    assert len(room.engine.requests) == 1
