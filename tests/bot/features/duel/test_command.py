"""/comparar from the slash to its last button."""

import math
import re
from dataclasses import replace
from datetime import UTC, datetime

import discord
import pytest
from simcord.components import walk_components

from bot.features.duel import texts
from bot.render.markdown import V2_TEXT_LIMIT, length
from bot.storage import Job, StorageError
from engine import EngineError, Progress
from engine.explain import contenders
from engine.words import WordList
from tests.bot.screens import component, has_component, text_of
from tests.bot.scripted import ScriptedEngine
from tests.bot.world import Gate, open_world

NAMES = [
    "greedy", "beam 5", "beam+2gram", "T 0,75", "T 2", "top-k 16", "top-p 0,5", "min-p 0,05",
    "mejor de 5", "contraste",
]  # fmt: skip
HARD_PROMPTS = {
    "emoji": "👩‍🏫🦄" * 300,
    "arabic": "كان يا ما كان في قديم الزمان " * 60,
    "longest": "a*_`~|<@1>[x](y) " * 352 + "a" * 16,
    "one character": "A",
}


async def comparar(room, who=None, texto="Había una vez", **options):
    options = {"tokens": 6, **options}
    return await (who or room.ana).slash(room.channel, "comparar", texto=texto, **options)


def plain(message):
    return text_of(message).replace("\u00a0", " ")


def table_rows(text, title):
    """Return the rows of the table under a title: label → cells."""
    block = text.split(title)[1].split("```")[1].strip("\n").split("\n")[1:]
    return {row[:10].strip(): row[10:].split("  ") for row in block}


def buttons(message):
    return [c["label"] for c in walk_components(message.components) if c["type"] == 2]


async def duel_of(room):
    """Return the stored replies of the last ten requests."""
    return await room.storage.replies.get_all([r.request_id for r in room.engine.requests[-10:]])


async def test_the_strategies_of_the_lesson_are_asked_together(room):
    await comparar(room)
    requests = room.engine.requests
    words = room.bot.blocked_words
    wanted = [contender.params for contender in contenders(6, words)]
    wanted[5] = replace(wanted[5], top_k=16)
    assert [request.params for request in requests] == wanted
    assert len({request.request_id for request in requests}) == 10
    for name in ("prompt", "seed", "model", "user_id", "deadline_s", "trace_top_n"):
        assert len({getattr(request, name) for request in requests}) == 1
    assert (requests[0].prompt, requests[0].model) == ("Había una vez", "guion")
    assert (requests[0].user_id, requests[0].deadline_s) == (room.ana.id, 600.0)


async def test_the_first_screen_compares_them(room):
    result = await comparar(room)
    text = plain(result.response)
    assert text.startswith(
        "### Duelo: 10 estrategias para un mismo texto\n> Había una vez\n**greedy**"
    )
    assert "**greedy** · 6 tokens, 2000 ms\n…amor⟨C3⟩ 雪 🦄 ñandú\n" in text
    assert "**beam search de 5, sin repetir 2** · 6 tokens, 2000 ms" in text
    assert "La más probable por token: **greedy**." in text
    assert texts.NOTEBOOK_NOTE in text
    assert (
        "-# Texto inventado por un modelo · guion (de prueba) @0123abcd · exacto · semilla" in text
    )
    assert buttons(result.response) == ["Otra", "Borrar"]
    assert not result.response.ephemeral
    (picture,) = result.response.attachments
    assert (picture.filename, picture.size < 100_000) == ("duelo.png", True)
    assert picture.description.startswith("Probabilidad cruda de cada token")


async def test_the_tables_hold_what_was_written(room):
    result = await comparar(room)
    rows = table_rows(plain(result.response), texts.LOGPROB_TITLE)
    assert list(rows) == NAMES
    for cells, reply in zip(rows.values(), await duel_of(room), strict=True):
        attempt = reply.completion.attempts[0]
        first = math.log(attempt.steps[0].chosen_candidate.raw_prob)
        total, notebook, per_token = (
            float(cell.strip().replace("−", "-").replace(",", "."))
            for cell in cells
            if cell.strip()
        )
        assert total == pytest.approx(attempt.logprob, abs=0.051)
        assert notebook == pytest.approx(attempt.logprob - first, abs=0.051)
        assert per_token == pytest.approx(attempt.logprob / 6, abs=0.0051)


@pytest.mark.parametrize(
    ("visibility", "is_ephemeral"), [("auto", False), ("private", True), ("public", False)]
)
async def test_who_sees_it(tmp_path, visibility, is_ephemeral):
    async with open_world(tmp_path, reply_visibility=visibility) as room:
        result = await comparar(room)
        assert result.response.ephemeral is is_ephemeral
        again = await room.ana.click(result.response, label="Otra")
        assert again.response.ephemeral is is_ephemeral


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"texto": "   "}, "No me has dado ningún texto."),
        ({"texto": "␣"}, "No me has dado ningún texto."),
    ],
)
async def test_bad_input_is_refused_before_the_first_response(room, given, text):
    result = await comparar(room, **given)
    assert result.response.content.startswith(text)
    assert result.response.ephemeral
    assert room.first_responses() == [4]
    assert room.engine.requests == []


async def test_a_length_of_an_older_list_of_commands_is_refused(room):
    room.bot.settings = room.bot.settings.model_copy(update={"max_new_tokens": 100})
    refused = await comparar(room, tokens=200)
    text = "«tokens» tiene que ser un número entero entre 1 y 100; has escrito «200»."
    assert refused.response.content.startswith(text)
    assert refused.response.ephemeral
    assert room.first_responses() == [4]
    assert room.engine.requests == []


async def test_a_blocked_word_is_refused_and_the_list_is_kept(tmp_path):
    words = tmp_path / "palabras.txt"
    words.write_text("puta\n", encoding="utf-8")
    async with open_world(tmp_path, blocked_words_file=words) as room:
        refused = await comparar(room, texto="qué PUTA vida")
        assert refused.response.content.startswith("Ese texto lleva una palabra")
        assert room.engine.requests == []
        shown = await comparar(room)
        assert {request.params.bad_words for request in room.engine.requests} == {("puta",)}
        room.bot.blocked_words, room.bot.word_list = ("vez",), WordList(["vez"])
        refused = await room.ana.click(shown.response, label="Otra")
        assert refused.response.content.startswith("Ese texto lleva una palabra")


@pytest.mark.parametrize("name", HARD_PROMPTS)
@pytest.mark.parametrize("tokens", [1, 60])
async def test_any_prompt_stays_within_the_limits(room, name, tokens):
    room.engine.text = f" {HARD_PROMPTS[name]}"
    result = await comparar(room, texto=HARD_PROMPTS[name], tokens=tokens)
    text = text_of(result.response)
    assert text.startswith("### Duelo: 10 estrategias")
    assert length(text) <= V2_TEXT_LIMIT
    assert len(list(walk_components(result.response.components))) <= 40
    assert "<@1>" not in text
    assert not re.search(r"(?<!\\)\[x\]", text)
    edits = [r for r in room.env.http_requests if r.method == "PATCH"]
    assert all(edit.json["allowed_mentions"] == {"parse": []} for edit in edits)


async def test_a_final_open_box_is_a_space_and_is_said(room):
    result = await comparar(room, texto="Había una vez␣")
    assert room.engine.requests[0].prompt == "Había una vez "
    assert "-# Tu texto acaba en un espacio" in plain(result.response)


async def test_it_counts_as_one_request_of_the_person_and_fourteen_places(tmp_path):
    async with open_world(tmp_path, cooldown_s=60, max_per_user=1) as room:
        room.hold()
        running = await comparar(room)
        assert room.bot.jobs._entering == {}
        refused = await room.continuar()
        assert refused.response.content.startswith("Ya tienes una petición en marcha")
        room.engine.gate.set()
        await room.env.settle()
        refused = await comparar(room)
        assert refused.response.content.startswith("Vas muy deprisa")
        assert "### Duelo" in plain(running.response)


@pytest.mark.parametrize(("queued", "is_taken"), [(50, True), (51, False)])
async def test_each_strategy_takes_a_place_in_the_queue(room, queued, is_taken):
    stats = replace(room.engine.stats(), queued=queued, running=1)
    room.engine.stats = lambda: stats
    result = await comparar(room)
    assert len(room.engine.requests) == (10 if is_taken else 0)
    if not is_taken:
        assert result.response.content.startswith("La cola está llena: hay 52 peticiones")
        assert result.response.ephemeral


async def test_a_queue_that_is_always_too_small_says_so(room):
    stats = replace(room.engine.stats(), queue_limit=6)
    room.engine.stats = lambda: stats
    result = await comparar(room)
    assert "hacen falta 14 sitios en la cola y este bot solo tiene 6" in result.response.content
    assert result.response.ephemeral
    assert room.engine.requests == []


async def test_a_strategy_that_the_model_does_not_know_is_left_out(room):
    able = replace(room.engine.capabilities(), strategies=("greedy", "sample"))
    room.engine.capabilities = lambda model=None: able
    result = await comparar(room)
    assert len(room.engine.requests) == 6
    assert "### Duelo: 6 estrategias" in plain(result.response)
    assert "beam" not in str(table_rows(plain(result.response), texts.LOGPROB_TITLE))


async def test_the_texts_are_seen_while_they_are_written(room):
    room.hold()
    result = await comparar(room)
    text = plain(result.response)
    assert text.startswith("> Había una vez\n**greedy** · 3 de 6 tokens\n…amor⟨C3⟩ 雪 ▌")
    assert text.count(" de 6 tokens") == 10
    assert "**muestreo y orden, T 0,75** · 3 de 6 tokens · intento 1 de 5\n" in text
    assert buttons(result.response) == ["Detener"]
    room.engine.gate.set()
    await room.env.settle()
    assert "### Duelo" in plain(result.response)


async def test_it_is_one_of_the_live_texts_of_a_channel(room):
    room.hold()
    shown = [await comparar(room) for _ in range(4)]
    assert [" ▌" in plain(result.response) for result in shown] == [True] * 3 + [False]
    assert "Escribiendo… lo verás entero al acabar" in plain(shown[3].response)
    room.engine.gate.set()
    await room.env.settle()
    room.engine.gate = Gate(room.env)
    again = await comparar(room)
    assert " ▌" in plain(again.response)
    room.engine.gate.set()


async def test_the_queue_line_names_the_first_place(room):
    gate = Gate(room.env)
    make = ScriptedEngine.stream
    positions = iter((4, 3, 9, 8, 7, 6, 5, 10, 12, 11))

    async def stream(request):
        room.engine.queue_positions = (next(positions),)
        async for event in make(room.engine, request):
            if isinstance(event, Progress):
                await gate.wait()
            yield event

    room.engine.stream = stream
    result = await comparar(room)
    assert plain(result.response) == "> Había una vez\n-# En la cola: 3.º, unos 2 s"
    gate.set()
    await room.env.settle()
    assert "### Duelo" in plain(result.response)


async def test_detener_keeps_what_is_there(room):
    room.hold()
    result = await comparar(room)
    refused = await room.luis.click(result.response, label="Detener")
    assert refused.response.content.startswith("Este texto es de Ana")
    await room.ana.click(result.response, label="Detener")
    await room.env.settle()
    assert sorted(room.engine.cancelled) == sorted(r.request_id for r in room.engine.requests)
    assert "**greedy** · 3 tokens, 2000 ms · detenido" in plain(result.response)
    assert len(await duel_of(room)) == 10
    assert await room.storage.jobs.unfinished() == ()


async def test_closing_ends_a_duel_in_words(room):
    room.hold()
    result = await comparar(room)
    await room.bot.jobs.close()
    await room.env.settle()
    assert "**greedy** · 3 tokens, 2000 ms · detenido" in plain(result.response)
    assert await room.storage.jobs.unfinished() == ()


async def test_a_deleted_message_ends_the_duel_quietly(room):
    room.hold()
    result = await comparar(room)
    room.env.backend.delete_message(room.channel.id, result.response.id)
    room.engine.gate.set()
    await room.env.settle()
    assert await duel_of(room) == ()
    assert await room.storage.jobs.unfinished() == ()
    assert room.env.errors == []


def failing(engine, errors):
    """Make the strategies of those places fail before they write."""
    stream = engine.stream

    async def fail(request):
        error = errors.get(int(request.request_id[-1], 16))
        if error is not None:
            engine.requests.append(request)
            raise error
        async for event in stream(request):
            yield event

    engine.stream = fail


async def test_what_fails_does_not_cost_the_others(room):
    failing(room.engine, {0: EngineError("cancelled"), 2: EngineError("out_of_memory")})
    result = await comparar(room)
    text = plain(result.response)
    assert "### Duelo: 8 estrategias" in text
    assert "-# Faltan 2 estrategias: este modelo no las hace, o se pararon" in text
    (note,) = result.followups
    assert note.ephemeral
    assert note.content.startswith("Una parte no llegó a escribirse. No me ha quedado memoria")
    menu = component(result.response, "explicar-duelo")
    assert [option["value"] for option in menu["options"]] == [
        "1",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
    ]
    opened = await room.luis.select(result.response, ["7"], custom_id=menu["custom_id"])
    assert "min-p 0,05" in plain(opened.response)
    await room.ana.click(result.response, label="Borrar")
    assert result.response is None


async def test_when_all_fail_the_reason_stands_under_the_prompt(room):
    room.engine.error = EngineError("invalid_logits")
    result = await comparar(room)
    text = plain(result.response)
    assert text.startswith("> Había una vez\nEl modelo ha dado números que no valen")
    assert buttons(result.response) == []
    assert await room.storage.jobs.unfinished() == ()


async def test_texts_that_cannot_be_stored_are_still_shown(room, monkeypatch):
    async def save(*replies):
        raise StorageError("no_space")

    monkeypatch.setattr(room.storage.replies, "save", save)
    result = await comparar(room)
    assert "### Duelo" in plain(result.response)
    assert buttons(result.response) == ["Borrar"]
    assert "no está guardado" in result.followups[0].content


async def test_the_menu_opens_the_clickers_own_explorer_after_a_restart(room):
    shown = await comparar(room)
    await room.restart()
    menu = component(shown.response, "explicar-duelo")
    assert [option["label"].split(" ·")[0] for option in menu["options"]] == NAMES
    opened = await room.luis.select(shown.response, ["6"], custom_id=menu["custom_id"])
    assert opened.response.ephemeral
    assert plain(opened.response).startswith("### ¿Por qué «")
    assert "top-p 0,5" in plain(opened.response)
    assert "Solo lo ves tú" in plain(opened.response)
    assert room.engine.requests == []


async def test_anybody_reads_a_text_whole_and_its_owner_goes_on_with_it(room):
    words = " ".join(f"palabra{n}" for n in range(120))
    room.engine.text = f" {words}"
    shown = await comparar(room)
    assert "palabra119" not in plain(shown.response)
    await room.restart()
    menu = component(shown.response, "leer-duelo")
    read = await room.luis.select(shown.response, ["4"], custom_id=menu["custom_id"])
    assert read.response.ephemeral
    assert words in read.response.content
    assert "muestreo, T 2 · 6 tokens" in read.response.content
    assert buttons(read.response) == ["Seguir", "Explicar"]
    refused = await room.luis.click(read.response, label="Seguir")
    assert refused.response.content.startswith(f"Este texto es de <@{room.ana.id}>")
    read = await room.ana.select(shown.response, ["4"], custom_id=menu["custom_id"])
    await room.ana.click(read.response, label="Seguir")
    (request,) = room.engine.requests
    assert request.params.temperature == 2.0
    assert len(request.prefix_ids) == 6


async def test_otra_repeats_it_with_another_seed_for_its_owner(room):
    shown = await comparar(room)
    refused = await room.luis.click(shown.response, label="Otra")
    assert refused.response.content.startswith("Este texto es de Ana")
    await room.restart()
    again = await room.ana.click(shown.response, label="Otra")
    assert again.response.id != shown.response.id
    assert "### Duelo: 10 estrategias" in plain(again.response)
    first = (await room.reply_of(shown)).request
    assert len(room.engine.requests) == 10
    assert {request.seed for request in room.engine.requests} != {first.seed}
    assert room.engine.requests[1].params.num_beams == 5


async def test_borrar_takes_everything_away(room):
    shown = await comparar(room)
    refused = await room.luis.click(shown.response, label="Borrar")
    assert refused.response.content.startswith("Este texto es de Ana")
    assert len(await duel_of(room)) == 10
    await room.ana.click(shown.response, label="Borrar")
    assert shown.response is None
    assert await duel_of(room) == ()
    assert not room.bot.pictures._pictures


async def test_a_moderator_may_delete(room):
    role = room.guild.create_role("mods", permissions=discord.Permissions(manage_messages=True))
    eva = room.guild.add_member(room.env.create_user("eva"), roles=[role])
    shown = await comparar(room)
    await eva.click(shown.response, label="Borrar")
    assert shown.response is None
    assert await duel_of(room) == ()


@pytest.mark.parametrize("prefix", ["explicar-duelo", "leer-duelo"])
async def test_menus_of_forgotten_data_say_so(room, prefix):
    shown = await comparar(room)
    await room.storage.replies.delete(*[r.request_id for r in room.engine.requests])
    menu = component(shown.response, prefix)
    answer = await room.ana.select(shown.response, ["0"], custom_id=menu["custom_id"])
    assert answer.response.content == texts.GONE
    again = await room.ana.click(shown.response, label="Otra")
    assert again.response.content.startswith("Ya no guardo los datos de ese texto")


async def test_the_message_menu_explains_its_first_text(room):
    shown = await comparar(room)
    opened = await room.luis.context_menu(
        room.channel, "Explicar este mensaje", room.message(shown.response.id)
    )
    assert "-# greedy · guion" in plain(opened.response)


async def crashed(room):
    """Leave what a crash in the middle of a duel leaves: the message and the job's row."""
    shown = await comparar(room)
    await room.storage.replies.delete(*[r.request_id for r in room.engine.requests])
    job = Job(
        job_id=room.engine.requests[0].request_id,
        kind="comparar",
        owner_id=room.ana.id,
        guild_id=room.guild.id,
        channel_id=room.channel.id,
        application_id=room.bot.application_id,
        interaction_token=shown._interaction.token,
        request=room.engine.requests[0],
        is_prompt_kept=True,
        created_at=datetime.now(UTC),
    )
    await room.storage.jobs.start(job)
    return shown, job


async def test_the_row_of_a_duel_is_written_before_it_is_asked_for(room):
    room.hold()
    await comparar(room)
    (job,) = await room.storage.jobs.unfinished()
    assert (job.job_id, job.kind) == (room.engine.requests[0].request_id, "comparar")
    assert job.request.prompt == "Había una vez"
    room.engine.gate.set()


async def test_a_duel_cut_off_by_a_crash_is_told_and_can_be_repeated(room):
    shown, _ = await crashed(room)
    await room.restart()
    message = room.message(shown.response.id)
    assert plain(message) == (
        "> Había una vez\nSe interrumpió: me reinicié antes de acabar. "
        "Pulsa «Otra» para pedirlo de nuevo."
    )
    assert buttons(message) == ["Otra"]
    assert await room.storage.jobs.unfinished() == ()
    refused = await room.luis.click(message, label="Otra")
    assert refused.response.content.startswith("Este texto es de Ana")
    again = await room.ana.click(message, label="Otra")
    assert "### Duelo: 10 estrategias" in plain(again.response)
    assert len(room.engine.requests) == 10


async def test_a_duel_whose_owner_deleted_everything_meanwhile_is_not_stored_again(
    room, monkeypatch
):
    shown, job = await crashed(room)

    async def read_before_the_deletion(*_):
        return (job,)

    monkeypatch.setattr(room.storage.jobs, "unfinished", read_before_the_deletion)
    await room.storage.delete_user(room.ana.id)
    await room.restart()
    message = room.message(shown.response.id)
    assert plain(message).endswith("me reinicié antes de acabar. Vuelve a pedirlo.")
    assert buttons(message) == []
    assert (await room.storage.user_data(room.ana.id)).is_empty


async def test_a_duel_whose_last_edit_was_lost_is_shown_at_the_next_start(room, monkeypatch):
    monkeypatch.setattr("bot.messages.responses._RETRY_AFTER_S", (0.0,))
    room.hold()
    shown = await comparar(room)
    room.env.inject_error("PATCH", "/webhooks/*", status=502, times=2)
    room.engine.gate.set()
    await room.env.settle()
    assert len(await room.storage.jobs.unfinished()) == 1
    await room.restart()
    assert "### Duelo: 10 estrategias" in plain(shown.response)
    assert has_component(shown.response, "explicar-duelo")
    assert await room.storage.jobs.unfinished() == ()
