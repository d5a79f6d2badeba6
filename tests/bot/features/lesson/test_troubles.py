"""What goes wrong around a lesson: permissions, threads, restarts, long cells, models that go."""

import json
from types import SimpleNamespace

import discord
import pytest

from bot.features.lesson import run, showing
from engine import EngineError
from tests.bot.features.lesson.reading import buttons
from tests.bot.screens import text_of
from tests.bot.scripted import ScriptedEngine
from tests.bot.world import Gate, open_world


def refusal(code, status=403):
    response = SimpleNamespace(status=status, reason="No")
    kind = discord.Forbidden if status == 403 else discord.HTTPException
    return kind(response, {"code": code, "message": "no"})


@pytest.fixture
def refusing(monkeypatch):
    """Return a function that makes Discord refuse the lesson's messages, or None for no more."""
    refused = [None]

    def guarded(act):
        async def inner(self, *args, **options):
            if refused[0] is not None:
                raise refused[0]
            return await act(self, *args, **options)

        return inner

    for name in ("send", "edit"):
        monkeypatch.setattr(showing._Channel, name, guarded(getattr(showing._Channel, name)))
    return lambda error: refused.__setitem__(0, error)


async def test_without_the_permission_it_asks_before_it_begins_in_the_channel(school):
    me = school.env.bot.user
    denied = discord.PermissionOverwrite(create_public_threads=False)
    channel = school.room.guild.create_text_channel("sin-hilos", overwrites={me: denied})
    asked = await school.start(channel=channel)
    assert asked.response.ephemeral
    assert "me falta el permiso «Crear hilos públicos»" in text_of(asked.response)
    assert await school.storage.lessons.all_open(school.room.bot.application_id) == ()
    assert len(channel.history()) == 0
    await school.eva.click(asked.response, label="Darla en este canal")
    assert [m.author.id for m in channel.history()][:2] == [me.id, me.id]
    lesson = await school.lesson()
    assert (lesson.channel_id, lesson.open_in) == (channel.id, channel.id)


@pytest.mark.parametrize(
    ("missing", "name"),
    [("send_messages", "Enviar mensajes"), ("attach_files", "Adjuntar archivos")],
)
async def test_where_nothing_can_be_sent_it_says_which_permission_is_missing(school, missing, name):
    denied = discord.PermissionOverwrite(**{missing: False})
    me = school.env.bot.user
    channel = school.room.guild.create_text_channel("cerrado", overwrites={me: denied})
    refused = await school.start(channel=channel, hilo=False)
    assert f"me falta el permiso «{name}»" in refused.response.content
    assert await school.storage.lessons.all_open(school.room.bot.application_id) == ()


async def test_in_a_thread_it_is_given_there(school):
    await school.start()
    first = school.place
    await school.press("Terminar")
    said = await school.start(channel=first)
    assert said.response.content == "Clase empezada aquí abajo."
    lesson = await school.lesson()
    assert (lesson.channel_id, lesson.open_in) == (first.id, first.id)


@pytest.mark.parametrize("by_id", [False, True])
async def test_a_role_may_teach(tmp_path, plan, by_id):
    wanted = "PROFESORADO"
    async with open_world(tmp_path) as room:
        role = room.guild.create_role("Profesorado")
        teacher = room.guild.add_member(room.env.create_user("noa"), roles=[role])
        key = str(role.id) if by_id else wanted
        room.bot.settings = room.bot.settings.model_copy(update={"teacher_role": key})
        started = await teacher.slash(room.channel, "clase empezar")
        assert started.response.content.startswith("Clase empezada en")
        refused = await room.ana.slash(room.channel, "clase seguir")
        assert " o el rol «" in refused.response.content
        assert ("Profesorado" if by_id else wanted) in refused.response.content


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (refusal(160005, 400), "El hilo de la clase está bloqueado"),
        (refusal(50083, 400), "El hilo de la clase está archivado"),
        (refusal(50013), "No puedo escribir donde se da la clase"),
    ],
    ids=["locked", "archived", "forbidden"],
)
async def test_a_place_that_takes_nothing_is_said_and_nothing_is_lost(
    school, refusing, error, words
):
    await school.start()
    refusing(error)
    said = await school.press("Siguiente")
    assert words in said.followups[-1].content
    assert (await school.lesson()).cell == "full"
    refusing(None)
    await school.press("Siguiente")
    assert text_of(school.control).startswith("### Clase · 2 de 3 · De todo")


async def test_a_restart_in_the_middle_of_a_cell_runs_it_again_and_says_so(school, hold):
    await school.start()
    hold()
    await school.press("Ejecutar")
    assert "Calculando…" in text_of(school.cell(1))
    await school.restart()
    await school.env.settle()
    assert "Me reinicié a media celda" in text_of(school.control)
    assert "**Sale** " in text_of(school.cell(1))
    cell = await school.storage.lessons.cell((await school.lesson()).lesson_id, "one_text")
    explained = await school.press("Explicar", who=school.ana, on=school.cell(1))
    assert explained.response.ephemeral
    assert len(cell.findings.reply_ids) == 1
    await school.press("Siguiente")
    await school.press("Atrás")
    assert "Me reinicié" not in text_of(school.control)


async def test_a_restart_between_a_move_and_its_message_shows_it(school):
    await school.start()
    lesson = await school.lesson()
    await school.storage.lessons.go_to(lesson.lesson_id, 0, "full")
    await school.restart()
    await school.env.settle()
    assert text_of(school.cell(2)).startswith("### 2 · De todo")
    assert text_of(school.control).startswith("### Clase · 2 de 3 · De todo")


async def test_a_long_cell_calls_the_teacher_and_nobody_else(school, monkeypatch):
    await school.start()
    await school.press("Ejecutar")
    assert len(school.messages) == 2
    monkeypatch.setattr(run, "LONG_S", -1.0)
    await school.press("Siguiente")
    await school.press("Ejecutar")
    call = school.control
    assert call.content.startswith(f"<@{school.eva.id}>, la celda 2, «De todo», ya está. [Ir a")
    (request,) = (
        one
        for one in school.env.http_requests
        if isinstance(one.json, dict) and "ya está" in str(one.json.get("content"))
    )
    assert request.json["allowed_mentions"] == {"parse": [], "users": [school.eva.id]}


async def test_a_model_that_is_gone_is_said_and_nothing_hangs(school):
    await school.start()

    class Other(ScriptedEngine):
        def models(self):
            return tuple(info for info in super().models() if info.name != "guion")

    bot = school.room.new_bot(Other())
    school.hasten()
    await school.env.restart_bot(bot)
    await school.press("Ejecutar")
    assert "El modelo de esta clase, «guion», ya no está aquí" in text_of(school.control)
    refused = await school.press("Hacerlo yo", who=school.ana, on=school.cell(1))
    assert "ya no está aquí" in refused.response.content


async def test_numbers_of_another_precision_are_not_put_beside_the_lessons(school):
    await school.start()
    lesson = await school.lesson()
    await school.storage.lessons.pin(lesson.lesson_id, lesson.revision, "fast")
    await school.press("Ejecutar")
    assert "se empezó con el cálculo " in text_of(school.control)
    cells = await school.storage.lessons.cells(lesson.lesson_id)
    assert [cell.state for cell in cells.values()] == ["failed"]


async def test_what_fails_unforeseen_is_said_with_a_reference(school, plan):
    await school.start()
    plan.broken.error = RuntimeError("boom")
    await school.command("ir", celda="falla")
    await school.press("Ejecutar")
    assert "referencia" in text_of(school.control)
    plan.broken.error = EngineError("out_of_memory")
    await school.press("Ejecutar")
    assert "No me ha quedado memoria" in text_of(school.cell(3))


async def test_a_person_who_deletes_everything_takes_their_lesson_along(school):
    await school.start()
    await school.press("Ejecutar")
    await school.press("Duda ✋", who=school.ana, on=school.cell(1))
    shown = (await school.eva.slash(school.room.channel, "datos ver")).response
    assert "**Clases que llevas o has llevado:** 1" in text_of(shown)
    theirs = (await school.ana.slash(school.room.channel, "datos ver")).response
    assert "**Dudas apuntadas en clases:** 1" in text_of(theirs)
    asked = (await school.eva.slash(school.room.channel, "datos borrar")).response
    await school.eva.click(asked, label="Sí, borrar todo")
    assert "1 clase con lo que calculó" in text_of(school.fresh(asked))
    gone = await school.press("Siguiente")
    assert gone.response.content.startswith("Esa clase ya no la guardo")
    gone = await school.press("Explicar", who=school.ana, on=school.cell(1))
    assert "aún no está calculada" in gone.response.content
    gone = await school.press("Duda ✋ 1", who=school.ana, on=school.cell(1))
    assert gone.response.content.startswith("Esa clase ya no la guardo")


async def test_the_data_file_has_lessons_and_doubts(school):
    await school.start()
    await school.press("Ejecutar")
    await school.press("Duda ✋", on=school.cell(1))
    shown = (await school.eva.slash(school.room.channel, "datos ver")).response
    sent = (await school.eva.click(shown, label="Descargar")).response
    (attached,) = sent.attachments
    data = json.loads(await attached.read())
    (lesson,) = data["clases"]
    assert lesson["celdas"][0]["celda"] == "one_text"
    assert lesson["celdas"][0]["resultado"]["text"].startswith("**Sale**")
    assert data["dudas"][0]["celda"] == "one_text"


async def test_a_stray_copy_of_the_buttons_goes_when_it_is_used(school):
    await school.start()
    lesson = await school.lesson()
    stray = school.control
    await school.storage.lessons.set_control(lesson.lesson_id, None)
    await school.command("seguir")
    assert len(school.messages) == 3
    await school.press("Ejecutar", on=stray)
    assert len(school.messages) == 2
    assert "**Sale** " in text_of(school.cell(1))
    assert buttons(school.control)[0] == "(Ejecutar)"


async def test_buttons_clicked_while_they_are_replaced_are_deleted_once(school, monkeypatch):
    await school.start()
    gate, delete = Gate(school.env), discord.PartialMessage.delete
    deleted, old = [], school.control

    async def slowly(message):
        deleted.append(message.id)
        await gate.wait()
        await delete(message)

    monkeypatch.setattr(discord.PartialMessage, "delete", slowly)
    await school.press("Siguiente")
    await school.press("Ejecutar", on=old)
    gate.set()
    await school.env.settle()
    assert deleted == [old.id]
    assert buttons(school.control)[0] == "Ejecutar"


async def test_buttons_that_somebody_deleted_are_not_deleted_again(school, hold, monkeypatch):
    await school.start()
    gate, deleted, delete = hold(), [], discord.PartialMessage.delete
    await school.press("Ejecutar")
    school.env.backend.delete_message(school.place.id, school.control.id)

    async def note(message):
        deleted.append(message.id)
        await delete(message)

    monkeypatch.setattr(discord.PartialMessage, "delete", note)
    gate.set()
    await school.env.settle()
    assert text_of(school.control).startswith("### Clase · 1 de 3")
    assert deleted == []


async def test_of_a_lesson_taken_over_a_cell_may_be_computed_again(school, hold):
    await school.start()
    gate = hold()
    await school.press("Ejecutar")
    await school.press("Seguir yo la clase", who=school.pepe)
    asked = (await school.eva.slash(school.room.channel, "datos borrar")).response
    await school.eva.click(asked, label="Sí, borrar todo")
    await school.env.settle()
    assert "*Aún sin calcular.*" in text_of(school.cell(1))
    gate.set()
    await school.press("Ejecutar", who=school.pepe)
    assert "**Sale** " in text_of(school.cell(1))
