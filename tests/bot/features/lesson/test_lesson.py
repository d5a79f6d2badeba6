"""A lesson from its first command to its end, by its teacher and those who follow it."""

from tests.bot.features.lesson.reading import buttons
from tests.bot.screens import text_of


async def test_it_opens_a_thread_with_the_first_cell_above_the_buttons(school):
    result = await school.start()
    assert (
        result.response.content
        == f"Clase empezada en {school.place.mention}. Ahí tienes tus botones."
    )
    assert result.response.ephemeral
    assert school.place.name == "Clase · guion (de prueba)"
    first, control = school.messages
    assert text_of(first).startswith("### 1 · Un texto\nSe escribe un texto.\n```python")
    assert "*Aún sin calcular.*" in text_of(first)
    assert "**Para la clase:** ¿Qué sale?" in text_of(first)
    assert buttons(first) == ["Hacerlo yo", "Duda ✋"]
    assert text_of(control).startswith("### Clase · 1 de 3 · Un texto\nLista: pulsa «Ejecutar».")
    assert buttons(control) == [
        *("Ejecutar", "Siguiente", "(Atrás)", "(Repetir)", "Terminar"),
        *("Dudas", "Seguir yo la clase"),
    ]


async def test_a_cell_is_computed_once_and_everybody_explores_its_text(school):
    await school.start()
    await school.press("Ejecutar")
    first = school.cell(1)
    assert "**Sale** " in text_of(first)
    assert "log-prob" in text_of(first)
    assert "-# El modelo es otro." in text_of(first)
    assert "-# Inventado por guion (de prueba) · Lección · semilla 42" in text_of(first)
    assert buttons(first) == ["Explicar", "Hacerlo yo", "Duda ✋"]
    assert "Hecha." in text_of(school.control)
    (request,) = school.room.engine.requests
    assert (request.seed, request.style, request.model) == (42, "lesson", "guion")
    for who in (school.ana, school.luis):
        explained = await school.press("Explicar", who=who, on=first)
        assert explained.response.ephemeral
        assert "semilla 42" in text_of(explained.response)
    assert len(school.room.engine.requests) == 1


async def test_a_double_click_runs_nothing_twice(school, hold):
    await school.start()
    control = school.control
    gate = hold()
    await school.press("Ejecutar")
    assert "Calculando…" in text_of(school.control)
    assert buttons(school.control)[0] == "(Ejecutar)"
    gate.set()
    await school.env.settle()
    stale = school.storage.lessons
    lesson = await school.lesson()
    assert await stale.begin(lesson.lesson_id, 0, lesson.created_at) is None
    assert len(school.room.engine.requests) == 1
    assert control.id == school.control.id


async def test_next_shows_a_cell_below_and_back_points_at_the_one_before(school):
    await school.start()
    await school.press("Ejecutar")
    await school.press("Siguiente")
    one, two, control = school.messages
    assert text_of(one).startswith("### 1 · ")
    assert text_of(two).startswith("### 2 · ")
    assert text_of(control).startswith("### Clase · 2 de 3 · De todo")
    await school.press("Atrás")
    assert [m.id for m in school.messages] == [one.id, two.id, control.id]
    assert text_of(school.control).startswith(
        "### Clase · 1 de 3 · Un texto\nHecha. [Ir a la celda]"
    )
    assert str(one.id) in text_of(school.control)
    assert len(school.room.engine.requests) == 1


async def test_what_a_cell_found_is_shown_again_without_computing_it(school):
    await school.start()
    await school.press("Siguiente")
    await school.press("Ejecutar")
    shown = school.cell(2)
    assert [a.filename for a in shown.attachments] == ["dibujo.png", "clase.ipynb"]
    before = text_of(shown)
    await school.restart()
    await school.press("Repetir")
    again = school.cell(2)
    assert again.id != shown.id
    assert (text_of(again), len(school.messages)) == (before, 3)
    assert [a.filename for a in again.attachments] == ["dibujo.png", "clase.ipynb"]
    assert school.room.engine.requests == []


async def test_of_several_texts_one_is_chosen(school):
    await school.start()
    await school.press("Siguiente")
    await school.press("Ejecutar")
    asked = await school.press("Explicar", who=school.ana, on=school.cell(2))
    assert buttons(asked.response) == ["T 2", "T 0,75"]
    explained = await school.ana.click(asked.response, label="T 0,75")
    assert explained.response.ephemeral


async def test_a_cell_that_fails_says_why_and_is_tried_again(school, plan):
    await school.start()
    await school.command("ir", celda="3")
    await school.press("Ejecutar")
    assert "No me ha quedado memoria" in text_of(school.control)
    assert "No me ha quedado memoria" in text_of(school.cell(3))
    plan.broken.error = None
    await school.press("Repetir")
    assert "Arreglada" in text_of(school.cell(3))


async def test_the_buttons_obey_nobody_else_and_say_so_kindly(school):
    await school.start()
    for label in ("Ejecutar", "Siguiente", "Terminar", "Dudas"):
        refused = await school.press(label, who=school.ana)
        assert refused.response.ephemeral
        assert refused.response.content.startswith("Los botones de la clase son de <@")
    refused = await school.press("Seguir yo la clase", who=school.ana)
    assert "«Gestionar mensajes»" in refused.response.content
    refused = await school.press("Siguiente", who=school.pepe)
    assert "pulsa «Seguir yo la clase»" in refused.response.content
    assert (await school.lesson()).version == 0


async def test_another_teacher_takes_it_over(school):
    await school.start()
    assert "ya la llevas tú" in (await school.press("Seguir yo la clase")).response.content
    taken = await school.press("Seguir yo la clase", who=school.pepe)
    assert taken.response.content.startswith("La clase es tuya")
    assert f"<@{school.pepe.id}>" in text_of(school.control)
    await school.press("Siguiente", who=school.pepe)
    refused = await school.press("Siguiente")
    assert "Esta clase la lleva" in refused.response.content
    offered = await school.command("seguir")
    await school.eva.click(offered.response, label="Seguir yo la clase")
    assert (await school.lesson()).owner_id == school.eva.id


async def test_doubts_are_counted_once_a_person_and_taken_back(school):
    await school.start()
    first = school.cell(1)
    for who in (school.ana, school.luis):
        noted = (
            await school.press("Duda ✋", who=who, on=first)
            if who is school.ana
            else (await school.press("Duda ✋ 1", who=who, on=first))
        )
        assert noted.response.content.startswith("Apuntada")
    assert "Duda ✋ 2" in buttons(first)
    assert "Dudas · 2" in buttons(school.control)
    gone = await school.press("Duda ✋ 2", who=school.ana, on=first)
    assert gone.response.content.startswith("Quitada")
    assert "Duda ✋ 1" in buttons(first)


async def test_the_teacher_marks_doubts_as_resolved(school):
    await school.start()
    first = school.cell(1)
    await school.press("Duda ✋", who=school.ana, on=first)
    await school.press("Duda ✋ 1", who=school.luis, on=first)
    listed = (await school.press("Dudas · 2")).response
    assert f"1. <@{school.ana.id}> · 1 · Un texto" in text_of(listed)
    await school.eva.select(listed, [f"one_text:{school.ana.id}"])
    assert f"<@{school.ana.id}>" not in text_of(school.fresh(listed))
    assert "Duda ✋ 1" in buttons(first)
    assert "✋ 1 duda resuelta" in text_of(first)
    again = await school.press("Duda ✋ 1", who=school.ana, on=first)
    assert again.response.content.startswith("Apuntada")


async def test_one_writes_a_text_of_ones_own_under_the_cells_settings(school):
    await school.start()
    form = await school.press("Hacerlo yo", who=school.ana, on=school.cell(1))
    done = await school.ana.submit_modal(form, {"texto": "Había una vez "})
    assert done.response.ephemeral
    assert "Como la celda 1: greedy." in done.response.content
    (request,) = school.room.engine.requests
    assert (request.prompt, request.seed, request.user_id) == ("Había una vez ", 42, school.ana.id)
    assert request.params.strategy == "greedy"


async def test_one_lesson_in_a_channel_and_its_thread(school):
    await school.start()
    for channel in (school.room.channel, school.place):
        refused = await school.start(channel=channel, who=school.pepe)
        assert refused.response.content.startswith("En este canal ya hay una clase, en <#")
    assert len(school.room.channel.threads) == 1


async def test_it_ends_and_is_opened_again(school):
    await school.start()
    await school.press("Ejecutar")
    await school.press("Duda ✋", who=school.ana, on=school.cell(1))
    await school.press("Terminar")
    assert text_of(school.control).startswith(
        "### Clase terminada\n1 de 3 celdas calculadas. Queda 1 duda sin resolver."
    )
    assert buttons(school.control) == ["Dudas · 1", "Reabrir la clase"]
    explained = await school.press("Explicar", who=school.ana, on=school.cell(1))
    assert explained.response.ephemeral
    await school.press("Reabrir la clase", who=school.pepe)
    assert (await school.lesson()).owner_id == school.pepe.id
    assert "Siguiente" in buttons(school.control)
    assert (await school.lesson()).open_in == school.room.channel.id


async def test_ending_it_stops_a_cell_under_way(school, hold):
    await school.start()
    gate = hold()
    await school.press("Ejecutar")
    await school.command("terminar")
    gate.set()
    await school.env.settle()
    assert "*Aún sin calcular.*" in text_of(school.cell(1))
    assert text_of(school.control).startswith("### Clase terminada")


async def test_only_those_who_may_teach_begin_one(school):
    refused = await school.start(who=school.ana)
    assert refused.response.content.startswith("Dar clase pueden quienes tienen el permiso")
    assert school.room.channel.threads == []


async def test_it_may_be_given_in_the_channel(school):
    result = await school.start(hilo=False)
    assert result.response.content == "Clase empezada aquí abajo."
    assert school.room.channel.threads == []


async def test_a_deleted_message_comes_back(school):
    await school.start()
    control, first = school.control, school.cell(1)
    school.env.backend.delete_message(school.place.id, first.id)
    await school.press("Ejecutar")
    assert "**Sale** " in text_of(school.cell(1))
    assert school.control.id > school.cell(1).id
    assert school.control.id != control.id


async def test_a_deleted_thread_ends_the_lesson(school):
    await school.start()
    school.env.backend.delete_channel(school.place.id)
    said = await school.start()
    assert "ya hay una clase" in said.response.content
    gone = await school.eva.slash(school.room.channel, "clase seguir")
    assert gone.response.content.startswith(
        "El hilo o el canal donde se daba la clase ya no existe"
    )
    assert (await school.start()).response.content.startswith("Clase empezada en")
