"""«¿Por qué no X?» from the option, the button and the form to what can be done about it."""

import math
from dataclasses import replace

import pytest
from simcord.components import walk_components

from bot.features.explorer.word.items import (
    MOST_FORCED_TOKENS,
    SETTINGS,
    ForceButton,
    PublicForceButton,
    TryButton,
    _change,
    _code,
)
from bot.features.explorer.word.words import (
    fitting_step,
    main_spelling,
    often,
    setting_text,
    word_answer,
)
from bot.render.step import join_tokens
from bot.ui.items import custom_id
from engine import RANGES, Draw, EngineError
from engine.explain import Suggestion
from tests.bot.explorer_screens import (
    alt,
    answered,
    ask,
    buttons,
    choose,
    explicar,
    heading,
    menus,
    plain,
    published,
    screen,
    where,
)
from tests.bot.features.explorer.word.answers import (
    AMOR,
    CUT,
    MAR,
    TOP_P,
    answer,
    candidate,
    fate,
    spelling,
    view_of,
)
from tests.bot.real_room import real_room
from tests.bot.scripted import WORDS
from tests.bot.world import open_world


def said(wanted, *tokens, **params):
    return plain(word_answer(view_of(*tokens, **params), wanted))


def test_a_word_that_came_out():
    wanted = answer(spelling(fate(AMOR, "chosen"), odds=0.363))
    assert said(wanted, strategy="sample") == (
        "Sí salió: es lo que el modelo escribió en este paso. "
        "Tenía un **33,0 %** crudo (1.ª de 16) y un **36,3 %** final."
    )


def test_a_word_that_lost_the_draw():
    token = candidate(3, " lago", 0.022, 9, 0.024)
    draw = Draw(u=0.5531, low=0.5, high=0.6)
    lost = fate(token, "lost_draw", draw=draw, interval=(0.5532, 0.5772))
    assert said(answer(spelling(lost, odds=0.024)), strategy="sample") == (
        "Podía salir: tenía un **2,2 %** crudo (9.ª de 16) y un **2,4 %** final. "
        "El dado sacó 0,5531 y su tramo era 0,5532–0,5772: tocó «␣amor».\n"
        "Con otra semilla saldría unas 2 de cada 100 veces."
    )
    lost = fate(token, "lost_draw")
    assert "el dado cayó en el tramo de «␣amor»" in said(answer(spelling(lost, odds=0.02)))


def test_greedy_takes_only_the_first():
    change = Suggestion(setting="strategy", value="sample", notches=1, odds=0.22)
    token = candidate(1, " vida", 0.22, 2, 0.22)
    wanted = answer(spelling(fate(token, "greedy_first"), suggestions=(change,)))
    assert said(wanted) == (
        "Greedy no tira dados: toma siempre la más probable, y era «␣amor» (**33,0 %** crudo). "
        "La tuya tenía un **22,0 %** crudo (2.ª de 16).\n"
        "Con muestreo entraría con un **22,0 %** final: saldría unas 22 de cada 100 veces."
    )


def test_a_filter_says_its_value_what_it_asks_and_what_it_left():
    assert said(CUT, strategy="sample", top_p=0.9) == (
        "La quitó top-p 0,9, que solo deja pasar las más probables hasta sumar un 90 %: "
        "aquí quedaron 6. El modelo le daba un **3,0 %** crudo (7.ª de 16); "
        "tras el corte, un **0 %** final.\n"
        "Con top-p 0,93 entraría con un **0,2 %** final: saldría unas 2 de cada 1000 veces."
    )


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("top_k", 1, "top-k 1, que solo deja pasar las 1 más probables: aquí quedó una sola"),
        ("min_p", 0.055, "min-p 0,055, que pide al menos un 5,5 % de lo que tiene la más probable"),
        ("epsilon_cutoff", 0.0005, "el corte épsilon 0,0005, que pide al menos un 0,05 %"),
        ("top_h", 0.4, "top-h 0,4, que solo deja pasar las más probables hasta un 40 % de la"),
        ("eta_cutoff", 0.002, "el corte eta 0,002, que pide más cuanto menos duda el modelo"),
        ("typical_p", 0.8, "typical-p 0,8, que solo deja pasar las que sorprenden lo normal"),
    ],
)
def test_every_filter_is_explained(name, value, why):
    token = candidate(2, " mar", removed_by=name)
    wanted = answer(spelling(fate(token, "filter"), verdict="no_single_setting"))
    text = said(wanted, strategy="sample", **{name: value})
    assert why in text
    assert text.endswith("Ningún ajuste la deja entrar si solo cambias uno.")


@pytest.mark.parametrize(
    ("switch", "why", "way_in"),
    [
        (
            "whole_word_start",
            "La quitó la regla de palabra entera, que no deja empezar en mitad de una palabra.",
            "Sin la regla de palabra entera",
        ),
        (
            "plain_text",
            "La quitó la regla de texto llano, que no deja escribir etiquetas, líneas vacías "
            "ni letras rotas.",
            "Sin la regla de texto llano",
        ),
    ],
)
def test_a_switch_is_explained_and_can_be_turned_off(switch, why, way_in):
    off = Suggestion(setting=switch, value=False, notches=1, odds=0.05)
    token = candidate(2, " mar", removed_by=switch)
    wanted = answer(spelling(fate(token, "filter"), suggestions=(off,)))
    text = said(wanted, strategy="sample", **{switch: True})
    assert text.startswith(f"{why} El modelo le daba un **3,0 %** crudo (7.ª de 16); ")
    assert f"{way_in} entraría con un **5,0 %** final" in text
    assert _change(*_code(off)) == (switch, False)


def test_a_probability_that_vanished():
    text = said(answer(spelling(fate(candidate(2, " mar"), "filter"))), strategy="sample")
    assert text.startswith("Los ajustes hicieron su probabilidad tan pequeña que cuenta como cero.")


def test_a_repeated_group_and_a_penalised_word():
    off = Suggestion(setting="no_repeat_ngram_size", value=0, notches=2, odds=1.0)
    token = candidate(2, " mar", removed_by="no_repeat_ngram_size")
    wanted = answer(spelling(fate(token, "ngram"), suggestions=(off,)))
    text = said(wanted, no_repeat_ngram_size=2)
    assert text.startswith("La quitó la regla de no repetir grupos de 2: con ella se repetiría")
    assert text.endswith("Sin la regla de no repetir saldría siempre.")
    off = Suggestion(setting="repetition_penalty", value=1.0, notches=6, odds=0.05)
    token = candidate(2, " mar", final=0.001)
    wanted = answer(spelling(fate(token, "penalised"), suggestions=(off,)))
    text = said(wanted, strategy="sample", repetition_penalty=1.3)
    assert text.startswith(
        "Ya está en el texto, y la penalización 1,3 baja lo que se repite: de un **3,0 %** crudo "
        "(7.ª de 16) se quedó en un **0,1 %** final."
    )
    assert "Sin penalización entraría con un **5,0 %** final" in text


def test_beam_search_says_what_became_of_the_hypothesis():
    wanted = answer(spelling(fate(MAR, "beam_pruned"), odds=None))
    assert said(wanted, strategy="beam", num_beams=3) == (
        "Con haces (beam search) no se elige palabra a palabra: se comparan 3 textos enteros. El "
        "que seguía con la tuya puntuaba menos que los que quedaron. Tenía un **3,0 %** crudo "
        "(7.ª de 16)."
    )


def test_a_word_of_several_tokens_is_followed_one_by_one():
    uni = fate(candidate(4, " uni", 0.1, 3, 0.12), "lost_draw")
    corn = fate(candidate(5, "corn", 0.01, 40, removed_by="top_p"), "filter")
    other = spelling(fate(candidate(6, "unicorn", 1e-6, 900), "filter"))
    change = Suggestion(setting="top_p", value=0.97, notches=7, odds=0.0004)
    wanted = answer(spelling(uni, corn, suggestions=(change,)), other)
    assert said(wanted, strategy="sample", top_p=0.9) == (
        "Son 2 tokens, que tienen que salir uno detrás de otro: en total, un **0,1 %** crudo. "
        "Se quedó fuera en el 2.º, «corn». La quitó top-p 0,9, que solo deja pasar las más "
        "probables hasta sumar un 90 %. El modelo le daba un **1,0 %** crudo (40.ª de 16); "
        "tras el corte, un **0 %** final.\n"
        "Con top-p 0,97 podría salir entera: unas 4 de cada 10 000 veces.\n"
        "-# 1. «␣uni» · 10,0 % crudo (3.ª) · 12,0 % final · podía salir\n"
        "-# 2. «corn» · 1,0 % crudo (40.ª) · 0 % final · ✂ top-p 0,9\n"
        "-# Escrita sin espacio delante («unicorn»): < 0,1 % crudo."
    )


def test_a_word_of_several_tokens_that_was_written():
    uni, corn = candidate(4, " uni", 0.1, 3, 0.12), candidate(5, "corn", 0.9, 1, 1.0)
    wanted = answer(spelling(fate(uni, "chosen"), fate(corn, "chosen"), odds=0.12))
    assert said(wanted, uni, corn).startswith("Sí salió: son 2 tokens, del paso 1 al 2.\n")
    assert "El texto acabó antes de que saliera entera." in said(wanted, uni)
    assert "siguió por otro camino" in said(wanted, uni, AMOR)


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.999, "casi siempre"),
        (0.22, "unas 22 de cada 100 veces"),
        (0.01, "más o menos una de cada 100 veces"),
        (0.0021, "unas 2 de cada 1000 veces"),
        (0.00004, "unas 4 de cada 100 000 veces"),
        (1e-9, "menos de una vez por millón"),
    ],
)
def test_odds_in_words(chance, words):
    assert plain(often(chance)) == words


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_change_fits_into_a_custom_id(setting):
    values = ["sample"] if setting == "strategy" else []
    if setting in RANGES:
        step = RANGES[setting].step
        values = [round(i * step, 6) for i in (1, 7, 93, 199)]
        values = [int(v) for v in values] if RANGES[setting].integer else values
    for value in values:
        change = Suggestion(setting=setting, value=value, notches=1, odds=None)
        assert _change(*_code(change)) == (setting, value)
        assert len(custom_id(TryButton.action, "f" * 32, 9, 4095, *_code(change))) <= 100
        assert setting_text(setting, value)


def test_a_forced_word_of_the_largest_vocabulary_fits_into_a_custom_id():
    args = (9, 4095, *[262_145] * MOST_FORCED_TOKENS)
    for button in (ForceButton, PublicForceButton):
        assert len(custom_id(button.action, "f" * 32, *args)) <= 100


async def test_the_button_asks_for_a_word_and_answers_in_the_same_message(room):
    message = (await explicar(room)).response
    assert "¿Y mi palabra?" in buttons(message)
    room.engine.answer = CUT
    result = await ask(room, message, " ␣mar ")
    assert result.followups == []
    assert heading(message) == "### A «mar» la quitó top-p 0,9"
    assert screen(message).split("\n")[1:] == [
        "Para el modelo era 3 de cada 100, y top-p 0,9 solo deja pasar las más probables hasta "
        "sumar un 90 %. Con top-p 0,93 sale 2 de cada 1000.",
        "-# guion (de prueba) · Equilibrado, con temperatura 1 · semilla 7 · solo lo ves tú",
    ]
    assert buttons(message) == [
        "Probar top-p 0,93",
        "Escribirla y seguir",
        "Otra palabra",
        "Números",
        "Volver",
    ]
    assert "¿mar?" in alt(message)
    (question,) = room.engine.explained
    assert (question.word, question.model, question.revision) == ("mar", "guion", "0123abcd")
    assert question.moment.t == len(question.moment.context_ids) - 4
    await room.ana.click(message, label="Volver")
    assert "¿Y mi palabra?" in buttons(message)


async def test_the_numbers_are_one_click_away_and_back_also_after_a_restart(room):
    message = (await explicar(room)).response
    room.engine.answer = CUT
    await ask(room, message)
    await room.restart()
    room.engine.answer = CUT
    await room.ana.click(message, label="Números")
    assert heading(message) == "### A «mar» la quitó top-p 0,9"
    assert "El modelo le daba un **3,0 %** crudo (7.ª de 16); tras el corte" in screen(message)
    assert buttons(message) == ["Otra palabra", "Sin números", "Volver"]
    await room.ana.click(message, label="Sin números")
    assert "Números" in buttons(message)
    assert [question.word for question in room.engine.explained] == ["mar", "mar"]


async def test_several_words_have_a_bar_each_and_are_shared_among_them(room):
    message = (await explicar(room)).response
    chances = {"perro": 0.07, "gato": 0.025, "pez": 0.005}

    async def explain(request):
        place = list(chances).index(request.word)
        token = candidate(place, f" {request.word}", chances[request.word], 9, 0.01)
        return answer(spelling(fate(token, "lost_draw"), odds=0.01))

    room.engine.explain = explain
    await ask(room, message, "gato, perro ,pez, gato")
    assert heading(message) == "### «perro» gana a «gato» y «pez»"
    assert "Entre estas tres: **perro** 70 %, **gato** 25 %, **pez** 5 %." in screen(message)
    shown = {"perro": "70 %", "gato": "25 %", "pez": "5 %"}
    for word, share in shown.items():
        assert f"¿{word}? {share} entre tus palabras" in alt(message)
    (menu,) = menus(message)
    assert [option["label"] for option in menu["options"]] == ["gato", "perro", "pez"]
    await room.ana.click(message, label="Números")
    lines = [line.split() for line in screen(message).split("\n")]
    assert ["perro", "7,0", "%", "70", "%"] in lines
    assert ["pez", "0,5", "%", "5", "%"] in lines
    assert all(len(line) <= 26 for line in screen(message).split("```")[1].split("\n"))


async def test_one_of_several_words_can_be_written(room):
    message = (await explicar(room)).response

    async def explain(request):
        token_id = WORDS.index(f" {request.word}")
        return answer(spelling(fate(candidate(token_id, f" {request.word}"), "lost_draw")))

    room.engine.explain = explain
    await ask(room, message, "mar, lago")
    (menu,) = menus(message)
    value = str(WORDS.index(" lago"))
    await room.ana.select(message, [value], custom_id=menu["custom_id"])
    after = await room.storage.replies.find_by_message(message.id)
    step = where(message)[1]
    assert after.completion.attempts[0].steps[step].chosen_candidate.text == " lago"
    assert "Volver al original" in buttons(message)


async def test_trying_the_setting_writes_the_rest_again_with_the_same_die(room):
    first = await explicar(room)
    before = await room.reply_of(first)
    copy = await published(room, first.response)
    room.engine.answer = CUT
    message = (await ask(room, copy, who=room.luis)).response
    await room.restart()
    result = await room.luis.click(message, label="Probar top-p 0,93")
    reply = await room.reply_of(result)
    assert result.response.ephemeral
    assert (reply.owner_id, reply.kind) == (room.luis.id, "explicar")
    assert reply.request.params.top_p == 0.93
    assert reply.request.params.max_new_tokens == 3
    assert reply.request.prefix_ids == before.completion.attempts[0].token_ids[:5]
    assert reply.request.seed == before.request.seed
    assert reply.request.trace_top_n == 25
    dice = [
        attempt.steps[i].draw.u
        for attempt, i in ((reply.completion.attempts[0], 0), (before.completion.attempts[0], 5))
    ]
    assert dice[0] == dice[1]
    text = screen(result.response)
    assert (
        "Desde el paso 6 de antes: top-p 0,93. Lo anterior y la semilla son los mismos."
    ) in text


async def test_while_it_is_tried_the_text_before_it_is_shown(room):
    first = await explicar(room)
    room.engine.answer = CUT
    message = first.response
    await ask(room, message)
    gate = room.hold()
    result = await room.ana.click(message, label="Probar top-p 0,93")
    shown = screen(room.message(result.response.id))
    written = (await room.reply_of(first)).completion.attempts[0].steps[:5]
    text = join_tokens([step.chosen_candidate.text for step in written])
    assert shown.startswith(f"> El amor es eterno.{text}\n")
    assert "▌" in shown
    gate.set()
    await room.env.settle()


async def test_writing_the_word_goes_on_from_it_in_the_same_message(room):
    first = await explicar(room)
    before = await room.reply_of(first)
    copy = await published(room, first.response)
    room.engine.answer = CUT
    message = (await ask(room, copy, who=room.luis)).response
    assert message.ephemeral
    await room.restart()
    await room.luis.click(message, label="Escribirla y seguir")
    reply = await room.storage.replies.find_by_message(message.id)
    assert (reply.owner_id, reply.kind, reply.is_private) == (room.luis.id, "explicar", True)
    ids = before.completion.attempts[0].token_ids
    step = where(message)[1]
    assert reply.completion.attempts[0].token_ids[: step + 1] == (*ids[:step], 2)
    assert "Volver al original" in buttons(message)


async def test_a_word_of_many_tokens_has_no_button_to_write_it(room):
    message = (await explicar(room)).response
    tokens = [fate(candidate(200_000 + i, "x", removed_by="top_p"), "filter") for i in range(7)]
    room.engine.answer = answer(spelling(*tokens))
    await ask(room, message)
    assert buttons(message) == ["Otra palabra", "Números", "Volver"]
    room.engine.answer = answer(spelling(*tokens[:6]))
    form = await room.ana.click(message, label="Otra palabra")
    await room.ana.submit_modal(form, {"palabra": "mar"})
    assert buttons(message)[0] == "Escribirla y seguir"


async def test_a_later_attempt_keeps_its_own_die(room):
    first = await room.tries_by_pages(3, estrategia="sample")
    before = await room.reply_of(first)
    opened = (await room.luis.click(room.message(before.message_id), label="Explicar")).response
    await choose(room, opened, "Ver más", "intento-2", room.luis)
    room.engine.answer = CUT
    await ask(room, opened, who=room.luis)
    (question,) = room.engine.explained
    result = await room.luis.click(opened, label="Probar top-p 0,93")
    reply = await room.reply_of(result)
    assert question.moment.attempt == 2
    assert len(reply.completion.attempts) == 3
    assert where(result.response)[0] == 2
    step = question.moment.t
    now, then = reply.completion.attempts[2].steps[0], before.completion.attempts[2].steps[step]
    assert now.draw.u == then.draw.u


async def test_the_option_opens_the_answer_at_the_step_where_the_word_fits_best(room):
    room.engine.answer = CUT
    message = (await explicar(room, palabra="mar")).response
    assert heading(message) == "### A «mar» la quitó top-p 0,9"
    assert buttons(message)[:2] == ["Probar top-p 0,93", "Escribirla y seguir"]
    assert room.engine.explained[-1].moment.t == 0
    await room.ana.click(message, label="Volver")
    assert where(message) == (0, 0)
    room.engine.answer = answer(spelling(fate(candidate(12, " ñandú"), "filter")))
    message = (await explicar(room, palabra="ñandú, zzz")).response
    assert room.engine.explained[-1].moment.t == 4


@pytest.mark.parametrize("text", ["*" * 100, "🦄" * 25, "مرحبا" * 10, "@everyone", "a,b,c,d,e"])
async def test_the_longest_answers_fit(room, text):
    tokens = [fate(candidate(i, "*" * 30, removed_by="top_p"), "filter") for i in range(16)]
    whole = replace(spelling(*tokens, suggestions=(TOP_P,)), text="*" * 100)
    room.engine.answer = answer(whole, replace(whole, text=" " + "*" * 100))
    message = (await explicar(room, texto="*" * 3000, candidatas=25, palabra=text)).response
    for _ in range(2):
        found = list(walk_components(message.components))
        assert len(found) <= 40
        assert sum(len(c["content"]) for c in found if c["type"] == 10) <= 4000
        assert all(len(c["custom_id"]) <= 100 for c in found if "custom_id" in c)
        assert all(len(c["label"]) <= 80 for c in found if c["type"] == 2)
        await room.ana.click(message, label="Números")
        if "Sin números" in buttons(message):
            break


async def test_without_an_answer_the_text_is_shown_with_the_reason(room):
    async def fail(request):
        raise EngineError("invalid_params", field="word", value=30, range="1 ≤ x ≤ 16")

    room.engine.explain = fail
    message = (await explicar(room, palabra="larguísima")).response
    assert heading(message) == "### «amor» era la favorita"
    assert "sigo palabras de hasta 16 tokens" in screen(message)
    result = await ask(room, message, "larguísima")
    assert "sigo palabras de hasta 16 tokens" in result.followups[0].content
    assert heading(message) == "### «amor» era la favorita"


async def test_nothing_is_asked_without_a_word(room):
    refused = await explicar(room, palabra="␣")
    assert refused.response.content.startswith("No has escrito ninguna palabra.")
    assert room.engine.requests == []
    message = (await explicar(room)).response
    result = await ask(room, message, "  ")
    assert result.response.content.startswith("No has escrito ninguna palabra.")


async def test_a_word_is_composed_before_it_is_asked_for(room):
    room.engine.answer = CUT
    message = (await explicar(room, palabra="n\u0303andu\u0301")).response
    assert room.engine.explained[0].moment.t == 4
    assert room.engine.explained[0].word == "\u00f1and\u00fa"
    form = await room.ana.click(message, label="Otra palabra")
    await room.ana.submit_modal(form, {"palabra": "nin\u0303o"})
    assert room.engine.explained[1].word == "ni\u00f1o"


def test_the_first_spelling_is_the_answer_though_the_other_is_more_probable():
    spaced = spelling(fate(candidate(1, " pizza", 1e-5), "filter"))
    joined = spelling(fate(candidate(2, "pizza", 1e-4), "filter"))
    view, wanted = view_of(), answer(spaced, joined)
    assert "-# Escrita sin espacio delante («pizza»)" in word_answer(view, wanted)
    force = ForceButton.of("f" * 32, view, main_spelling(view, wanted))
    assert force.args[2:4] == (2, 0)


def test_a_spelling_that_came_out_is_the_answer_wherever_it_stands():
    spaced = spelling(fate(candidate(1, " za", 1e-5), "filter"))
    parts = [candidate(7, "z", 0.5), candidate(8, "a", 0.9)]
    joined = spelling(*(fate(part, "chosen") for part in parts))
    assert main_spelling(view_of(*parts), answer(spaced, joined)) is joined


def test_the_step_of_a_word_is_where_it_fits_behind_the_text():
    other, end = candidate(3, " vía", 0.5), candidate(4, ".", 0.5)
    spaced, joined = candidate(5, " mar", 0.1), candidate(6, "mar", 0.4)

    def at(*steps):
        """Steps that each wrote their first token."""
        view = view_of(*(tokens[0] for tokens in steps))
        made = [
            replace(step, candidates=tokens) for step, tokens in zip(view.steps, steps, strict=True)
        ]
        (attempt,) = view.completion.attempts
        done = replace(view.completion, attempts=(replace(attempt, steps=tuple(made)),))
        return fitting_step(replace(view, completion=done), ("mar",))

    assert at((other, joined), (other, spaced)) == 1
    assert at((end, joined), (other, joined)) == 1
    assert at((other, spaced), (joined, other)) == 1
    assert at((other, joined), (other, joined)) == 0


async def test_a_banned_word_is_never_quoted(tmp_path):
    words = tmp_path / "vetadas.txt"
    words.write_text("mar\n", encoding="utf-8")
    async with open_world(tmp_path, blocked_words_file=words) as room:
        message = (await explicar(room)).response
        await ask(room, message, "MAR")
        assert heading(message) == "### Esa palabra no se puede preguntar"
        assert "palabras vetadas de este servidor" in screen(message)
        assert "MAR" not in screen(message)
        assert room.engine.explained == []
        assert buttons(message) == ["Otra palabra", "Volver"]
        room.engine.answer = answer(spelling(fate(MAR, "banned")))
        form = await room.ana.click(message, label="Otra palabra")
        await room.ana.submit_modal(form, {"palabra": "marea"})
        assert "marea" not in screen(message)
        assert room.engine.explained[0].moment.params.bad_words == ("mar",)
        room.engine.answer = answer(spelling(fate(candidate(3, " lago"), "lost_draw")))
        form = await room.ana.click(message, label="Otra palabra")
        await room.ana.submit_modal(form, {"palabra": "lago, mar"})
        assert heading(message).startswith("### «lago» ")
        assert "Alguna de tus palabras está entre las vetadas" in screen(message)


async def test_somebody_elses_text_is_not_kept_and_cannot_be_asked(room):
    result = await explicar(room)
    reply = await room.reply_of(result)
    unkept = replace(reply, is_prompt_kept=False).without_foreign_prompt()
    await room.storage.replies.delete(reply.reply_id)
    await room.storage.replies.save(unkept)
    refused = await room.ana.click(result.response, label="¿Y mi palabra?")
    assert "el mensaje de otra persona" in refused.response.content


async def test_a_setting_cannot_be_tried_once_the_prompt_is_gone(room):
    result = await explicar(room)
    room.engine.answer = CUT
    message = result.response
    await ask(room, message)
    reply = await room.reply_of(result)
    await room.storage.replies.save(replace(reply, is_prompt_kept=False))
    refused = await room.ana.click(message, label="Probar top-p 0,93")
    assert "no puedo escribirlo otra vez con otro ajuste" in refused.response.content
    refused = await room.ana.click(message, label="Escribirla y seguir")
    assert "no puedo seguirlo por otra palabra" in refused.response.content


async def test_the_form_of_an_earlier_process_gives_the_word_back(room):
    message = (await explicar(room)).response
    form = await room.ana.click(message, label="¿Y mi palabra?")
    await room.restart()
    result = await room.ana.submit_modal(form, {"palabra": "mar"})
    assert result.response.content == "Me reinicié y perdí ese formulario. Tu texto: mar"


def fate_at(reply, step, token_id):
    candidates = reply.completion.attempts[0].steps[step].candidates
    return next(c.removed_by for c in candidates if c.token_id == token_id)


async def test_a_real_model_lets_the_word_in_with_the_setting_that_is_offered(tmp_path):
    async with real_room(tmp_path) as room:
        await let_a_word_in(room)


async def let_a_word_in(room):
    wanted = {"texto": "La vida es", "estilo": "lesson", "top_p": "0,1", "pasos": 4}
    first, _ = await answered(room, explicar(room, **wanted))
    words = [
        c.text.strip()
        for step in first.completion.attempts[0].steps
        for c in sorted(step.candidates, key=lambda c: -c.raw_prob)
        if c.removed_by == "top_p"
        and len(c.text.strip()) > 1
        and c.text.strip().isalpha()
        and c.text.strip() not in first.completion.attempts[0].text
    ]
    for word in words:
        before, message = await answered(room, explicar(room, **wanted, palabra=word))
        offered, forcing = [c for c in walk_components(message.components) if c["type"] == 2][:2]
        if offered["label"].startswith("Probar "):
            break
    assert offered["label"].startswith("Probar ")
    assert f"A «{word}» la quitó top-p 0,1" in screen(message)
    step, *codes = map(int, forcing["custom_id"].split(":")[4:])
    (token_id,) = (code - 1 for code in codes if code)
    assert fate_at(before, step, token_id) == "top_p"

    tried, _ = await answered(room, room.ana.click(message, custom_id=offered["custom_id"]))
    assert fate_at(tried, 0, token_id) is None
    assert tried.request.prefix_ids == before.completion.attempts[0].token_ids[:step]
    now, then = tried.request.params, before.request.params
    (setting,) = (n for n in SETTINGS if getattr(now, n) != getattr(then, n))
    notch = math.copysign(RANGES[setting].step, getattr(now, setting) - getattr(then, setting))
    less = replace(now, **{setting: round(getattr(now, setting) - notch, 6)})
    once_less = replace(tried.request, params=less, request_id="f" * 32)
    refused = await room.engine._engine.generate(once_less)
    assert fate_at(replace(tried, completion=refused), 0, token_id) == "top_p"

    await answered(room, room.ana.click(message, custom_id=forcing["custom_id"]))
    forced = await room.storage.replies.find_by_message(message.id)
    written = forced.completion.attempts[0]
    assert written.token_ids[: step + 1] == (*tried.request.prefix_ids, token_id)
    assert forced.completion.prompt_ids == before.completion.prompt_ids
    assert written.steps[step].is_given


async def test_a_word_that_has_a_bar_is_drawn_once(room):
    message = (await explicar(room)).response
    vida = candidate(WORDS.index(" vida"), " vida", 0.22, 2, 0.22)
    room.engine.answer = answer(spelling(fate(vida, "lost_draw")))
    while where(message)[1]:
        await room.ana.click(message, label="◀")
    assert " vida " in alt(message)
    await ask(room, message, "vida")
    bars = alt(message).split("Probabilidad final:")[1]
    assert bars.count("vida") == 1
    assert "¿vida?" in bars


async def test_an_answer_of_a_published_page_goes_on_being_one(room):
    message = (await explicar(room)).response
    copy = await published(room, message)
    room.engine.answer = CUT
    form = await room.luis.click(copy, label="¿Y mi palabra?")
    own = (await room.luis.submit_modal(form, {"palabra": "mar"})).response
    assert "forzar:" in _actions(own)

    await choose(room, message, "Ver más", "rama")
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    form = await room.luis.click(copy, label="Escribir otra…")
    own = (await room.luis.submit_modal(form, {"palabra": "mar"})).response
    assert "forzar-canal:" in _actions(own)
    await room.luis.click(own, label="Números")
    await room.luis.click(own, label="Sin números")
    assert "forzar-canal:" in _actions(own)
    form = await room.luis.click(own, label="Otra palabra")
    await room.luis.submit_modal(form, {"palabra": "mar"})
    assert "forzar-canal:" in _actions(own)


def _actions(message):
    names = [c.get("custom_id", "") for c in walk_components(message.components)]
    return [f"{name.split(':')[1]}:" for name in names if name]
