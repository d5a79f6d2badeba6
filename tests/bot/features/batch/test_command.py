"""`/lote` from a file to a file: progress, errors row by row, a mention at the end."""

import csv
import io
from dataclasses import replace

import pytest

from bot.features.batch import rows as rows_module
from bot.features.batch import texts
from bot.features.batch.rows import row_seed
from bot.messages.errors import UserError
from engine import GAVE_WAY, EngineError, ModelUnavailable
from tests.bot.elsewhere import HOST, ElsewhereEngine
from tests.bot.screens import component, said, text_of
from tests.bot.world import open_world

FRASES = "id,texto\n1,Había una vez\n2,\n3,El mar es\n"


async def ask(world, data=FRASES, name="frases.csv", who=None, **options):
    file = (name, data.encode() if isinstance(data, str) else data)
    options = {"semilla": 7, "tokens": 5, **options}
    return await (who or world.member).slash(world.channel, "lote", archivo=file, **options)


def last_message(world):
    return world.channel.history()[-1]


def calls_of(world):
    """Return the messages that were sent to call the person who asked."""
    return [
        request.json
        for request in world.env.http_requests
        if isinstance(request.json, dict)
        and f"<@{world.member.id}>, " in str(request.json.get("content"))
    ]


async def result(message):
    (file,) = message.attachments
    data = await file.read()
    return file.filename, [*csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))]


async def test_a_file_goes_in_and_the_same_kind_of_file_comes_out(world):
    shown = await ask(world)
    ended = shown.response.content
    assert ended.splitlines() == [
        "**Lote** · frases.csv",
        "Acabado: 3 de 3 · 1 fila con error",
        "-# guion (de prueba) · Equilibrado · semilla 7 · columna «texto»",
        texts.INVENTED,
    ]
    assert not shown.response.ephemeral
    told = last_message(world)
    assert told.content.startswith(
        f"<@{world.member.id}>, tu lote «frases.csv» ha acabado: 3 de 3 · 1 fila con error."
    )
    name, rows = await result(told)
    assert name == "frases-continuado.csv"
    assert [row["texto"] for row in rows] == ["Había una vez", "", "El mar es"]
    assert [row["error"] for row in rows] == ["", texts.ROW_EMPTY, ""]
    assert rows[0]["continuacion"]
    assert [row["semilla"] for row in rows] == [str(row_seed(7, 0)), "", str(row_seed(7, 2))]
    assert {row["modelo"] for row in rows if row["continuacion"]} == {"guion (de prueba)"}


async def test_only_the_person_who_asked_is_called(world):
    await ask(world, "texto\n@everyone <@1> hola\n", name="@everyone.csv")
    (sent,) = calls_of(world)
    assert sent["allowed_mentions"]["users"] == [world.member.id]
    assert sent["allowed_mentions"]["parse"] == []


async def test_the_same_file_and_seed_give_the_same_result(world):
    await ask(world)
    first = await result(last_message(world))
    await ask(world)
    assert await result(last_message(world)) == first


async def test_every_request_is_in_the_background_without_a_trace(world):
    await ask(world)
    assert len(world.engine.requests) == 2
    for request in world.engine.requests:
        assert request.background
        assert request.trace_top_n == 0
        assert request.deadline_s is None


async def test_a_column_is_asked_for_where_nobody_can_tell(world):
    data = "uno,otro\nuna frase bastante larga,otra frase bastante larga\n"
    shown = await ask(world, data)
    assert "¿En qué columna están los textos?" in shown.response.content
    assert "«uno», «otro»" in shown.response.content
    assert world.engine.requests == []
    shown = await ask(world, data, columna="otro")
    assert "Acabado: 1 de 1" in shown.response.content
    shown = await ask(world, data, columna="tercera")
    assert "no hay ninguna columna «tercera»" in shown.response.content


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("a.xlsx", b"PK", "no sé leer filas"),
        ("a.csv", b"PK\x00", "no es un archivo de texto"),
        ("a.txt", b"", "no tiene ninguna fila"),
        ("a.jsonl", b"[1]\n", "no se deja leer como JSONL"),
        ("a.txt", b"x\n" * 1001, "tiene 1001 filas"),
    ],
)
async def test_what_is_no_file_of_prompts_is_refused_in_words(world, name, data, part):
    shown = await ask(world, data, name=name)
    assert part in shown.response.content
    assert world.engine.requests == []
    assert await world.storage.batches.of(world.member.id) == ()


async def test_a_word_of_the_list_is_the_error_of_its_row(tmp_path):
    words = tmp_path / "vetadas.txt"
    words.write_text("disputa\n", encoding="utf-8")
    async with open_world(tmp_path, blocked_words_file=words) as room:
        file = ("a.txt", b"una disputa\nEl mar\n")
        await room.ana.slash(room.channel, "lote", archivo=file, tokens=3)
        (batch,) = await room.storage.batches.of(room.ana.id)
        first, second = await room.storage.batches.rows(batch.batch_id)
        assert first.outcome.error == texts.ROW_BLOCKED
        assert second.outcome.text
        assert batch.request.params.bad_words == ()
        assert [r.params.bad_words for r in room.engine.requests] == [("disputa",)]


async def test_one_at_a_time_and_what_is_stopped_keeps_what_it_has(world):
    world.hold()
    shown = await ask(world)
    assert "1 de 3" in shown.response.content
    again = await ask(world)
    assert again.response.content == texts.ONE_AT_A_TIME
    other = await world.manager.click(shown.response, label="Detener")
    assert "Ese lote es de" in said(other)
    await world.member.click(shown.response, label="Detener")
    (batch,) = await world.storage.batches.of(world.member.id)
    assert batch.state == "stopped"
    told = last_message(world)
    assert "está detenido: 1 de 3" in told.content
    _, rows = await result(told)
    assert [row["error"] for row in rows] == [
        texts.ROW_NOT_WRITTEN,
        texts.ROW_EMPTY,
        texts.ROW_NOT_WRITTEN,
    ]


async def test_a_restart_goes_on_where_it_was(world):
    await ask(world)
    expected = await result(last_message(world))
    world.hold()
    shown = await ask(world)
    await world.restart()
    ended = world.env.backend.get_message(world.channel.id, shown.response.id)
    assert "Acabado: 3 de 3" in ended.content
    told = last_message(world)
    assert "ha acabado: 3 de 3" in told.content
    assert await result(told) == expected
    assert await world.storage.batches.running() == ()


async def test_what_gives_way_asks_again_for_the_same(world, monkeypatch):
    real, calls = world.engine.generate, []

    async def generate(request):
        calls.append(request)
        if len(calls) < 3:
            raise EngineError("cancelled", reason=GAVE_WAY)
        return await real(request)

    monkeypatch.setattr(world.engine, "generate", generate)
    shown = await ask(world, "El mar\n", name="a.txt")
    assert "Acabado: 1 de 1" in shown.response.content
    assert len({request.request_id for request in calls}) == 3
    assert len({replace(request, request_id="x") for request in calls}) == 1


@pytest.fixture
def pauses(monkeypatch):
    """Make every wait for a better moment short, and note how long it would have been."""
    noted = []

    async def pause(_running, seconds):
        noted.append(seconds)

    monkeypatch.setattr(rows_module, "_pause", pause)
    return noted


@pytest.mark.parametrize(
    ("failure", "seconds"),
    [
        (EngineError("queue_full", position=65, limit=64), [2, 2]),
        (ModelUnavailable("guion", "remote_busy", host="ejemplo.org", retry_after_s=7), [7, 7]),
        (ModelUnavailable("guion", "remote_late", host="ejemplo.org"), [5, 10]),
    ],
)
async def test_what_passes_is_waited_for_and_no_rows_fault(
    world, monkeypatch, pauses, failure, seconds
):
    real, calls = world.engine.generate, []

    async def generate(request):
        calls.append(request.request_id)
        if len(calls) < 3:
            raise failure
        return await real(request)

    monkeypatch.setattr(world.engine, "generate", generate)
    shown = await ask(world, "El mar\n", name="a.txt")
    assert "Acabado: 1 de 1" in shown.response.content
    assert "con error" not in shown.response.content
    assert (len(set(calls)), pauses) == (3, seconds)


async def test_a_server_that_stays_away_ends_it_after_a_few_tries(world, pauses):
    world.engine.error = ModelUnavailable("guion", "remote_unreachable", host="ejemplo.org")
    shown = await ask(world, "El mar\n", name="a.txt")
    assert "Se paró: 0 de 1" in shown.response.content
    assert pauses == [5, 10, 20, 40]


async def test_whatever_happens_the_person_is_told(world, monkeypatch):
    async def generate(_request):
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(world.engine, "generate", generate)
    await ask(world)
    assert "se paró" in last_message(world).content
    assert await world.storage.batches.running() == ()


async def test_what_could_not_be_answered_does_not_begin_at_the_next_start(world, monkeypatch):
    async def set_message(*_):
        raise UserError("su mensaje ya no está")

    monkeypatch.setattr(world.storage.batches, "set_message", set_message)
    await ask(world)
    assert await world.storage.batches.of(world.member.id) == ()
    assert world.engine.requests == []


async def test_what_is_begun_while_the_process_ends_goes_on_at_the_next_start(world, monkeypatch):
    async def set_message(*_):
        raise UserError("el bot se apaga")

    with monkeypatch.context() as ending:
        ending.setattr(world.storage.batches, "set_message", set_message)
        ending.setattr(type(world.bot), "is_closed", lambda _: True)
        await ask(world)
    (batch,) = await world.storage.batches.running()
    assert batch.owner_id == world.member.id


async def test_what_would_go_wrong_with_every_row_ends_it_and_is_told(world):
    world.engine.error = EngineError("out_of_memory", model="guion")
    shown = await ask(world)
    assert "Se paró: " in shown.response.content
    told = last_message(world)
    assert f"<@{world.member.id}>, tu lote «frases.csv» se paró" in told.content
    (batch,) = await world.storage.batches.of(world.member.id)
    assert batch.state == "failed"


async def test_a_fault_of_one_row_is_its_error(world):
    world.engine.error = EngineError("invalid_logits")
    await ask(world)
    _, rows = await result(last_message(world))
    assert rows[0]["error"]
    assert rows[0]["error"] != texts.ROW_EMPTY


async def test_the_result_can_be_fetched_again_until_it_is_deleted(world):
    shown = await ask(world)
    click = await world.manager.click(shown.response, label=texts.BUTTON_DOWNLOAD)
    assert click.response.ephemeral
    assert (await result(click.response))[0] == "frases-continuado.csv"
    view = await world.member.slash(world.channel, "datos ver")
    assert "**Lotes, con sus filas:** 1" in text_of(view.response)
    panel = await world.member.slash(world.channel, "datos borrar")
    yes = component(panel.response, "datos-borrar-si")["custom_id"]
    gone = await world.member.click(panel.response, custom_id=yes)
    assert "1 lote con sus filas" in text_of(gone.response)
    click = await world.manager.click(shown.response, label=texts.BUTTON_DOWNLOAD)
    assert said(click) == texts.GONE


async def test_deleting_everything_stops_it_without_a_word(world):
    world.hold()
    await ask(world)
    before = len(world.channel.history())
    panel = await world.member.slash(world.channel, "datos borrar")
    yes = component(panel.response, "datos-borrar-si")["custom_id"]
    await world.member.click(panel.response, custom_id=yes)
    assert await world.storage.batches.of(world.member.id) == ()
    assert world.bot.batches.of(world.member.id) is None
    assert len(world.channel.history()) == before


async def test_a_private_one_is_seen_by_its_owner_only(world):
    shown = await ask(world, privado=True)
    assert shown.response.ephemeral
    (sent,) = calls_of(world)
    assert sent["flags"] & 64
    assert not any(f"<@{world.member.id}>" in m.content for m in world.channel.history())


async def test_it_is_said_where_texts_go_that_leave_this_machine(tmp_path):
    async with open_world(tmp_path) as room:
        await room.env.restart_bot(room.new_bot(ElsewhereEngine()))
        file = ("a.txt", b"El mar\n")
        shown = await room.ana.slash(room.channel, "lote", archivo=file, tokens=3)
        assert f"-# Escribe un modelo de fuera: tus textos se envían a {HOST}." in (
            shown.response.content.splitlines()
        )
