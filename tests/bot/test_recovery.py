"""What a crash cut off, written again by whichever process finds it: once, as if undisturbed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.recovery import answer_interrupted
from bot.render.word_list import without_word_list
from bot.storage import StorageError
from engine import EngineError
from tests.bot.cut_off import job_of, still_thinking, until
from tests.bot.screens import text_of
from tests.bot.scripted import ScriptedEngine
from tests.bot.world import Gate, labels, open_world

AGAIN = "Me reinicié antes de acabar: lo escribo otra vez."
TOLD = "Se interrumpió: me reinicié antes de acabar."


async def left(room, request, *, number=1, **changes):
    """Leave the row of a request as a crash does, in a message of its own."""
    is_first = room.bot.tree.get_command("pensar") is None
    result = await (still_thinking(room) if is_first else room.ana.slash(room.channel, "pensar"))
    # The last digit is the place in a duel.
    request = replace(without_word_list(request), request_id=f"{number:031x}0")
    job = job_of(room, result, job_id=request.request_id, request=request, **changes)
    await room.storage.jobs.start(job)
    return result, job


async def restart_held(room):
    """Start the next process with an engine that stops after its first words."""
    engine = ScriptedEngine()
    gate = engine.gate = Gate(room.env)
    await room.env.restart_bot(room.new_bot(engine))
    await room.env.settle()
    return gate


def request_of(room):
    return without_word_list(room.engine.requests[-1])


async def ids_of(room, job):
    reply = await room.storage.replies.get(job.job_id)
    return [attempt.token_ids for attempt in reply.completion.attempts]


@pytest.mark.parametrize("options", [{}, {"intentos": 3}, {"estrategia": "beam", "beams": 3}])
async def test_a_text_is_written_again_as_if_undisturbed(room, options):
    undisturbed = await room.continuar(**options)
    request, before = request_of(room), await room.reply_of(undisturbed)
    result, job = await left(room, request)
    await room.restart()
    message = room.message(result.response.id)
    assert message.content == room.message(undisturbed.response.id).content
    assert labels(message) == labels(room.message(undisturbed.response.id))
    assert await ids_of(room, job) == [a.token_ids for a in before.completion.attempts]
    (asked,) = room.engine.requests
    assert (asked.user_id, asked.params.bad_words) == (room.ana.id, room.bot.blocked_words)
    assert (await room.reply_of(result)).reply_id == job.job_id
    assert await room.storage.jobs.unfinished() == ()


async def test_what_goes_on_from_a_text_is_written_again_behind_it(room):
    first = await room.continuar()
    undisturbed = await room.ana.click(first.response, label="Seguir")
    request = request_of(room)
    assert request.prefix_ids
    result, _ = await left(room, request)
    gate = await restart_held(room)
    assert room.message(result.response.id).content.startswith("**Había una vez** \\[…]")
    gate.set()
    await room.env.settle()
    assert room.message(result.response.id).content == undisturbed.response.content


async def test_the_message_says_so_meanwhile_and_can_be_stopped(room):
    await room.continuar()
    result, _ = await left(room, request_of(room))
    await restart_held(room)
    message = room.message(result.response.id)
    assert message.content.endswith(f"\n-# {AGAIN}")
    assert " ▌" in message.content
    assert labels(message) == [["Detener"]]
    await room.ana.click(message, label="Detener")
    await room.env.settle()
    message = room.message(result.response.id)
    assert AGAIN not in message.content
    assert labels(message)[0][0] == "Seguir"
    assert await room.storage.jobs.unfinished() == ()


async def test_an_explanation_is_written_again(room):
    undisturbed = await room.ana.slash(room.channel, "explicar", texto="Había una vez", pasos=3)
    result, job = await left(room, request_of(room), kind="explicar")
    gate = await restart_held(room)
    assert AGAIN in text_of(room.message(result.response.id))
    gate.set()
    await room.env.settle()
    before = text_of(room.message(undisturbed.response.id)).replace("solo lo ves tú", "")
    assert before.split("\n")[0] in text_of(room.message(result.response.id))
    assert len(await ids_of(room, job)) == 1


async def test_a_duel_is_written_again_with_all_its_cards(room):
    undisturbed = await room.ana.slash(room.channel, "comparar", texto="Había una vez", tokens=5)
    wanted = room.engine.requests
    result, _ = await left(room, wanted[0], kind="comparar", number=7)
    await room.restart()
    shown = [room.message(one.response.id) for one in (undisturbed, result)]
    assert text_of(shown[0]) == text_of(shown[1])
    asked, wanted = (
        [replace(one, request_id=f"{place}", deadline_s=None) for place, one in enumerate(each)]
        for each in (room.engine.requests, wanted)
    )
    assert asked == wanted


async def test_what_was_begun_again_is_told(room):
    await room.continuar()
    result, job = await left(room, request_of(room))
    assert await room.storage.jobs.begin_again(job.job_id)
    before = len(room.env.http_requests)
    await room.restart()
    assert AGAIN not in "".join(str(one.json) for one in room.env.http_requests[before:])
    assert TOLD in room.message(result.response.id).content
    assert labels(room.message(result.response.id)) == [["Otra"]]
    assert room.engine.requests == []


async def test_it_is_noted_before_it_is_written(room):
    await room.continuar()
    await left(room, request_of(room))
    gate = await restart_held(room)
    (job,) = await room.storage.jobs.unfinished()
    assert not job.can_resume
    gate.set()
    await room.env.settle()


async def test_where_that_cannot_be_noted_it_is_told(room, monkeypatch):
    async def fail(_):
        raise StorageError("read_only")

    await room.continuar()
    result, _ = await left(room, request_of(room))
    monkeypatch.setattr(room.storage.jobs, "begin_again", fail)
    await room.restart()
    assert TOLD in room.message(result.response.id).content
    assert room.engine.requests == []
    assert await room.storage.jobs.unfinished() == ()


@pytest.mark.parametrize(
    "error",
    [
        EngineError("queue_full", position=9, limit=8),
        EngineError("out_of_memory"),
        EngineError("deadline"),
        RuntimeError("unforeseen"),
    ],
)
async def test_when_it_fails_again_it_is_told(room, error):
    await room.continuar()
    result, _ = await left(room, request_of(room))
    engine = ScriptedEngine()
    engine.error = error
    await room.env.restart_bot(room.new_bot(engine))
    await room.env.settle()
    assert len(engine.requests) == 1
    assert TOLD in room.message(result.response.id).content
    assert labels(room.message(result.response.id)) == [["Otra"]]
    assert await room.storage.jobs.unfinished() == ()


async def test_without_its_model_it_is_told(room):
    await room.continuar()
    result, _ = await left(room, replace(request_of(room), model="otro que había"))
    await room.restart()
    assert TOLD in room.message(result.response.id).content


async def test_a_word_that_is_not_allowed_any_more_is_not_asked_for(room):
    await room.continuar()
    word = room.bot.blocked_words[0]
    result, _ = await left(room, replace(request_of(room), prompt=f"Había {word}"))
    await room.restart()
    assert TOLD in room.message(result.response.id).content
    assert room.engine.requests == []


@pytest.mark.parametrize(("minutes", "is_written"), [(14, True), (14.9, False)])
async def test_it_ends_while_the_message_can_be_edited(room, minutes, is_written):
    await room.continuar()
    created_at = datetime.now(UTC) - timedelta(minutes=minutes)
    result, _ = await left(room, request_of(room), created_at=created_at)
    await room.restart()
    content = room.message(result.response.id).content
    assert (TOLD in content, len(room.engine.requests)) == (not is_written, is_written)
    assert all(one.deadline_s <= 30 for one in room.engine.requests)


async def test_a_text_that_cannot_be_stored_is_still_shown(room, monkeypatch):
    async def fail(*_):
        raise StorageError("no_space")

    await room.continuar()
    result, _ = await left(room, request_of(room))
    monkeypatch.setattr(room.storage.replies, "save_of_job", fail)
    await room.restart()
    message = room.message(result.response.id)
    assert " amor" in message.content
    assert labels(message) == [["Más…"]]
    (note,) = result.followups
    assert note.ephemeral
    assert "no está guardado" in note.content
    assert await room.storage.jobs.unfinished() == ()


async def test_whoever_deletes_everything_meanwhile_leaves_nothing(room):
    await room.continuar()
    result, _ = await left(room, request_of(room))
    await restart_held(room)
    shown = await room.ana.slash(room.channel, "datos borrar")
    await room.ana.click(shown.response, label="Sí, borrar todo")
    await room.env.settle()
    assert (await room.storage.user_data(room.ana.id)).is_empty
    assert AGAIN not in room.message(result.response.id).content


async def test_what_is_deleted_as_it_is_begun_again_is_not_stored(room, monkeypatch):
    await room.continuar()
    await left(room, request_of(room))
    begin_again = room.storage.jobs.begin_again

    async def begin_and_delete(job_id):
        is_begun = await begin_again(job_id)
        await room.storage.delete_user(room.ana.id)
        return is_begun

    monkeypatch.setattr(room.storage.jobs, "begin_again", begin_and_delete)
    await room.restart()
    assert len(room.engine.requests) == 1
    assert (await room.storage.user_data(room.ana.id)).is_empty


async def test_it_counts_for_its_person_and_holds_nobody_else_up(tmp_path):
    async with open_world(tmp_path, max_per_user=1) as room:
        await room.continuar()
        result, _ = await left(room, request_of(room))
        gate = await restart_held(room)
        refused = await room.continuar()
        assert refused.response.content.startswith("Ya tienes una petición en marcha")
        other = await room.continuar(room.luis)
        assert "▌" in other.response.content
        gate.set()
        await room.env.settle()
        assert " amor" in room.message(result.response.id).content
        assert " amor" in (await room.continuar()).response.content


async def test_an_end_of_the_bot_meanwhile_leaves_what_there_is(room):
    await room.continuar()
    result, _ = await left(room, request_of(room))
    await restart_held(room)
    await room.bot.jobs.close()
    await room.env.settle()
    content = room.message(result.response.id).content
    assert content.endswith("-# Me estoy reiniciando: el texto se queda aquí.")
    assert await room.storage.jobs.unfinished() == ()


async def test_one_that_fails_unforeseen_is_given_back_and_the_others_are_answered(
    room, monkeypatch
):
    undisturbed = await room.continuar()
    request, reply = request_of(room), await room.reply_of(undisturbed)
    (_, broken), (sound, other) = [await left(room, request, number=n) for n in (1, 2)]
    await room.storage.replies.save(replace(reply, reply_id=broken.job_id))

    async def fail(*_):
        raise RuntimeError("unforeseen")

    given_back = []

    async def note(job_id):
        given_back.append(job_id)

    kind = replace(room.bot.kinds["explicar"], finished=fail)
    monkeypatch.setattr(room.bot, "kinds", {**room.bot.kinds, "explicar": kind})
    monkeypatch.setattr(room.storage.jobs, "give_back", note)
    await answer_interrupted(room.bot, (replace(broken, kind="explicar"), other))
    assert given_back == [broken.job_id]
    assert " amor" in room.message(sound.response.id).content


def with_queue(engine, limit):
    stats = engine.stats
    engine.stats = lambda: replace(stats(), queue_limit=limit)


async def test_many_are_written_again_a_few_at_a_time_and_the_oldest_first(room):
    await room.continuar()
    request, now = request_of(room), datetime.now(UTC)
    jobs = [
        await left(room, request, number=n, owner_id=100 + n, created_at=now - timedelta(seconds=n))
        for n in range(12)
    ]
    engine, contents = room.engine, lambda: [room.message(r.response.id).content for r, _ in jobs]
    with_queue(engine, 8)
    gate = engine.gate = asyncio.Event()
    engine.requests.clear()
    most, stream = [], engine.stream

    async def counted(one):
        most.append(len(engine._running) + 1)
        async for event in stream(one):
            yield event

    engine.stream = counted
    answering = asyncio.create_task(
        answer_interrupted(room.bot, await room.storage.jobs.unfinished())
    )
    await until(lambda: all(AGAIN in content for content in contents()))
    await until(lambda: len(engine.requests) == 4)
    gate.set()
    await answering
    assert max(most) == 4
    assert all(" amor" in content and AGAIN not in content for content in contents())
    ages = {job.job_id: job.created_at for _, job in jobs}
    order = [ages[one.request_id] for one in engine.requests[4:]]
    assert order == sorted(order)
    assert await room.storage.jobs.unfinished() == ()


async def test_an_end_of_the_bot_leaves_those_that_wait_to_the_next_start(room):
    await room.continuar()
    request = request_of(room)
    left_here = [await left(room, request, number=n) for n in range(2)]
    with_queue(room.engine, 2)
    room.engine.requests.clear()
    room.engine.gate = asyncio.Event()
    answering = asyncio.create_task(
        answer_interrupted(room.bot, await room.storage.jobs.unfinished())
    )
    shown = [result.response.id for result, _ in left_here]
    await until(lambda: all(AGAIN in room.message(one).content for one in shown))
    await until(lambda: room.engine.requests)
    await room.bot.jobs.close()
    await answering
    (begun,) = room.engine.requests
    (kept,) = await room.storage.jobs.unfinished()
    assert kept.can_resume
    assert {kept.job_id, begun.request_id} == {job.job_id for _, job in left_here}
    await room.restart()
    assert all(" amor" in room.message(one).content for one in shown)


@pytest.mark.parametrize(
    ("command", "options", "can_resume"),
    [
        ("continuar", {"texto": "Hola"}, True),
        ("explicar", {"texto": "Hola"}, True),
        ("explicar", {"texto": "Hola", "palabra": "amor"}, False),
        ("comparar", {"texto": "Hola"}, True),
    ],
)
async def test_what_its_row_says_whole_can_be_resumed(room, command, options, can_resume):
    gate = room.hold()
    await room.ana.slash(room.channel, command, **options)
    (job,) = await room.storage.jobs.unfinished()
    assert job.can_resume is can_resume
    gate.set()
    await room.env.settle()


async def test_another_persons_message_cannot_be_resumed(room):
    message = await room.luis.send(room.channel, "Había una vez")
    gate = room.hold()
    await room.ana.context_menu(room.channel, "Continuar este mensaje", message)
    (job,) = await room.storage.jobs.unfinished()
    assert not job.can_resume
    gate.set()
    await room.env.settle()
