"""A text that repeats itself: it is said where, and one click writes it without."""

from dataclasses import replace

import pytest

from engine.words import WordList
from tests.bot.scripted import WORDS
from tests.bot.world import labels

LOOPED = (0, 1, 2, *[3, 4, 5] * 9)
CURED = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
LINE = "-# ↻ Se repite «lago unicornio y» desde el token 7."


@pytest.fixture
def stuck(room):
    """An engine that gets stuck unless it may not repeat pairs, or samples."""
    make = room.engine._attempt

    def attempt(request, params, number, *rest):
        made = make(request, params, number, *rest)
        is_free = params.no_repeat_ngram_size == 2 or params.draws_tokens
        ids = CURED if is_free else LOOPED
        steps = tuple(
            replace(
                made.steps[0],
                chosen=i,
                candidates=(replace(made.steps[0].candidates[0], token_id=i, text=WORDS[i]),),
            )
            for i in ids
        )
        return replace(
            made,
            token_ids=ids,
            steps=steps,
            text="".join(WORDS[i] for i in ids),
            logprob=-2.0 * len(ids) if is_free else -0.5 * len(ids),
        )

    room.engine._attempt = attempt
    return room


async def test_a_loop_is_said_and_remedies_are_offered(stuck):
    result = await stuck.continuar(estrategia="greedy")
    assert LINE in result.response.content.split("\n")
    assert labels(result.response)[-1] == ["Sin repetir 2", "Sin repetir 3", "Con muestreo"]


async def test_nothing_is_said_where_nothing_repeats(stuck):
    result = await stuck.continuar(sin_repetir=2)
    assert "Se repite" not in result.response.content
    assert labels(result.response)[-1] == ["Más…"]


@pytest.mark.parametrize(
    ("label", "changes", "line"),
    [
        (
            "Sin repetir 2",
            {"strategy": "greedy", "no_repeat_ngram_size": 2},
            "-# · Con «greedy, sin repetir 2» cambia desde el token 7: repetición del 78 % al 0 %, "
            "log-prob por token de −0,50 a −2,00.",
        ),
        (
            "Con muestreo",
            {"strategy": "sample", "temperature": 0.8, "top_p": 0.9},
            "-# · Con «muestreo, T 0,8, top-p 0,9» cambia desde el token 7: repetición del 78 % "
            "al 0 %, log-prob por token de −0,50 a −2,00.",
        ),
        (
            "Sin repetir 3",
            {"strategy": "greedy", "no_repeat_ngram_size": 3},
            "-# · Con «greedy, sin repetir 3» sale el mismo texto.",
        ),
    ],
)
async def test_a_click_writes_it_again_and_says_what_changed(stuck, label, changes, line):
    first = await stuck.continuar(estrategia="greedy")
    second = await stuck.ana.click(first.response, label=label)
    before, after = stuck.engine.requests
    assert {name: getattr(after.params, name) for name in changes} == changes
    assert (after.prompt, after.seed, after.prefix_ids) == (before.prompt, before.seed, ())
    assert after.request_id != before.request_id
    assert second.response.id != first.response.id
    assert line in second.response.content.replace("\u00a0", " ").split("\n")
    assert second.response.content.startswith("> Había una vez\n\n…")


async def test_what_changed_stays_on_the_pages(stuck):
    first = await stuck.continuar(estrategia="greedy")
    second = await stuck.ana.click(first.response, label="Sin repetir 2")
    again = await stuck.luis.select(second.response, ["details"])
    assert again.followups
    assert "-# · Con «greedy, sin repetir 2»" in stuck.message(second.response.id).content


async def test_a_sampled_loop_is_not_offered_sampling(room):
    make = room.engine._attempt
    room.engine._attempt = lambda *args: replace(make(*args), token_ids=LOOPED)
    result = await room.continuar()
    assert labels(result.response)[-1] == ["Sin repetir 2", "Sin repetir 3"]


async def test_a_later_try_keeps_its_own_die(room):
    make = room.engine._attempt

    def attempt(request, params, number, *rest):
        made = make(request, params, number, *rest)
        is_stuck = number == 1 and params.no_repeat_ngram_size == 0
        return replace(made, token_ids=LOOPED) if is_stuck else made

    room.engine._attempt = attempt
    first = await room.continuar(intentos=3)
    assert labels(first.response)[-1] == ["Más…"]
    await room.ana.click(first.response, label="Siguiente ▶")
    second = await room.ana.click(room.message(first.response.id), label="Sin repetir 3")
    request = room.engine.requests[-1]
    assert (request.params.attempts, request.seed) == (2, 7)
    assert labels(second.response)[1][1] == "2 de 2"
    assert "-# · Con «muestreo, T 0,8, top-p 0,9, sin repetir 3»" in second.response.content


async def test_it_belongs_to_the_owner_and_keeps_to_the_limits_of_today(stuck):
    first = await stuck.continuar(estrategia="greedy")
    refused = await stuck.luis.click(first.response, label="Sin repetir 2")
    assert refused.response.content.startswith("Este texto es de Ana")
    stuck.bot.blocked_words, stuck.bot.word_list = ("vez",), WordList(["vez"])
    refused = await stuck.ana.click(first.response, label="Sin repetir 2")
    assert refused.response.content.startswith("Ese texto lleva una palabra")
    assert len(stuck.engine.requests) == 1
    await stuck.storage.replies.delete(stuck.engine.requests[0].request_id)
    gone = await stuck.ana.click(first.response, label="Sin repetir 2")
    assert gone.response.content.startswith("Ya no guardo los datos de ese texto")


async def test_it_works_after_a_restart_and_in_private(stuck):
    first = await stuck.continuar(estrategia="greedy", privado=True)
    await stuck.restart()
    second = await stuck.ana.click(first.response, label="Con muestreo")
    assert second.response.ephemeral
    assert "-# · Con «muestreo, T 0,8, top-p 0,9» cambia desde" in second.response.content


async def test_somebody_elses_message_cannot_be_written_again(room):
    make = room.engine._attempt
    room.engine._attempt = lambda *args: replace(make(*args), token_ids=LOOPED)
    message = await room.luis.send(room.channel, "Hola")
    result = await room.ana.context_menu(room.channel, "Continuar este mensaje", message)
    assert "-# ↻ Se repite" in result.response.content
    assert "Sin repetir 2" not in str(labels(result.response))
