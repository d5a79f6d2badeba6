"""/continuar without a text: its form is the command by another way, and loses nothing."""

from dataclasses import replace

import pytest

from bot.features.continuation.form import TEXT_LIMIT
from bot.styles import changed_settings
from engine import EngineError
from tests.bot.screens import modal_controls
from tests.bot.world import open_world

POEM = "Caminante, son tus huellas\n    el camino y nada más;\n\nCaminante, no hay camino,"


async def opened(room, **options):
    return await room.ana.slash(room.channel, "continuar", **options)


async def send(room, form, text=POEM, style="balanced", attempts="1"):
    values = {"texto": text, "estilo": [style], "intentos": [attempts]}
    return await room.ana.submit_modal(form, values)


def chosen(form, name):
    options = modal_controls(form)[name]["options"]
    return [option["label"] for option in options if option.get("default")]


async def test_the_form_asks_for_a_paragraph_a_style_and_how_many(room):
    form = await opened(room)
    fields = modal_controls(form)
    assert form.modal["title"] == "Continuar un texto"
    assert (fields["texto"]["style"], fields["texto"]["max_length"]) == (2, TEXT_LIMIT)
    labels = [option["label"] for option in fields["estilo"]["options"]]
    assert labels == ["Preciso", "Equilibrado", "Creativo", "Loco", "Lección"]
    assert len(fields["intentos"]["options"]) == 10
    assert (chosen(form, "estilo"), chosen(form, "intentos")) == (["Equilibrado"], ["1 texto"])
    assert room.engine.requests == []


async def test_its_answer_is_treated_like_the_command(room):
    result = await send(room, await opened(room, semilla=7, tokens=5), style="mad")
    (request,) = room.engine.requests
    assert (request.prompt, request.seed, request.style) == (POEM, 7, "mad")
    assert request.params.max_new_tokens == 5
    assert changed_settings("mad", request.params) == ()
    lines = result.response.content.split("\n")
    assert lines[:3] == [
        "**Caminante, son tus huellas**",
        "    **el camino y nada más;**",
        "",
    ]
    assert lines[3].startswith("**Caminante, no hay camino,** amor")
    assert not result.response.ephemeral
    assert await room.reply_of(result) is not None


async def test_what_the_call_named_is_chosen_in_the_form_and_goes_with_it(room):
    form = await opened(room, estilo="creative", temperatura="0,5", intentos=3, privado=True)
    assert (chosen(form, "estilo"), chosen(form, "intentos")) == (
        ["Creativo"],
        ["3 textos, para elegir"],
    )
    result = await send(room, form, style="creative", attempts="3")
    (request,) = room.engine.requests
    assert (request.params.temperature, request.params.attempts) == (0.5, 3)
    assert changed_settings("creative", request.params) == ("temperature",)
    assert result.response.ephemeral


async def test_a_wrong_setting_is_said_before_anything_is_typed(room):
    refused = await opened(room, temperatura="9")
    assert refused.modal is None
    assert refused.response.content.startswith("«temperatura» tiene que ser un número")


@pytest.mark.parametrize("text", [POEM, "línea\n" * (TEXT_LIMIT // 6)])
async def test_a_refused_text_goes_back_whole(room, text):
    form = await opened(room)
    stats = replace(room.engine.stats(), queued=99, running=1)
    room.engine.stats = lambda: stats
    refused = await send(room, form, text)
    assert refused.response.ephemeral
    assert refused.response.content.startswith("La cola está llena")
    if len(text) < 1000:
        assert refused.response.content.endswith(f"Tu texto: {text}")
    else:
        (file,) = refused.response.attachments
        assert (await file.read()).decode() == text


async def test_a_blank_text_is_refused(room):
    refused = await send(room, await opened(room), "   ")
    assert refused.response.content.startswith("No me has dado ningún texto.")


async def test_a_blocked_word_is_refused_in_private(tmp_path):
    words = tmp_path / "palabras.txt"
    words.write_text("puta\n", encoding="utf-8")
    async with open_world(tmp_path, blocked_words_file=words) as room:
        refused = await send(room, await opened(room), "qué puta vida")
        assert refused.response.content.startswith("Ese texto lleva una palabra")
        assert refused.response.ephemeral


@pytest.mark.parametrize("text", [POEM, "línea\n" * (TEXT_LIMIT // 6)])
async def test_a_form_sent_after_a_restart_loses_nothing(room, text):
    form = await opened(room)
    await room.restart()
    lost = await send(room, form, text)
    assert lost.response.ephemeral
    assert lost.response.content.startswith("Me reinicié y perdí ese formulario. Tu texto")
    if len(text) < 1000:
        assert lost.response.content.endswith(text)
    else:
        (file,) = lost.response.attachments
        assert (await file.read()).decode() == text


async def test_a_long_text_that_fails_later_is_in_a_file_of_its_message(room):
    text = "línea\n" * 600 + "fin"
    form = await opened(room)
    room.engine.error = EngineError("out_of_memory")
    failed = await send(room, form, text)
    assert "No me ha quedado memoria" in failed.response.content
    (file,) = failed.response.attachments
    assert (await file.read()).decode() == text
