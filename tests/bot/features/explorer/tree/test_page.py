"""«Árbol de haces» from the explorer's button to every way on, on a scripted engine."""

import csv
import io

import pytest
from simcord.components import walk_components

from bot.features.explorer.tree.page import tree_page
from bot.messages.errors import UserError
from bot.messages.place import Place
from bot.render.numbers import parse_decimal
from bot.render.tables import width
from tests.bot.explorer_screens import (
    alt,
    buttons,
    choose,
    explicar,
    heading,
    menu,
    menus,
    published,
    screen,
)
from tests.bot.readings import reading

BEAMS = {"estrategia": "beam", "temperatura": None, "beams": 3}


async def tree(room, **options):
    """Open the tree of a beam search of eight steps and three beams."""
    message = (await explicar(room, **{**BEAMS, **options})).response
    await choose(room, message, "Ver más", "arbol-beams")
    return message


def rows(message) -> list[int]:
    return [len(c["components"]) for c in walk_components(message.components) if c["type"] == 1]


async def test_only_beam_search_has_a_tree(room):
    message = (await explicar(room)).response
    assert "Árbol de haces" not in buttons(message)
    message = (await explicar(room, **BEAMS)).response
    assert "Árbol de haces" in [o["label"] for o in menu(message, "Ver más")["options"]]


async def test_the_button_turns_the_page_into_the_tree(room):
    message = await tree(room)
    shown = screen(message)
    assert heading(message) == "### Árbol de haces · paso 1 de 8"
    assert (
        "Los haces (beam search) son **3** textos: suman los puntos de cada token y siguen los "
        "**3** mejores."
    ) in shown
    assert "Aquí comparó 6: 3 siguen y 3 se podan." in shown
    assert "El camino ◀ iba **1.º de 3**." in shown
    assert "-# Puntuación = suma ÷ 1 token." in shown
    assert "1 ␣amor ◀          −1,108\n0,000 − 1,108 = −1,108\n" in shown
    assert "✂ 2 más, hasta −3,108\n" in shown
    assert shown.endswith(" · solo lo ves tú")
    assert message.ephemeral
    assert [file.filename for file in message.attachments] == ["arbol.png"]
    assert alt(message).startswith("Árbol de haces · pasos 1–3 de 8. Camino ◀: «␣amor»")
    assert buttons(message) == ["◀", "▶", "▶▶", "Volver", "CSV del árbol"]
    assert len(room.engine.requests) == 1


async def test_paging_renews_the_picture(room):
    message = await tree(room)
    before = alt(message), message.attachments[0].id
    await room.ana.click(message, label="▶")
    assert heading(message).endswith("paso 2 de 8")
    await room.ana.click(message, label="▶▶")
    assert heading(message).endswith("paso 5 de 8")
    assert (alt(message), message.attachments[0].id) != before
    assert len(message.attachments) == 1
    assert buttons(message)[:4] == ["◀", "▶", "◀◀", "▶▶"]
    await room.ana.click(message, label="▶▶")
    assert "terminan" in screen(message)
    await room.ana.click(message, label="Volver")
    assert heading(message).endswith(": la eligió el conjunto")
    assert [file.filename for file in message.attachments] == ["por-que.png"]


async def test_the_menu_goes_to_any_step_also_after_a_restart(room):
    message = await tree(room, pasos=40)
    labels = [o["label"] for o in menu(message, "Ir a un paso")["options"]]
    assert len(labels) == 25
    assert labels[0] == "1 · ␣amor ◀"
    await room.restart()
    await choose(room, message, "Ir a un paso… 1 · ␣amor", "19")
    assert heading(message) == "### Árbol de haces · paso 20 de 40"
    assert "pasos 19–21 de 40" in alt(message)


async def test_it_works_after_a_restart_and_for_another_member(room):
    message = await tree(room)
    await room.restart()
    await room.ana.click(message, label="▶")
    assert heading(message) == "### Árbol de haces · paso 2 de 8"
    await room.ana.click(message, label="Volver")
    copy = await published(room, message)
    before = screen(copy)
    opened = (await choose(room, copy, "Ver más", "arbol-beams", room.luis)).response
    assert opened.ephemeral
    assert heading(opened) == "### Árbol de haces · paso 2 de 8"
    own = (await choose(room, copy, "Ver más", "arbol-beams")).response
    assert own.ephemeral
    assert screen(copy) == before
    assert max(rows(copy)) <= 5
    assert room.engine.requests == []


async def test_the_sums_on_the_screen_add_up(room):
    message = await tree(room)
    for _ in range(7):
        equations = [line for line in screen(message).split("\n") if " = −" in line]
        assert len(equations) == 3
        for line in equations:
            before, sign, step, _, total = line.split()
            own = -parse_decimal(step) if sign == "−" else parse_decimal(step)
            assert round(parse_decimal(before) + own, 3) == parse_decimal(total)
        await room.ana.click(message, label=buttons(message)[1])


async def test_the_file_has_every_hypothesis(room):
    result = await explicar(room, **BEAMS)
    reply = await room.reply_of(result)
    message = result.response
    await choose(room, message, "Ver más", "arbol-beams")
    answer = (await room.ana.click(message, label="CSV del árbol")).response
    assert answer.ephemeral
    assert answer.attachments[0].filename == "arbol.csv"
    data = (await answer.attachments[0].read()).decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(data), delimiter=";"))
    nodes = reply.completion.beams.nodes
    assert [int(row["Nodo"]) for row in table] == [node.node + 1 for node in nodes]
    assert [float(row["Suma"].replace(",", ".")) for row in table] == pytest.approx(
        [node.score for node in nodes], abs=1e-6
    )
    assert {row["Destino"] for row in table} == {"sigue", "termina", "podada"}
    assert [row["Puesto"] for row in table].count("1") == 1


async def test_a_place_beyond_the_tree_shows_its_end(room):
    reply = await room.reply_of(await explicar(room, **BEAMS))
    page = await tree_page(reading(reply, Place(step=99)))
    assert "paso 8 de 8" in str(page.view.to_components())


async def test_a_text_without_a_tree_says_so(room):
    reply = await room.reply_of(await explicar(room))
    with pytest.raises(UserError) as refusal:
        await tree_page(reading(reply, Place(step=0)))
    assert "no guardo el árbol" in refusal.value.text


@pytest.mark.parametrize("text", ["🦄" * 300, "مرحبا بالعالم", "palabra " * 750, "x"])
async def test_any_prompt_fits(room, text):
    message = await tree(room, texto=text, beams=8, pasos=40)
    found = list(walk_components(message.components))
    assert len(found) <= 40
    assert sum(len(c["content"]) for c in found if c["type"] == 10) <= 4000
    (steps,) = menus(message)
    assert 1 <= len(steps["options"]) <= 25
    assert all(1 <= len(option["label"]) <= 100 for option in steps["options"])
    assert len(steps["placeholder"]) <= 150
    code = screen(message).split("```")[1]
    assert all(width(line) <= 25 for line in code.split("\n"))
