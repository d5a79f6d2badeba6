"""«¿Y con otra temperatura?» from the menu to every way on, on scripted and real engines."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simcord.components import walk_components

from bot.features.explorer.redraw.choice import OFFERS, OWN, Choice, change_of, code_of, own_values
from bot.features.explorer.redraw.items import REDRAW_ITEMS
from bot.render.step import token_label
from bot.storage import Preferences
from bot.ui.items import custom_id
from engine import RANGES, STRATEGIES, DecodingParams, EngineError
from tests.bot.explorer_screens import (
    alt,
    answered,
    at_first_step,
    buttons,
    choose,
    explicar,
    plain,
    screen,
    where,
)
from tests.bot.features.explorer.redraw.menus import pick, setting_menu
from tests.bot.real_room import real_room
from tests.bot.screens import said
from tests.bot.scripted import WORDS
from tests.bot.world import open_world

SCREEN = (
    "### ¿Y con otra temperatura?\n"
    "> \\[…] amor\ufffd\ufffd 雪 ñandú\u200a**⟨C3⟩** 🦄 🦄\n"
    "El dado sacó **0,942** y salió «⟨C3⟩» (su tramo: 0,878–0,951). Elige abajo otra temperatura u "
    "otro corte: el dado es el mismo.\n"
    "-# Podían salir 6.\n"
    "-# guion (de prueba) · Lección: muestreo, T 1, top-p 0,9 · semilla 7 · solo lo ves tú"
)
LESSON = {"estilo": "lesson"}
COLDER = (
    "El dado sacó **0,942** y salió «⟨C3⟩» (su tramo: 0,878–0,951). Con T 0,5 y top-k 2 habría "
    "salido «ñandú» (su tramo: 0,690–1,000).\n"
    "-# Podían salir 6; ahora, 2.\n"
)


def said_percent(step):
    return f"{100 * step.chosen_candidate.final_prob:.1f} %".replace(".", ",")


async def opened(room, **options):
    wanted = {"estilo": "lesson", "top_p": "0,9"} if "estrategia" not in options else {}
    message = (await explicar(room, **{**wanted, **options})).response
    await choose(room, message, "Más", "otra")
    return message


def labels(message, setting):
    return [option["label"] for option in setting_menu(message, setting)["options"]]


def marked(message):
    return [
        option["label"]
        for setting in ("t", "k", "p")
        for option in setting_menu(message, setting)["options"]
        if option.get("default")
    ]


def is_disabled(message, label):
    found = [c for c in walk_components(message.components) if c.get("label") == label]
    return [bool(button.get("disabled")) for button in found] == [True]


async def test_the_page_opens_at_the_texts_own_settings(room):
    message = await opened(room)
    assert screen(message) == SCREEN
    assert message.ephemeral
    assert [file.filename for file in message.attachments] == ["dado.png"]
    assert alt(message) == (
        "Paso 6 de 8 · muestreo, T 1, top-p 0,9. Barras y dado: salió «⟨C3⟩»; dado 0,942; "
        "«⏎» 36,3 %; «␣ñandú» 24,3 %; «␣🦄» 16,3 %; «␣雪» 10,9 %; «⟨C3⟩» 7,3 %; top-p 0,9 → 6.ª"
    )
    assert buttons(message) == [
        "Volver",
        "Volver a lo original",
        "Generar así",
        "Publicar",
    ]
    assert is_disabled(message, "Volver a lo original")
    assert is_disabled(message, "Generar así")
    (question,) = room.engine.explained
    assert question.params == question.moment.params
    assert (question.model, question.revision) == ("guion", "0123abcd")
    assert (question.moment.t, question.moment.seed, question.moment.attempt) == (5, 7, 0)
    assert question.moment.context_ids[:4] == (0, 1, 2, 3)
    assert question.moment.chosen == WORDS.index("⟨C3⟩")
    assert len(room.engine.requests) == 1


async def test_the_menus_offer_values_and_mark_the_present_one(room):
    message = await opened(room)
    assert labels(message, "t")[:4] == [
        "Temperatura: 1 (la suya)",
        "Temperatura: 0",
        "Temperatura: 0,3",
        "Temperatura: 0,5",
    ]
    assert "Temperatura: 1" not in labels(message, "t")
    # No more tokens than the vocabulary has.
    assert labels(message, "k") == [
        "top-k: sin corte (el suyo)",
        "top-k: 1",
        "top-k: 2",
        "top-k: 5",
        "top-k: 10",
    ]
    assert labels(message, "p")[0] == "top-p: 0,9 (el suyo)"
    assert labels(message, "p")[-1] == "top-p: sin corte"
    await pick(room, message, "t", "0,5")
    assert marked(message) == [
        "Temperatura: 0,5",
        "top-k: sin corte (el suyo)",
        "top-p: 0,9 (el suyo)",
    ]


async def test_choices_add_up_and_the_die_stays(room):
    message = await opened(room)
    picture = message.attachments[0].id
    await pick(room, message, "t", "0,5")
    assert "Con T 0,5 habría salido «🦄» (su tramo: 0,878–1,000)." in screen(message)
    await pick(room, message, "k", "2")
    assert COLDER in screen(message)
    assert len(message.attachments) == 1
    assert message.attachments[0].id != picture
    assert "salió «⟨C3⟩»; saldría «␣ñandú»; dado 0,942" in alt(message)
    assert not is_disabled(message, "Generar así")
    asked = room.engine.explained[-1]
    assert asked.params == replace(asked.moment.params, temperature=0.5, top_k=2)


async def test_it_works_after_a_restart_and_goes_back(room):
    message = (await explicar(room)).response
    step = screen(message)
    await choose(room, message, "Más", "otra")
    own = screen(message)
    await pick(room, message, "p", "0,5")
    await room.restart()
    await pick(room, message, "t", "2")
    assert "Con T 2 y top-p 0,5 habría salido" in screen(message)
    await room.restart()
    await room.ana.click(message, label="Volver a lo original")
    assert screen(message) == own
    await room.ana.click(message, label="Volver")
    assert screen(message) == step
    assert [file.filename for file in message.attachments] == ["por-que.png"]
    assert room.engine.requests == []


async def test_what_changes_nothing_is_said(room):
    message = await opened(room)
    await pick(room, message, "k", "10")
    assert "Con top-k 10 habría salido lo mismo: el reparto de este paso no cambia." in screen(
        message
    )
    message = (await explicar(room)).response
    await at_first_step(room, message)
    await choose(room, message, "Más", "otra")
    await pick(room, message, "t", "0,5")
    assert "salido lo mismo, «amor», aunque su tramo sería 0,000–0,606." in screen(message)


async def test_a_cut_that_is_taken_away(room):
    message = await opened(room, top_k=5)
    await pick(room, message, "k", "sin corte")
    assert "). Sin top-k habría salido «" in screen(message)
    await pick(room, message, "t", "2")
    assert ". Con T 2 y sin top-k habría salido" in screen(message)


async def test_temperature_zero_throws_no_die(room):
    message = await opened(room)
    await pick(room, message, "t", "0")
    assert (
        "Con T 0 no hay dado: greedy toma siempre la más probable, «salto de línea». Tampoco usa "
        "cortes: lo de «ahora» es el reparto sin ellos."
    ) in screen(message)
    assert "«⏎» 33,0 % (antes 36,3 %)" in alt(message)


async def test_greedy_says_that_it_threw_no_die_and_what_one_would_give(room):
    message = await opened(room, estrategia="greedy", temperatura=None)
    assert (
        "Este texto no tiró dados: greedy toma siempre la más probable, y era «amor». Elige abajo "
        "una temperatura o un corte y te digo qué habría salido con muestreo."
    ) in screen(message)
    assert labels(message, "t")[0] == "Temperatura: sin usar aquí"
    assert "Temperatura: 1" in labels(message, "t")
    assert "Temperatura: 0" not in labels(message, "t")
    await pick(room, message, "t", "1")
    u = f"{random.Random('7:0:0').random():.3f}".replace(".", ",")
    assert (
        f"Con muestreo y T 1, el dado de su semilla sacaría **{u}**: saldría «amor» (su tramo: "
        "0,000–0,330). El reparto de este paso no cambia."
    ) in screen(message)


async def test_beam_search_says_what_is_shown(room):
    message = await opened(room, estrategia="beam", temperatura=None, beams=3)
    assert (
        "Este texto no tiró dados: con haces (beam search) se comparan textos enteros, y el que "
        "ves sigue con «amor»."
    ) in screen(message)
    await pick(room, message, "k", "2")
    assert "Con muestreo y top-k 2, el dado de su semilla sacaría" in screen(message)
    (own, _), asked = [q.params for q in room.engine.explained], room.engine.explained[-1].params
    assert (own.strategy, asked.strategy, asked.num_beams) == ("beam", "sample", 1)


async def test_writing_so_throws_the_same_die(room):
    first = await explicar(room)
    before = await room.reply_of(first)
    await choose(room, first.response, "Más", "otra")
    await pick(room, first.response, "t", "0,5")
    await pick(room, first.response, "k", "2")
    await room.restart()
    result = await room.ana.click(first.response, label="Generar así")
    reply = await room.reply_of(result)
    assert result.response.ephemeral
    assert (reply.owner_id, reply.kind) == (room.ana.id, "explicar")
    wanted = replace(before.request.params, temperature=0.5, top_k=2, max_new_tokens=3)
    assert reply.request.params == wanted
    assert reply.request.prefix_ids == before.completion.attempts[0].token_ids[:5]
    drawn = reply.completion.attempts[0].steps[0]
    assert drawn.draw.u == before.completion.attempts[0].steps[5].draw.u
    assert WORDS[drawn.chosen] == " ñandú"
    assert "Desde el paso 6 de antes: T 0,5 y top-k 2." in screen(result.response)


async def test_a_public_copy_is_turned_only_by_its_publisher(room):
    message = await opened(room)
    await pick(room, message, "t", "0,5")
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    assert "Con T 0,5 habría salido" in screen(copy)
    assert screen(copy).endswith(f"Publicado por <@{room.ana.id}>")
    assert buttons(copy)[3:] == ["Explicar", "Borrar"]
    mine = (await pick(room, copy, "k", "2", who=room.luis)).response
    assert mine.ephemeral
    assert COLDER in screen(mine)
    assert screen(mine).endswith("solo lo ves tú")
    assert "top-k 2" not in screen(copy)
    await pick(room, copy, "k", "2")
    assert COLDER in screen(copy)
    await room.ana.click(copy, label="Volver")
    assert where(copy) == (0, 5)


async def test_a_prompt_that_is_not_kept_cannot_be_read_again(room):
    result = await explicar(room)
    reply = await room.reply_of(result)
    unkept = replace(reply, is_prompt_kept=False).without_foreign_prompt()
    await room.storage.replies.delete(reply.reply_id)
    await room.storage.replies.save(unkept)
    refused = await choose(room, result.response, "Más", "otra")
    assert "el mensaje de otra persona" in refused.followups[0].content
    assert room.engine.explained == []


async def test_a_text_is_not_written_again_once_its_prompt_is_gone(room):
    result = await explicar(room)
    await choose(room, result.response, "Más", "otra")
    await pick(room, result.response, "t", "0,5")
    reply = await room.reply_of(result)
    await room.storage.replies.save(replace(reply, is_prompt_kept=False))
    refused = await room.ana.click(result.response, label="Generar así")
    assert "no puedo escribirlo otra vez con otros ajustes" in refused.response.content


async def test_a_full_queue_is_said_and_the_page_stays(room):
    message = await opened(room)
    room.engine.error = EngineError("queue_full", position=64)
    refused = await pick(room, message, "t", "0,5")
    assert refused.followups[0].ephemeral
    assert "cola" in refused.followups[0].content
    assert screen(message) == SCREEN
    room.engine.error = None
    await pick(room, message, "t", "0,5")
    assert "Con T 0,5 habría salido" in screen(message)


async def test_too_many_at_once_are_refused(tmp_path):
    async with open_world(tmp_path, max_per_user=1) as room:
        message = await opened(room)
        ticket = await room.bot.limits.admit(room.ana.id)
        refused = await pick(room, message, "t", "0,5")
        assert said(refused).startswith("Ya tienes una petición en marcha")
        ticket.release()
        await pick(room, message, "t", "0,5")
        assert "Con T 0,5 habría salido" in screen(message)


async def test_banned_words_are_asked_for_and_never_shown(tmp_path):
    words = tmp_path / "vetadas.txt"
    words.write_text("ñandú\n", encoding="utf-8")
    async with open_world(tmp_path, blocked_words_file=words) as room:
        result = await explicar(room)
        asked = []
        explain = room.engine.explain

        async def explain_with_ban(request):
            asked.append(request)
            answer = await explain(request)
            return replace(answer, step=banned(answer.step), before=banned(answer.before))

        def banned(step):
            return replace(
                step,
                candidates=tuple(
                    replace(c, removed_by="bad_words", final_prob=0.0) if c.text == " ñandú" else c
                    for c in step.candidates
                ),
            )

        room.engine.explain = explain_with_ban
        await choose(room, result.response, "Más", "otra")
        await pick(room, result.response, "t", "2")
        assert "«⟨vetada⟩» 0 %" in alt(result.response)
        assert "ñandú" not in alt(result.response)
        assert {request.params.bad_words for request in asked} == {("ñandú",)}
        assert {request.moment.params.bad_words for request in asked} == {("ñandú",)}


@pytest.mark.parametrize("shortest", [0, 1])
async def test_a_real_model_writes_what_was_promised(tmp_path, shortest):
    async with real_room(tmp_path) as room:
        own = Preferences(params={"min_new_tokens": shortest})
        await room.storage.preferences.set("user", room.ana.id, own)
        for seed in (1, 2, 3):
            first, message = await answered(
                room,
                explicar(room, **LESSON, texto="La vida es", semilla=seed, pasos=4, top_p="0,5"),
            )
            await answered(room, choose(room, message, "Más", "otra"))
            step = int(setting_menu(message, "t")["custom_id"].split(":")[4])
            stored = first.completion.attempts[0].steps[step]
            assert f"» {said_percent(stored)}" in alt(message)
            await answered(room, pick(room, message, "t", "2"))
            await answered(room, pick(room, message, "p", "sin corte"))
            assert "Con T 2 y sin top-p habría salido" in screen(message)
            promised = alt(message)
            written, _ = await answered(room, room.ana.click(message, label="Generar así"))
            drawn = written.completion.attempts[0].steps[0]
            assert (written.request.params.temperature, written.request.params.top_p) == (2.0, 1.0)
            assert drawn.draw.u == stored.draw.u
            token = plain(token_label(drawn.chosen_candidate.text)).strip("\u2068\u2069")
            assert f"saldría «{token}»" in promised
            # The end of text may come where it might have come before.
            stages = [stage.name for stage in drawn.stages]
            assert ("min_new_tokens" in stages) == (step < shortest)
            assert f"«{token}» {said_percent(drawn)} (antes" in promised


CODES = {
    name: st.one_of(st.just(OWN), st.sampled_from([code_of(name, v) for v in values]))
    for name, values in OFFERS.items()
}
CHOICES = st.builds(Choice, **CODES)
ANY_PARAMS = st.builds(
    DecodingParams,
    strategy=st.sampled_from(STRATEGIES),
    temperature=st.sampled_from([0.0, 0.5, 0.83, 1.0]),
    top_k=st.sampled_from([0, 1, 4, 50]),
    top_p=st.sampled_from([0.5, 0.937, 1.0]),
    min_p=st.sampled_from([0.0, 0.05]),
    typical_p=st.sampled_from([0.9, 1.0]),
    num_beams=st.sampled_from([1, 4]),
    repetition_penalty=st.sampled_from([1.0, 1.2]),
    penalty_alpha=st.sampled_from([0.0, 0.6]),
    attempts=st.sampled_from([1, 3]),
)


@given(params=ANY_PARAMS)
def test_the_texts_own_settings_change_nothing(params):
    assert change_of(params, Choice()) == {}


@given(params=ANY_PARAMS, choice=CHOICES)
def test_only_what_was_chosen_changes(params, choice):
    own = params.resolved()
    changed = replace(params, **change_of(params, choice)).resolved()
    values = own_values(params) | choice.values
    if not choice.values:
        return
    assert {name: getattr(changed, name) for name in OFFERS} == values
    assert changed.is_sampled == (values["temperature"] != 0)
    # What did nothing to the text does nothing now; all else is as it was.
    for name in ("min_p", "typical_p", "repetition_penalty", "no_repeat_ngram_size", "attempts"):
        is_inert = name in own.ignored and name != "attempts"
        expected = getattr(DecodingParams(), name) if is_inert else getattr(params, name)
        assert getattr(changed, name) == expected
    if own.is_beam and own.is_sampled and changed.is_sampled:
        assert (changed.strategy, changed.num_beams) == (own.strategy, own.num_beams)


@pytest.mark.parametrize("setting", OFFERS)
def test_what_is_offered_lies_on_the_engines_grid(setting):
    allowed = RANGES[setting]
    for value in OFFERS[setting]:
        assert allowed.contains(value if not allowed.integer else int(value))
        assert Choice().with_code(setting, code_of(setting, value)).values == {setting: value}
    assert len(OFFERS[setting]) < 25


@pytest.mark.parametrize("item", REDRAW_ITEMS)
def test_every_place_fits_into_a_custom_id(item):
    biggest = {"attempt": 9, "step": 4095, "candidates": 25, "publisher": 2**63 - 1}
    args = [biggest.get(name, 300_000) for name in item.arg_names]
    assert len(custom_id(item.action, "f" * 32, *args)) <= 100
