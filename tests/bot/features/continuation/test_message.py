"""The buttons under a continuation: what they do, and for whom."""

import copy

import pytest

from bot.features.continuation import items
from engine.words import WordList
from tests.bot.world import labels, options

NOT_YOURS = "Este texto es de Ana: puedes leerlo y explicarlo. Para cambiarlo, usa /continuar."


async def test_seguir_goes_on_from_the_ids_in_a_new_message(room):
    first = await room.continuar()
    ids = (await room.reply_of(first)).completion.attempts[0].token_ids
    second = await room.ana.click(first.response, label="Seguir")
    request = room.engine.requests[1]
    assert request.prefix_ids == ids
    assert (request.prompt, request.seed, request.revision) == ("Había una vez", 7, "0123abcd")
    assert second.response.id != first.response.id
    assert second.response.content.startswith("**Había una vez** amor⟨C3⟩ 雪 🦄 ñandú")
    third = await room.ana.click(second.response, label="Seguir")
    assert len(room.engine.requests[2].prefix_ids) == 10
    assert third.response.content.startswith(second.response.content.split("\n")[0])


async def test_seguir_follows_the_attempt_on_show(room):
    first = await room.tries_by_pages(3)
    await room.ana.click(first.response, label="Siguiente ▶")
    await room.ana.click(first.response, label="Seguir")
    attempts = (await room.reply_of(first)).completion.attempts
    request = room.engine.requests[1]
    assert request.prefix_ids == attempts[1].token_ids
    assert request.params.attempts == 1


async def test_seguir_refuses_a_text_that_the_model_ended(room):
    make = room.engine._completion
    room.engine._completion = lambda request, **_: make(request, reason="eos")
    first = await room.continuar()
    refused = await room.ana.click(first.response, label="Seguir")
    assert refused.response.content.startswith("El modelo dio ese texto por terminado")
    assert refused.response.ephemeral
    assert len(room.engine.requests) == 1


async def test_otra_draws_a_new_seed_in_a_new_message(room):
    first = await room.continuar()
    second = await room.ana.click(first.response, label="Otra")
    request = room.engine.requests[1]
    assert request.seed != 7
    assert request.request_id != room.engine.requests[0].request_id
    assert (request.prompt, request.params) == (
        room.engine.requests[0].prompt,
        room.engine.requests[0].params,
    )
    assert second.response.id != first.response.id
    assert second.response.content.startswith("**Había una vez**")


async def test_otra_says_that_greedy_never_changes(room):
    first = await room.continuar(estrategia="greedy")
    refused = await room.ana.click(first.response, label="Otra")
    assert refused.response.content == (
        "Con greedy saldría el mismo texto. Para que cambie, usa /continuar con "
        "«estrategia: muestreo»."
    )


@pytest.mark.parametrize("label", ["Seguir", "Otra"])
async def test_what_is_repeated_keeps_to_the_limits_of_today(room, label):
    first = await room.continuar()
    today = {"max_new_tokens": 3, "request_timeout_s": 45.0}
    room.bot.settings = room.bot.settings.model_copy(update=today)
    await room.ana.click(first.response, label=label)
    before, after = room.engine.requests
    assert (before.params.max_new_tokens, before.deadline_s) != (3, 45.0)
    assert (after.params.max_new_tokens, after.deadline_s) == (3, 45.0)


@pytest.mark.parametrize(
    ("label", "word", "is_refused"),
    [
        ("Seguir", "vez", True),
        ("Otra", "vez", True),
        ("Seguir", "ñandú", True),
        ("Otra", "ñandú", False),
    ],
)
async def test_what_is_repeated_keeps_to_the_word_list_of_today(room, label, word, is_refused):
    first = await room.continuar()
    room.bot.blocked_words, room.bot.word_list = (word,), WordList([word])
    result = await room.ana.click(first.response, label=label)
    if is_refused:
        assert result.response.content.startswith("Ese texto lleva una palabra")
        assert result.response.ephemeral
        assert len(room.engine.requests) == 1
    else:
        assert room.engine.requests[1].params.bad_words == (word,)


async def test_a_private_text_is_followed_in_private(room):
    first = await room.continuar(privado=True)
    for label in ("Seguir", "Otra"):
        assert (await room.ana.click(first.response, label=label)).response.ephemeral


@pytest.mark.parametrize("label", ["Seguir", "Otra"])
async def test_what_belongs_to_the_owner(room, label):
    first = await room.continuar()
    refused = await room.luis.click(first.response, label=label)
    assert refused.response.content == NOT_YOURS
    assert refused.response.ephemeral
    assert len(room.engine.requests) == 1
    assert await room.reply_of(first) is not None


async def test_anybody_explains_without_generating_again(room, monkeypatch):
    opened = []

    async def open_explorer(interaction, reply, attempt=0):
        opened.append((interaction.user.id, reply.reply_id, attempt))
        await interaction.response.send_message("abierto", ephemeral=True)

    monkeypatch.setattr(items, "open_explorer", open_explorer)
    first = await room.tries_by_pages(2)
    await room.luis.click(first.response, label="Siguiente ▶")
    result = await room.luis.click(first.response, label="Explicar")
    assert result.response.content == "abierto"
    assert opened == [(room.luis.id, room.engine.requests[0].request_id, 1)]
    assert len(room.engine.requests) == 1


@pytest.mark.parametrize("label", ["Seguir", "Otra", "Explicar"])
async def test_buttons_of_forgotten_data_say_so(room, label):
    first = await room.continuar()
    await room.storage.replies.delete((await room.reply_of(first)).reply_id)
    result = await room.ana.click(first.response, label=label)
    assert result.response.content.startswith("Ya no guardo los datos de ese texto")


async def test_anybody_turns_the_pages(room):
    first = await room.tries_by_pages(3, estrategia="sample", temperatura="2")
    texts = [a.text for a in (await room.reply_of(first)).completion.attempts]
    await room.luis.click(first.response, label="Siguiente ▶")
    message = room.message(first.response.id)
    assert labels(message)[1] == ["◀ Anterior", "2 de 3", "Siguiente ▶"]
    assert message.content.startswith("**Había una vez**")
    assert len(set(texts)) == 3
    await room.luis.click(message, label="Siguiente ▶")
    message = room.message(first.response.id)
    assert labels(message)[1][1] == "3 de 3"
    await room.ana.click(message, label="◀ Anterior")
    assert labels(room.message(first.response.id))[1][1] == "2 de 3"


async def test_notes_stay_on_every_page(room):
    first = await room.tries_by_pages(2, temperatura="2", beams=1)
    note = [line for line in first.response.content.split("\n") if line.startswith("-# · ")]
    await room.ana.click(first.response, label="Siguiente ▶")
    content = room.message(first.response.id).content
    assert [line for line in content.split("\n") if line.startswith("-# · ")] == note


async def test_the_pages_of_a_long_text_lose_nothing(room):
    words = [f"palabra{n}" for n in range(300)]
    room.engine.text = " " + " ".join(words)
    first = await room.continuar()
    seen = first.response.content
    pages = int(labels(first.response)[1][1].split()[-1])
    for _ in range(pages - 1):
        await room.ana.click(room.message(first.response.id), label="Siguiente ▶")
        seen += room.message(first.response.id).content
    assert [word for word in words if word not in seen] == []


async def test_details_are_for_whoever_asks(room):
    first = await room.continuar()
    result = await room.luis.select(first.response, ["details"])
    (answer,) = result.followups
    assert answer.ephemeral
    assert "**Modelo**: guion (de prueba) @0123abcd · exacto · cpu" in answer.content
    assert "llegó a los tokens pedidos" in answer.content


async def test_a_message_of_an_earlier_version_still_puts_its_tries_in_order(room):
    first = await room.tries_by_pages(3)
    stored = room.env.backend.get_message(room.channel.id, first.response.id)
    rows = copy.deepcopy(stored.components)
    rows[-1]["components"][0]["options"].append({"label": "Ver los 3", "value": "ranked"})
    room.env.backend.edit_message(room.channel.id, first.response.id, {"components": rows})
    result = await room.luis.select(first.response, ["ranked"])
    (answer,) = result.followups
    assert answer.content.count("** · −") == 3


async def test_a_message_of_an_earlier_version_becomes_a_contest(room):
    first = await room.tries_by_pages(3)
    assert options(first.response)[0] == "Volver a los 3"
    await room.ana.select(first.response, ["tries"])
    assert labels(room.message(first.response.id))[0] == ["1", "2", "3"]
