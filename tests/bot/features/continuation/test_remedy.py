"""A text that repeats itself: it is said where, and one click writes it without."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.features.continuation.remedy import MILDEST_SIZE
from engine.explain import find_loop
from engine.words import WordList
from tests.bot.scripted import WORDS
from tests.bot.world import labels

LOOPED = (0, 1, 2, *[3, 4, 5] * 9)
CURED = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
LINE = "↻ Se repite «lago unicornio y» desde el token 7."
FIX = "Arreglar la repetición"
FIXED = (
    "-# · Repetición arreglada: es el mismo texto hasta donde empezaba a repetirse, y ningún grupo "
    "de 4 palabras o trozos sale ya dos veces."
)


@pytest.fixture
def stuck(room):
    """An engine that gets stuck unless it may not repeat pairs, or samples."""
    make = room.engine._attempt

    def attempt(request, params, number, *rest):
        made = make(request, params, number, *rest)
        is_free = params.no_repeat_ngram_size in {2, 4} or params.draws_tokens
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


async def test_a_loop_has_one_button_and_the_details_say_where(stuck):
    result = await stuck.continuar(estrategia="greedy")
    assert labels(result.response)[-1] == [FIX]
    assert "↻" not in result.response.content
    details = await stuck.ana.select(result.response, ["details"])
    assert LINE in details.followups[0].content.split("\n")


async def test_nothing_is_offered_where_nothing_repeats(stuck):
    result = await stuck.continuar(sin_repetir=4)
    assert labels(result.response)[-1] == ["Más…"]


async def test_a_click_writes_it_again_and_says_what_changed(stuck):
    first = await stuck.continuar(estrategia="greedy")
    second = await stuck.ana.click(first.response, label=FIX)
    before, after = stuck.engine.requests
    assert (after.params.strategy, after.params.no_repeat_ngram_size) == ("greedy", 4)
    assert (after.prompt, after.seed, after.prefix_ids) == (before.prompt, before.seed, ())
    assert after.request_id != before.request_id
    assert second.response.id != first.response.id
    assert FIXED in second.response.content.split("\n")
    assert second.response.content.startswith("**Había una vez**")


@pytest.mark.parametrize(
    ("remedy", "changes", "line"),
    [
        (0, {"strategy": "sample"}, "-# · Escrito otra vez con un dado, para que no se repita."),
        (
            3,
            {"no_repeat_ngram_size": 3},
            "-# · Con «greedy, sin repetir 3» sale el mismo texto.",
        ),
    ],
)
async def test_buttons_of_old_messages_have_other_remedies(stuck, remedy, changes, line):
    first = await stuck.continuar(estilo="lesson", estrategia="greedy")
    old = f"u:curar:{stuck.engine.requests[0].request_id}:0:{remedy}"
    (button,) = (item for item in first.response.components[-1]["components"])
    stored = stuck.env.backend.get_message(stuck.channel.id, first.response.id)
    for row in stored.components:
        for item in row["components"]:
            if item["custom_id"] == button["custom_id"]:
                item["custom_id"] = old
    second = await stuck.ana.click(stuck.message(first.response.id), custom_id=old)
    after = stuck.engine.requests[-1].params
    assert {name: getattr(after, name) for name in changes} == changes
    assert line in second.response.content.replace("\u00a0", " ").split("\n")


async def test_what_changed_stays_on_the_pages(stuck):
    first = await stuck.continuar(estrategia="greedy")
    second = await stuck.ana.click(first.response, label=FIX)
    again = await stuck.luis.select(second.response, ["details"])
    assert again.followups
    assert FIXED in stuck.message(second.response.id).content


@given(st.lists(st.integers(0, 3), max_size=60))
@example([1, 2] * 3)
@example([1, 1, 1, 1, 1, 1])
def test_without_an_n_gram_twice_nothing_is_a_loop(tokens):
    kept = []
    for token in tokens:
        grams = {tuple(kept[i : i + MILDEST_SIZE]) for i in range(len(kept) - MILDEST_SIZE + 1)}
        if (*kept[1 - MILDEST_SIZE :], token) not in grams or len(kept) < MILDEST_SIZE:
            kept.append(token)
    assert find_loop(kept) is None


def test_a_longer_n_gram_would_leave_a_loop():
    assert find_loop([1, 2, 1, 2, 1, 2]) is not None
    grams = [(1, 2, 1, 2, 1), (2, 1, 2, 1, 2)]
    assert len(set(grams)) == len(grams)
    assert len(grams[0]) - 1 == MILDEST_SIZE


async def test_a_later_try_keeps_its_own_die(room):
    make = room.engine._attempt

    def attempt(request, params, number, *rest):
        made = make(request, params, number, *rest)
        written = CURED if params.no_repeat_ngram_size else LOOPED
        return replace(made, token_ids=written) if number == 1 else made

    room.engine._attempt = attempt
    first = await room.tries_by_pages(3)
    assert labels(first.response)[-1] == ["Más…"]
    await room.ana.click(first.response, label="Siguiente ▶")
    second = await room.ana.click(room.message(first.response.id), label=FIX)
    request = room.engine.requests[-1]
    assert (request.params.attempts, request.seed) == (2, 7)
    assert labels(second.response)[1][1] == "2 de 2"
    assert FIXED in second.response.content


async def test_it_belongs_to_the_owner_and_keeps_to_the_limits_of_today(stuck):
    first = await stuck.continuar(estrategia="greedy")
    refused = await stuck.luis.click(first.response, label=FIX)
    assert refused.response.content.startswith("Este texto es de Ana")
    stuck.bot.blocked_words, stuck.bot.word_list = ("vez",), WordList(["vez"])
    refused = await stuck.ana.click(first.response, label=FIX)
    assert refused.response.content.startswith("Ese texto lleva una palabra")
    assert len(stuck.engine.requests) == 1
    await stuck.storage.replies.delete(stuck.engine.requests[0].request_id)
    gone = await stuck.ana.click(first.response, label=FIX)
    assert gone.response.content.startswith("Ya no guardo los datos de ese texto")


async def test_it_works_after_a_restart_and_in_private(stuck):
    first = await stuck.continuar(estrategia="greedy", privado=True)
    await stuck.restart()
    second = await stuck.ana.click(first.response, label=FIX)
    assert second.response.ephemeral
    # The engine of a restart writes something else from the first token on.
    assert "Repetición arreglada: ha salido otro texto" in second.response.content


async def test_somebody_elses_message_cannot_be_written_again(room):
    make = room.engine._attempt
    room.engine._attempt = lambda *args: replace(make(*args), token_ids=LOOPED)
    message = await room.luis.send(room.channel, "Hola")
    result = await room.ana.context_menu(room.channel, "Continuar este mensaje", message)
    assert FIX not in str(labels(result.response))
