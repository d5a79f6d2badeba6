"""A program in /continuar: a code block, its suggestions in pages, and its gaps."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.continuation.program import is_program, program_screen, running_program
from bot.render.frame import Frame
from bot.render.markdown import CONTENT_LIMIT, length
from bot.storage import Preferences
from bot.styles import CODE, changed_settings
from bot.texts import programs as texts
from engine import DecodingParams, Progress
from engine.program_gaps import GAP_TOKENS, gap_prompt
from tests.bot.features.continuation import special_models as models
from tests.bot.features.continuation.replies import MODEL, attempt, reply
from tests.bot.world import labels, options

PROMPT = "def es_positivo(n):\n"
FENCE = "```"


@pytest.fixture(autouse=True)
def _models(request):
    if "room" in request.fixturenames:
        request.getfixturevalue("room").engine.more_models = models.ALL


def plain(message):
    return message.content.replace("\u00a0", " ")


async def written(room, text=PROMPT, answer="    return n > 0\n", **options):
    room.engine.text = answer
    return await room.continuar(texto=text, **{"modelo": "codigo", **options})


async def test_the_first_screen(room):
    result = await written(room)
    assert plain(result.response) == (
        "```python\ndef es_positivo(n):\n    return n > 0\n```\n"
        "-# Inventado desde la línea 2 por guion (de prueba)\n"
        "-# Código · semilla 7 · −1,11 por token · llegó a los tokens pedidos"
    )
    # Equal suggestions are shown once.
    assert labels(result.response) == [["Seguir", "Otra", "Explicar"], ["Más…"]]


async def test_what_suits_programs_counts_where_nobody_has_chosen(room):
    await written(room)
    (request,) = room.engine.requests
    assert (request.style, request.ends_with) == (CODE, "function")
    assert changed_settings(CODE, request.params) == ()
    assert (request.params.strategy, request.params.attempts) == ("sample_and_rank", 3)
    await room.continuar()
    assert (room.engine.requests[-1].style, room.engine.requests[-1].ends_with) == (
        "balanced",
        None,
    )


@pytest.mark.parametrize("by_user", [False, True])
async def test_a_chosen_style_counts_without_what_makes_prose(room, by_user):
    if by_user:
        stored = Preferences(params={"style": "creative"})
        await room.storage.preferences.set("user", room.ana.id, stored)
    await written(room, **({} if by_user else {"estilo": "creative"}))
    (request,) = room.engine.requests
    assert (request.style, request.params.temperature) == ("creative", 0.8)
    params = request.params
    for_people = (params.whole_word_start, params.plain_text, params.sentence_end_tokens)
    assert for_people == (False, False, 0)
    assert (params.attempts, request.ends_with) == (1, "function")


async def test_the_lesson_adds_no_end(room):
    result = await written(room, estilo="lesson")
    assert room.engine.requests[0].ends_with is None
    assert result.response.content.startswith(FENCE)


async def test_suggestions_are_paged(room):
    result = await room.continuar(texto=PROMPT, modelo="codigo", intentos=4)
    rows = labels(result.response)
    count = int(rows[1][1].partition(" de ")[2])
    assert 2 <= count <= 4
    assert rows[1] == ["◀ Anterior", f"1 de {count}", "Siguiente ▶"]
    assert not any("Volver" in label for label in options(result.response))
    first = plain(result.response)
    await room.ana.click(result.response, label="Siguiente ▶")
    assert labels(result.response)[1][1] == f"2 de {count}"
    second = plain(result.response)
    assert first != second
    means = [re.search(r"−([\d,]+) por token", text)[1] for text in (first, second)]
    assert means[0] <= means[1]


async def test_a_gap_is_filled_where_it_stands(room):
    before, behind = "def f(x):\n    y = ", "\n    return y"
    result = await written(room, f"{before}___{behind}", "x + 1", modelo="huecos")
    (request,) = room.engine.requests
    assert request.prompt == gap_prompt(before, behind, GAP_TOKENS[0])
    assert request.ends_with is None
    assert plain(result.response).startswith(
        "```python\ndef f(x):\n    y = x + 1\n    return y\n```\n"
        "-# El hueco de la línea 2, inventado por guion (de prueba)\n"
    )
    await written(room, "a = ___", "[\n  1\n]", modelo="huecos")
    last = (await written(room, "a = ___", "[\n  1\n]", modelo="huecos")).response
    assert "El hueco (líneas 1 a 3), inventado" in plain(last)


@pytest.mark.parametrize(
    ("text", "model", "said"),
    [
        ("a = ___\nb = ___", "huecos", "un hueco (___) cada vez"),
        ("a = ___", "codigo", "solo sigue hacia delante"),
    ],
)
async def test_gaps_that_cannot_be_filled_are_refused(room, text, model, said):
    result = await written(room, text, modelo=model)
    assert said in result.response.content
    assert result.response.ephemeral
    assert room.engine.requests == []


async def test_three_lines_under_a_name_or_for_a_model_of_prose_are_no_gap(room):
    await written(room, "a___b = 1", modelo="huecos")
    await room.continuar(texto="Me gusta el ___ con leche")
    assert [request.prompt for request in room.engine.requests] == [
        "a___b = 1",
        "Me gusta el ___ con leche",
    ]


SIGNS = "`\u200b@everyone <#1>\\*_\n\t{}():=\N{UNICORN FACE}é"
PROGRAM = st.text(st.sampled_from(SIGNS), max_size=2600)


@settings(max_examples=60, deadline=None)
@given(prompt=PROGRAM.filter(str.strip), texts=st.lists(PROGRAM, min_size=1, max_size=3))
def test_any_program_stays_in_its_block(prompt, texts):
    stored = reply(*texts, prompt=prompt)
    frame = Frame.of_prompt(prompt, ("una nota",))
    shown = program_screen(stored, frame, None, MODEL)
    assert length(shown.content) <= CONTENT_LIMIT
    assert shown.content.count(FENCE) == 2
    assert shown.content.startswith(FENCE)
    whole = prompt + stored.completion.attempts[0].text.rstrip()
    inside = shown.content[3:].partition("\n")[2].partition(f"\n{FENCE}")[0]
    assert shown.file_text in (None, whole)
    if shown.file_text is None:
        assert inside == (whole.strip("\n") or " ")
    running = running_program(
        frame, Progress(attempt=0, text=texts[0], tokens=3), DecodingParams(max_new_tokens=60)
    )
    assert running.count(FENCE) == 2
    assert length(running) <= CONTENT_LIMIT


def test_a_long_program_shows_its_end_and_goes_in_a_file():
    lines = "".join(f"    x_{number} = {number}\n" for number in range(300))
    stored = reply(attempt(lines, finish_reason="function"), prompt=PROMPT)
    shown = program_screen(stored, Frame.of_prompt(PROMPT), None, MODEL)
    assert shown.content.startswith("```python\n…\n    x_")
    assert "x_299 = 299\n```" in shown.content
    assert "acabó la función" in shown.content
    assert shown.content.endswith(f"-# {texts.IN_FILE}")
    assert shown.file_text == PROMPT + lines.rstrip()


def test_a_program_is_told_by_its_request_or_by_its_model(room):
    base = reply("x").request
    assert not is_program(room.engine, base)
    assert is_program(room.engine, replace(base, model="codigo"))
    assert is_program(room.engine, replace(base, model="ya no está", ends_with="function"))
    assert is_program(room.engine, replace(base, prompt=gap_prompt("a", "b", GAP_TOKENS[1])))
