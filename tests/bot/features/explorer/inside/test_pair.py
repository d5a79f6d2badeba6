"""«Por dentro» of a text that was made of another one: across, its source, its own attention."""

from dataclasses import replace

import pytest

from engine.explain import AttentionRequest
from tests.bot.explorer_screens import alt, choose, heading, screen
from tests.bot.features.transform.models import ACCENTS
from tests.bot.insides import answering, attention, word
from tests.bot.screens import said

SOURCE_IDS = (0, 1, 2, 3)
START = 15


@pytest.fixture
def pair(room, monkeypatch):
    """Return the shared room whose texts are made of four tokens, and what the engine is asked."""
    room.engine.more_models = (ACCENTS,)
    made = room.engine._completion
    inside, asked = answering()

    def completion(request, tokens=None, reason="length"):
        found = made(request, tokens, reason)
        return replace(found, prompt_ids=(START,), source_ids=SOURCE_IDS)

    async def explain(request):
        if not isinstance(request, AttentionRequest):
            return await inside(request)
        asked.append(request)
        rows = request.target_ids if request.part != "encoder" else request.context_ids
        found = attention(rows, layer=request.layer, head=request.head)
        if request.part != "cross":
            return replace(found, part=request.part)
        columns = request.context_ids
        even = tuple((1 / len(columns),) * len(columns) for _ in rows)
        return replace(
            found,
            part="cross",
            maps=tuple(replace(one, weights=even) for one in found.maps),
            column_ids=columns,
            column_tokens=tuple(map(word, columns)),
        )

    monkeypatch.setattr(room.engine, "_completion", completion)
    room.engine.explain = explain
    return room, asked


async def opened(room):
    """Write a text of six tokens, and open «Por dentro» of it."""
    result = await room.ana.slash(room.channel, "transformar", texto="la cancion", tokens=6)
    found = await room.ana.click(result.response, label="Explicar")
    message = found.response
    await choose(room, message, "Ver más", "dentro")
    return message, (await room.reply_of(result)).completion.attempts[0].token_ids


async def test_attention_begins_across_in_the_last_layer(pair):
    room, asked = pair
    message, written = await opened(room)
    assert "mezclan cada vector" in screen(message)
    assert "y con el original" in screen(message)
    await room.ana.click(message, label="Atención")
    assert heading(message).startswith("### Atención cruzada · paso ")
    assert "Con la media de las cabezas de la capa 3, al escribir «" in screen(message)
    request = asked[-1]
    assert (request.part, request.context_ids, request.layer) == ("cross", SOURCE_IDS, None)
    assert request.target_ids == (START, *written)[:-1]
    assert "A qué palabra del original mira más cada palabra escrita" in alt(message)


async def test_the_parts_are_a_menu(pair):
    room, asked = pair
    message, _ = await opened(room)
    await room.ana.click(message, label="Atención")
    for part, page, words in (
        ("encoder", "5", "**a los dos lados**"),
        ("decoder", "2", "Cada fila es cuánto mira un token a los anteriores"),
        ("cross", "4", "Cada fila es una palabra escrita"),
    ):
        await choose(room, message, "Atención…", page)
        assert words in screen(message)
        assert (asked[-1].part, asked[-1].context_ids) == (part, SOURCE_IDS)
    assert asked[-2].target_ids[0] == START


async def test_lens_and_vectors_are_asked_with_the_source(pair):
    room, asked = pair
    message, _ = await opened(room)
    for page in ("Logit lens", "Vector"):
        await room.ana.click(message, label=page)
        assert asked[-1].source_ids == SOURCE_IDS
        assert asked[-1].context_ids[0] == START
        assert "inicio" in screen(message) + alt(message)


async def test_a_long_source_is_refused_in_words(pair, monkeypatch):
    room, _ = pair
    made = room.engine._completion

    def completion(*asked, **more):
        return replace(made(*asked, **more), source_ids=tuple(range(70)))

    monkeypatch.setattr(room.engine, "_completion", completion)
    result = await room.ana.slash(room.channel, "transformar", texto="la cancion", tokens=6)
    found = await room.ana.click(result.response, label="Explicar")
    refused = await choose(room, found.response, "Ver más", "dentro")
    assert "el original tiene 70" in said(refused)
