"""«Embudo» from the explorer's button to every way on, on a scripted engine."""

from simcord.components import walk_components

from tests.bot.explorer_screens import (
    alt,
    buttons,
    choose,
    explicar,
    heading,
    published,
    screen,
    where,
)
from tests.bot.world import open_world

SCREEN = (
    "### Embudo de «⟨C3⟩» · paso 6 de 8\n"
    "> \\[…] amor\ufffd\ufffd 雪 ñandú\u200a**⟨C3⟩** 🦄 🦄\n"
    "**Vocabulario**: el modelo puntúa sus 16 tokens.\n"
    "**top-p 0,9** deja los más probables hasta sumar el 90 %: quitó 10 (8,9 %) y dejó 6.\n"
    "**Dado**: El dado sacó 0,942: su tramo era 0,878–0,951. «⟨C3⟩» salió con un **7,3 %** "
    "final.\n"
    "-# guion (de prueba) · Equilibrado, con temperatura 1 · semilla 7 · solo lo ves tú"
)


def rows(message) -> list[int]:
    """Count the components of each row."""
    return [len(c["components"]) for c in walk_components(message.components) if c["type"] == 1]


async def funnel(room, **options):
    message = (await explicar(room, **options)).response
    await choose(room, message, "Ver más", "embudo")
    return message


async def test_the_button_turns_the_page_into_the_funnel(room):
    message = await funnel(room)
    assert screen(message) == SCREEN
    assert message.ephemeral
    assert buttons(message) == ["◀", "▶", "Volver", "Publicar"]
    assert [file.filename for file in message.attachments] == ["embudo.png"]
    assert alt(message) == (
        "Embudo · paso 6 de 8 · ⟨C3⟩: vocabulario, 16 tokens; top-p 0,9 quita 8,9 % y deja 6 "
        "tokens; dado: sale «⟨C3⟩» con 7,3 % final"
    )
    assert len(room.engine.requests) == 1


async def test_turning_stays_in_the_funnel_and_renews_the_picture(room):
    message = await funnel(room)
    before = alt(message), message.attachments[0].id
    await room.ana.click(message, label="▶")
    assert heading(message) == "### Embudo de «🦄» · paso 7 de 8"
    assert (alt(message), message.attachments[0].id) != before
    assert len(message.attachments) == 1
    await room.ana.click(message, label="◀")
    assert screen(message) == SCREEN


async def test_back_to_the_step_with_the_same_candidates(room):
    message = (await explicar(room)).response
    await choose(room, message, "Ver más", "numeros")
    await choose(room, message, "Más candidatas", "10")
    await room.ana.click(message, label="Volver")
    step = screen(message)
    await choose(room, message, "Ver más", "embudo")
    await room.ana.click(message, label="Volver")
    assert screen(message) == step
    assert [file.filename for file in message.attachments] == ["por-que.png"]
    await choose(room, message, "Ver más", "numeros")
    assert "\n10 " in screen(message)


async def test_the_ends_have_no_way_on(room):
    message = await funnel(room, pasos=1)
    assert buttons(message)[:2] == ["◀", "▶"]
    ends = [c for c in walk_components(message.components) if c["type"] == 2][:2]
    assert all(button["disabled"] for button in ends)


async def test_it_works_after_a_restart(room):
    message = await funnel(room)
    await room.restart()
    await room.ana.click(message, label="▶")
    assert heading(message).startswith("### Embudo de «🦄»")
    await room.ana.click(message, label="Volver")
    assert where(message) == (0, 6)
    assert room.engine.requests == []


async def test_temperature_reshapes(room):
    message = await funnel(room, temperatura="0,5", top_k=4)
    assert "da más a los favoritos y menos al resto; no quita ninguno." in screen(message)
    assert "temperatura 0,5 reajusta sin quitar" in alt(message)


async def test_greedy_without_filters_says_so(room):
    message = await funnel(room, estrategia="greedy", temperatura=None)
    assert "No hay filtros activos: greedy no tira dados" in screen(message)
    assert "el mejor: sale «␣amor» con 33,0 % final" in alt(message)


async def test_beam_search_without_filters_says_so(room):
    message = await funnel(room, estrategia="beam", temperatura=None, beams=3)
    assert "No hay filtros activos: cada texto puede seguir con cualquier token." in screen(message)
    assert "se guardan los 3 textos con más puntos" in screen(message)


async def test_a_public_copy_is_turned_only_by_its_publisher(room):
    message = await funnel(room)
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    assert heading(copy) == "### Embudo de «⟨C3⟩» · paso 6 de 8"
    assert screen(copy).endswith(f"Publicado por <@{room.ana.id}>")
    assert buttons(copy)[2:] == ["Volver", "Explicar", "Borrar"]
    await room.ana.click(copy, label="▶")
    assert heading(copy) == "### Embudo de «🦄» · paso 7 de 8"
    opened = (await room.luis.click(copy, label="◀")).response
    assert opened.ephemeral
    assert screen(opened) == SCREEN
    assert heading(copy) == "### Embudo de «🦄» · paso 7 de 8"


async def test_somebody_else_opens_their_own_funnel_of_a_public_step(room):
    message = (await explicar(room)).response
    copy = await published(room, message)
    assert max(rows(copy)) <= 5
    opened = (await choose(room, copy, "Ver más", "embudo", room.luis)).response
    assert opened.ephemeral
    assert screen(opened) == SCREEN
    assert where(copy) == (0, 5)


async def test_the_word_list_is_a_stage_that_names_nothing(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("zopenco\n", encoding="utf-8")
    async with open_world(tmp_path, blocked_words_file=words) as room:
        assert "zopenco" not in screen(await funnel(room))
