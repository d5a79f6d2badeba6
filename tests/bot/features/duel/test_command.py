"""/comparar from the slash to its last button."""

import math
import re
from dataclasses import replace
from datetime import UTC, datetime

import discord
import pytest
from simcord.components import walk_components

from bot.features.duel import texts
from bot.jobs.duel_ids import duel_ids
from bot.render.markdown import V2_TEXT_LIMIT, length
from bot.storage import Job, StorageError
from bot.styles import STYLED, settings_of
from engine import EngineError, Progress
from engine.explain import contenders
from engine.words import WordList
from tests.bot.screens import component, has_component, text_of
from tests.bot.scripted import ScriptedEngine
from tests.bot.world import Gate, open_world

CARDS = ["greedy", "haces", "Equilibrado", "Loco"]
NAMES = [
    *CARDS, "haces+2gram", "T 0,75", "T 2", "top-k 16", "top-p 0,5", "min-p 0,05", "mejor de 5",
    "contrastiva",
]  # fmt: skip
TITLE = "### El mismo principio, "
LESSON = "La lección completa"
HARD_PROMPTS = {
    "emoji": "👩‍🏫🦄" * 300,
    "arabic": "كان يا ما كان في قديم الزمان " * 60,
    "longest": "a*_`~|<@1>[x](y) " * 352 + "a" * 16,
    "one character": "A",
}


@pytest.fixture(autouse=True)
def _fixed_seed(monkeypatch):
    """Let the first duel of a test throw the same die each time."""
    monkeypatch.setattr("bot.asking.requests.draw_seed", lambda: 7)


async def comparar(room, who=None, texto="Había una vez", **options):
    options = {"tokens": 6, **options}
    return await (who or room.ana).slash(room.channel, "comparar", texto=texto, **options)


async def lesson(room, who=None, **options):
    """Ask for a duel and then for its whole lesson; return the message's result."""
    shown = await comparar(room, who, **options)
    await (who or room.ana).click(shown.response, label=LESSON)
    return shown


async def turned(room, shown, count, who=None):
    """Turn a lesson's page several times."""
    for _ in range(count):
        await (who or room.ana).click(shown.response, label="▶")


def plain(message):
    return text_of(message).replace("\u00a0", " ")


def table_rows(text, title):
    """Return the rows of the table under a title: label → cells."""
    block = text.split(title)[1].split("```")[1].strip("\n").split("\n")[1:]
    return {row[:11].strip(): row[11:].split() for row in block}


def buttons(message):
    return [c["label"] for c in walk_components(message.components) if c["type"] == 2]


async def duel_of(room):
    """Return the stored replies of the newest duel."""
    return await room.storage.replies.get_all(duel_ids(room.engine.requests[-1].request_id))


async def test_the_cards_are_asked_together(room):
    await comparar(room)
    requests = room.engine.requests
    assert [request.params.strategy for request in requests] == [
        "greedy", "beam", *[request.params.strategy for request in requests[2:]],
    ]  # fmt: skip
    assert [request.style for request in requests] == [None, None, "balanced", "mad"]
    for request in requests[2:]:
        asked = {name: getattr(request.params, name) for name in STYLED}
        assert asked == settings_of(request.style)
    assert len({request.request_id for request in requests}) == 4
    for name in ("prompt", "seed", "model", "user_id", "deadline_s", "trace_top_n"):
        assert len({getattr(request, name) for request in requests}) == 1
    assert (requests[0].prompt, requests[0].model) == ("Había una vez", "guion")
    assert (requests[0].user_id, requests[0].deadline_s) == (room.ana.id, 600.0)


async def test_the_first_screen_shows_four_cards_in_words(room):
    result = await comparar(room)
    text = plain(result.response)
    assert text.startswith(
        f"{TITLE}3 finales\n> Había una vez\n**greedy y haces (beam search)** · *"
    )
    assert text.count("amor⟨C3⟩ 雪 🦄 ñandú\n") == 1
    assert len(re.findall(r" · \*(?:se repite|sensato|delira)\*\n", text)) == 3
    assert re.search(r"\n-# Inventado por guion \(de prueba\) · semilla \d+$", text)
    assert not re.search(r"\d", text.split("\n", 1)[1].rpartition("-# ")[0].replace("C3", ""))
    assert buttons(result.response) == [LESSON, "Otra", "Borrar"]
    assert not result.response.ephemeral
    assert result.response.attachments == []


async def test_the_lesson_is_written_in_the_message_of_its_cards(room):
    shown = await comparar(room)
    cards = list(room.engine.requests)
    await room.ana.click(shown.response, label=LESSON)
    requests = room.engine.requests[4:]
    wanted = [
        contender.params
        for contender in contenders(6, room.bot.blocked_words)
        if contender.name not in {"greedy", "beam"}
    ]
    wanted[3] = replace(wanted[3], top_k=16)
    assert [request.params for request in requests] == wanted
    assert {request.seed for request in requests} == {cards[0].seed}
    assert {request.user_id for request in requests} == {room.ana.id}
    assert [r.reply_id for r in await duel_of(room)] == [
        request.request_id for request in (*cards, *requests)
    ]
    text = plain(shown.response)
    assert text.startswith(f"### {LESSON} · 1 de 6\n**greedy** · *sensato* · 6 tokens, 2000 ms\n")
    assert "**haces (beam search)** · *sensato* · 6 tokens, 2000 ms\n" in text
    assert buttons(shown.response) == ["◀", "▶", "Volver"]


async def test_the_lesson_is_turned_and_leads_back(room):
    shown = await lesson(room)
    said = [plain(shown.response)]
    for _ in range(5):
        await turned(room, shown, 1)
        said.append(plain(shown.response))
    assert [text.split("\n")[0] for text in said] == [
        f"### {LESSON} · {n} de 6" for n in range(1, 7)
    ]
    assert all(f"**{name}** · " in "".join(said[:3]) for name in NAMES if name != "haces")
    assert "La más probable por token: **greedy**." in said[3]
    assert texts.NOTEBOOK_NOTE in said[5]
    assert "-# Texto inventado por un modelo · guion (de prueba) @0123abcd · exacto" in said[5]
    assert len(room.engine.requests) == 12
    await room.ana.click(shown.response, label="Volver")
    assert plain(shown.response).startswith(TITLE)
    await room.ana.click(shown.response, label=LESSON)
    assert plain(shown.response) == said[0]
    assert len(room.engine.requests) == 12


async def test_the_picture_stands_on_its_own_page(room):
    shown = await lesson(room)
    assert shown.response.attachments == []
    await turned(room, shown, 3)
    (picture,) = shown.response.attachments
    assert (picture.filename, picture.size < 100_000) == ("duelo.png", True)
    assert picture.description.startswith("Probabilidad cruda de cada token")
    await turned(room, shown, 1)
    assert shown.response.attachments == []


async def test_others_read_the_lesson_in_a_message_of_their_own(room):
    shown = await comparar(room)
    refused = await room.luis.click(shown.response, label=LESSON)
    assert refused.response.content.startswith("La lección completa de este texto aún no está")
    assert "Ana" in refused.response.content
    assert len(room.engine.requests) == 4
    await room.ana.click(shown.response, label=LESSON)
    await room.ana.click(shown.response, label="Volver")
    opened = await room.luis.click(shown.response, label=LESSON)
    assert opened.response.ephemeral
    assert plain(opened.response).startswith(f"### {LESSON} · 1 de 6")
    assert plain(shown.response).startswith(TITLE)
    await room.luis.click(opened.response, label="▶")
    assert plain(opened.response).startswith(f"### {LESSON} · 2 de 6")


async def test_a_copy_neither_repeats_nor_deletes_the_duel(room):
    role = room.guild.create_role("mods", permissions=discord.Permissions(manage_messages=True))
    eva = room.guild.add_member(room.env.create_user("eva"), roles=[role])
    shown = await lesson(room)
    opened = await eva.click(shown.response, label="▶")
    await eva.click(opened.response, label="Volver")
    assert plain(opened.response).startswith(TITLE)
    assert buttons(opened.response) == [LESSON]
    menu = component(opened.response, "leer-texto-duelo")
    await eva.select(opened.response, ["0"], custom_id=menu["custom_id"])
    assert buttons(opened.response) == [LESSON]
    straight = await eva.click(shown.response, label="Volver")
    assert buttons(straight.response) == [LESSON]
    await room.ana.click(shown.response, label="Volver")
    assert buttons(shown.response) == [LESSON, "Otra", "Borrar"]


async def test_a_duel_that_only_its_owner_sees_is_no_copy(tmp_path):
    async with open_world(tmp_path, reply_visibility="private") as room:
        shown = await lesson(room)
        assert shown.response.ephemeral
        await room.ana.click(shown.response, label="Volver")
        menu = component(shown.response, "leer-texto-duelo")
        await room.ana.select(shown.response, ["0"], custom_id=menu["custom_id"])
        assert buttons(shown.response) == [LESSON, "Otra", "Borrar"]


async def test_a_lesson_that_fails_leaves_the_cards(room):
    shown = await comparar(room)
    room.engine.error = EngineError("invalid_logits")
    await room.ana.click(shown.response, label=LESSON)
    text = plain(shown.response)
    assert text.startswith("El modelo ha dado números que no valen")
    assert TITLE in text
    assert buttons(shown.response) == [LESSON, "Otra", "Borrar"]
    room.engine.error = None
    await room.ana.click(shown.response, label=LESSON)
    assert plain(shown.response).startswith(f"### {LESSON} · 1 de 6")


async def test_a_lesson_that_a_crash_cut_off_leaves_the_cards(room):
    shown = await comparar(room)
    click = await room.ana.click(shown.response, label=LESSON)
    job = job_of(room, click, room.engine.requests[4])
    await room.storage.replies.delete(*[r.request_id for r in room.engine.requests[4:]])
    await room.storage.jobs.start(job)
    await room.restart()
    assert plain(room.message(shown.response.id)).startswith(TITLE)


async def test_the_tables_hold_what_was_written(room):
    shown = await lesson(room)
    await turned(room, shown, 4)
    text = plain(shown.response)
    totals, rates = table_rows(text, texts.LOGPROB_TITLE), table_rows(text, texts.RATES_TITLE)
    assert list(totals) == list(rates) == NAMES
    for name, reply in zip(NAMES, await duel_of(room), strict=True):
        attempt = reply.completion.attempts[0]
        first = math.log(attempt.steps[0].chosen_candidate.raw_prob)
        total, notebook, per_token = (
            float(cell.replace("−", "-").replace(",", "."))
            for cell in (*totals[name], rates[name][0])
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
    assert text.startswith("### ")
    assert length(text) <= V2_TEXT_LIMIT
    assert len(list(walk_components(result.response.components))) <= 40
    assert "<@1>" not in text
    await room.ana.click(result.response, label=LESSON)
    while length(text) <= V2_TEXT_LIMIT:
        assert "<@1>" not in text
        following = [
            c for c in walk_components(result.response.components) if c.get("label") == "▶"
        ]
        if following[0].get("disabled"):
            break
        await turned(room, result, 1)
        text = plain(result.response)
    assert text.startswith(f"### {LESSON} · 6 de 6")
    assert not re.search(r"(?<!\\)\[x\]", text)
    edits = [r for r in room.env.http_requests if r.method == "PATCH"]
    assert all(edit.json["allowed_mentions"] == {"parse": []} for edit in edits)


async def test_a_final_open_box_is_a_space_and_is_said(room):
    result = await comparar(room, texto="Había una vez␣")
    assert room.engine.requests[0].prompt == "Había una vez "
    await room.ana.click(result.response, label=LESSON)
    await turned(room, result, 5)
    assert "-# Tu texto acaba en un espacio" in plain(result.response)


async def test_it_counts_as_one_request_of_the_person(tmp_path):
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
        assert TITLE in plain(running.response)


@pytest.mark.parametrize(("queued", "is_taken"), [(60, True), (61, False)])
async def test_each_strategy_takes_a_place_in_the_queue(room, queued, is_taken):
    stats = replace(room.engine.stats(), queued=queued, running=1)
    room.engine.stats = lambda: stats
    result = await comparar(room)
    assert len(room.engine.requests) == (4 if is_taken else 0)
    if not is_taken:
        assert result.response.content.startswith("La cola está llena: hay 62 peticiones")
        assert result.response.ephemeral


async def test_a_queue_that_is_always_too_small_says_so(room):
    stats = replace(room.engine.stats(), queue_limit=6)
    room.engine.stats = lambda: stats
    shown = await comparar(room)
    result = await room.ana.click(shown.response, label=LESSON)
    assert "hacen falta 12 sitios en la cola y este bot solo tiene 6" in result.response.content
    assert result.response.ephemeral
    assert len(room.engine.requests) == 4


async def test_a_strategy_that_the_model_does_not_know_is_left_out(room):
    able = replace(room.engine.capabilities(), strategies=("greedy", "sample"))
    room.engine.capabilities = lambda model=None: able
    result = await lesson(room)
    assert len(room.engine.requests) == 8
    await turned(room, result, 3)
    assert "haces" not in str(table_rows(plain(result.response), texts.LOGPROB_TITLE))
    await turned(room, result, 1)
    assert "-# Faltan 4 estrategias: este modelo no las hace" in plain(result.response)


async def test_the_texts_are_seen_while_they_are_written(room):
    room.hold()
    result = await comparar(room)
    text = plain(result.response)
    assert text.startswith("> Había una vez\n**greedy** · 3 de 6 tokens\namor⟨C3⟩ 雪 ▌")
    assert text.count(" de 6 tokens") == 4
    assert buttons(result.response) == ["Detener"]
    room.engine.gate.set()
    await room.env.settle()
    room.engine.gate = Gate(room.env)
    await room.ana.click(result.response, label=LESSON)
    text = plain(result.response)
    assert text.count(" de 6 tokens") == 8
    assert "**mejor de 5** · 3 de 6 tokens · intento 1 de 5\n" in text
    room.engine.gate.set()
    await room.env.settle()
    assert plain(result.response).startswith(f"### {LESSON} · 1 de 6")


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
    positions = iter((4, 3, 9, 8))

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
    assert TITLE in plain(result.response)


async def test_detener_keeps_what_is_there(room):
    room.hold()
    result = await comparar(room)
    refused = await room.luis.click(result.response, label="Detener")
    assert refused.response.content.startswith("Este texto es de Ana")
    await room.ana.click(result.response, label="Detener")
    await room.env.settle()
    assert sorted(room.engine.cancelled) == sorted(r.request_id for r in room.engine.requests)
    assert "amor⟨C3⟩ 雪\n" in plain(result.response)
    assert len(await duel_of(room)) == 4
    assert await room.storage.jobs.unfinished() == ()


async def test_closing_ends_a_duel_in_words(room):
    room.hold()
    result = await comparar(room)
    await room.bot.jobs.close()
    await room.env.settle()
    assert "amor⟨C3⟩ 雪\n" in plain(result.response)
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
    assert plain(result.response).startswith("### El mismo principio, 2 finales")
    (note,) = result.followups
    assert note.ephemeral
    assert note.content.startswith("Una parte no llegó a escribirse. No me ha quedado memoria")
    menu = component(result.response, "leer-texto-duelo")
    assert [option["value"] for option in menu["options"]] == ["1", "3"]
    await room.ana.click(result.response, label=LESSON)
    await turned(room, result, 5)
    assert "-# Faltan 2 estrategias: este modelo no las hace, o se pararon" in plain(
        result.response
    )
    await room.ana.click(result.response, label="Volver")
    await room.ana.click(result.response, label="Borrar")
    assert await duel_of(room) == ()


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
    assert TITLE in plain(result.response)
    assert buttons(result.response) == ["Borrar"]
    assert "no está guardado" in result.followups[0].content


async def test_anybody_reads_a_text_whole_and_explains_it_after_a_restart(room):
    words = " ".join(f"palabra{n}" for n in range(120))
    room.engine.text = f" {words}"
    shown = await comparar(room)
    assert "palabra119" not in plain(shown.response)
    await room.restart()
    menu = component(shown.response, "leer-texto-duelo")
    assert [option["label"] for option in menu["options"]] == CARDS
    read = await room.luis.select(shown.response, ["3"], custom_id=menu["custom_id"])
    (text,) = read.followups
    assert text.ephemeral
    assert words in text.content
    assert plain(shown.response).startswith("### ")
    opened = await room.luis.click(text, label="Explicar")
    assert opened.response.ephemeral
    refused = await room.luis.click(text, label="Seguir")
    assert refused.response.content.startswith(f"Este texto es de <@{room.ana.id}>")
    read = await room.ana.select(shown.response, ["3"], custom_id=menu["custom_id"])
    await room.ana.click(read.followups[0], label="Seguir")
    (request,) = room.engine.requests
    assert len(request.prefix_ids) == 6


async def test_a_text_that_is_stuck_is_called_so(room):
    make = room.engine._attempt
    room.engine._attempt = lambda *args: replace(make(*args), token_ids=(1, 2, 3) * 4)
    shown = await comparar(room)
    assert "** · *se repite*\n" in plain(shown.response)
    await room.ana.click(shown.response, label=LESSON)
    assert "-# ↻ Se repite «" in plain(shown.response)


async def test_a_text_of_the_lesson_is_read_from_its_page(room):
    shown = await lesson(room)
    await turned(room, shown, 1)
    menu = component(shown.response, "leer-texto-duelo")
    assert [option["label"] for option in menu["options"]] == NAMES[4:8]
    read = await room.luis.select(shown.response, ["6"], custom_id=menu["custom_id"])
    assert read.followups[0].ephemeral
    assert plain(shown.response).startswith(f"### {LESSON} · 2 de 6")


async def test_otra_repeats_it_with_another_seed_for_its_owner(room):
    shown = await comparar(room)
    refused = await room.luis.click(shown.response, label="Otra")
    assert refused.response.content.startswith("Este texto es de Ana")
    await room.restart()
    again = await room.ana.click(shown.response, label="Otra")
    assert again.response.id != shown.response.id
    assert plain(again.response).startswith("### El mismo principio")
    first = (await room.reply_of(shown)).request
    assert len(room.engine.requests) == 4
    assert {request.seed for request in room.engine.requests} != {first.seed}
    assert room.engine.requests[1].params.num_beams == 5


async def test_borrar_takes_everything_away(room):
    shown = await lesson(room)
    await turned(room, shown, 3)
    await room.ana.click(shown.response, label="Volver")
    refused = await room.luis.click(shown.response, label="Borrar")
    assert refused.response.content.startswith("Este texto es de Ana")
    assert len(await duel_of(room)) == 12
    await room.ana.click(shown.response, label="Borrar")
    assert buttons(shown.response) == ["Deshacer"]
    assert await duel_of(room) == ()
    assert not room.bot.pictures._pictures


async def test_deshacer_brings_all_its_texts_back(room):
    shown = await comparar(room)
    content, texts_of_it = text_of(shown.response), await duel_of(room)
    await room.ana.click(shown.response, label="Borrar")
    await room.ana.click(shown.response, label="Deshacer")
    assert text_of(room.message(shown.response.id)) == content
    assert await duel_of(room) == texts_of_it


async def test_a_moderator_may_delete(room):
    role = room.guild.create_role("mods", permissions=discord.Permissions(manage_messages=True))
    eva = room.guild.add_member(room.env.create_user("eva"), roles=[role])
    shown = await comparar(room)
    await eva.click(shown.response, label="Borrar")
    assert buttons(shown.response) == ["Deshacer"]
    assert await duel_of(room) == ()


async def test_controls_of_forgotten_data_say_so(room):
    shown = await comparar(room)
    await room.storage.replies.delete(*[r.request_id for r in room.engine.requests])
    menu = component(shown.response, "leer-texto-duelo")
    answer = await room.ana.select(shown.response, ["0"], custom_id=menu["custom_id"])
    assert answer.response.content == texts.GONE
    for label in ("Otra", LESSON):
        again = await room.ana.click(shown.response, label=label)
        assert again.response.content.startswith("Ya no guardo los datos de ese texto")


async def test_the_message_menu_explains_its_first_text(room):
    shown = await comparar(room)
    opened = await room.luis.context_menu(
        room.channel, "Explicar este mensaje", room.message(shown.response.id)
    )
    assert "Greedy toma siempre la primera." in plain(opened.response)


async def crashed(room):
    """Leave what a crash in the middle of a duel leaves: the message and the job's row."""
    shown = await comparar(room)
    await room.storage.replies.delete(*[r.request_id for r in room.engine.requests])
    job = job_of(room, shown, room.engine.requests[0])
    await room.storage.jobs.start(job)
    return shown, job


def job_of(room, result, request):
    """Return the row of a duel's job that did not end."""
    return Job(
        job_id=request.request_id,
        kind="comparar",
        owner_id=room.ana.id,
        guild_id=room.guild.id,
        channel_id=room.channel.id,
        application_id=room.bot.application_id,
        interaction_token=result._interaction.token,
        request=request,
        is_prompt_kept=True,
        created_at=datetime.now(UTC),
    )


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
    assert plain(again.response).startswith(TITLE)
    assert len(room.engine.requests) == 4


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
    assert plain(shown.response).startswith(TITLE)
    assert has_component(shown.response, "leer-texto-duelo")
    assert await room.storage.jobs.unfinished() == ()
