"""A question gets one line, and a button that goes on with the beginning of an answer."""

import pytest

from bot.features.continuation.question import GENERIC, beginning, is_question
from engine.words import WordList
from tests.bot.world import labels

LINE = "-# No contesto preguntas: sigo textos. Prueba «La capital de Perú es»"
QUESTION = "¿Cuál es la capital de Perú?"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("¿Cuál es la capital de Francia?", "La capital de Francia es"),
        ("cual es la capital de francia?", "La capital de francia es"),
        ("¿Cuáles son los planetas del sistema solar?", "Los planetas del sistema solar son"),
        ("Hola. ¿Quién fue Miguel de Cervantes?", "Miguel de Cervantes fue"),
        ("¿Quién escribió el Quijote?", "Quien escribió el Quijote fue"),
        ("¿Quién vive en el bosque?", "Quien vive en el bosque es"),
        ("¿Quiénes descubrieron el radio?", "Quienes descubrieron el radio fueron"),
        ("¿Qué es un agujero negro?", "Un agujero negro es"),
        ("¿Qué significa «resiliencia»?", "«resiliencia» significa"),
        ("¿Dónde está Machu Picchu?", "Machu Picchu está en"),
        ("¿Dónde nació Gabriela Mistral?", "Gabriela Mistral nació en"),
        ("¿Cuándo empezó la guerra?", "La guerra empezó en"),
        ("¿Cómo se llama el río más largo?", "El río más largo se llama"),
        ("¿Cómo funciona un motor?", "Un motor funciona"),
        ("¿Cuánto mide la torre Eiffel?", "La torre Eiffel mide"),
        ("¿Cuántos habitantes tiene Lima?", "El número de habitantes que tiene Lima es"),
        ("¿Por qué el cielo es azul?", "El cielo es azul porque"),
        ("«¿Qué es la vida?»", "La vida es"),
        ("¿Cua\u0301l es la capital de Peru\u0301?", "La capital de Perú es"),
        ("¿Cuándo es tu cumpleaños?", "Tu cumpleaños es el"),
        ("¿Cuándo será la fiesta?", "La fiesta será el"),
        ("¿Por qué es azul el cielo?", "El cielo es azul porque"),
        ("¿Por qué son tan caros los pisos de Lima?", "Los pisos de Lima son tan caros porque"),
        ("¿Por qué no está contento tu gato?", "Tu gato no está contento porque"),
        ("¿Por qué es el cielo azul?", GENERIC),
        ("¿Por qué es mejor el perro que el gato?", GENERIC),
        ("¿Por qué es importante leer?", "Es importante leer porque"),
        ("¿Por qué no llueve?", "No llueve porque"),
        ("¿Por qué llueve?", "Llueve porque"),
        ("¿Por qué no?", GENERIC),
        ("¿Por qué yo?", GENERIC),
        ("¿Quién de vosotros es?", GENERIC),
        ("¿Quién entre todos es?", GENERIC),
        ("¿Qué tal?", GENERIC),
        ("¿Quién eres?", GENERIC),
        ("?", GENERIC),
        ("¿" + "x " * 200 + "?", GENERIC),
    ],
)
def test_common_questions_become_beginnings(question, expected):
    assert is_question(question)
    assert beginning(question) == expected


@pytest.mark.parametrize("text", ["Hola", "¿Qué? Nada.", "", "¿Quién sabe"])
def test_other_texts_are_no_questions(text):
    assert not is_question(text)


async def test_a_question_gets_one_line_and_a_button_that_does_it(room):
    first = await room.continuar(texto=QUESTION)
    assert LINE in first.response.content.split("\n")
    assert labels(first.response)[-1] == ["Probarlo"]
    await room.restart()
    second = await room.ana.click(first.response, label="Probarlo")
    (request,) = room.engine.requests
    assert (request.prompt, request.prefix_ids) == ("La capital de Perú es", ())
    assert request.seed != 7
    assert second.response.content.startswith("**La capital de Perú es**")
    assert LINE not in second.response.content
    assert second.response.id != first.response.id


async def test_only_the_first_text_after_a_question_has_it(room):
    first = await room.continuar(texto=QUESTION)
    second = await room.ana.click(first.response, label="Seguir")
    assert "No contesto preguntas" not in second.response.content
    plain = await room.continuar(texto="Había una vez")
    assert "Probarlo" not in str(labels(plain.response))


async def test_it_belongs_to_who_asked_and_keeps_to_the_word_list(room):
    first = await room.continuar(texto=QUESTION)
    refused = await room.luis.click(first.response, label="Probarlo")
    assert refused.response.content.startswith("Este texto es de Ana")
    room.bot.blocked_words, room.bot.word_list = ("Perú",), WordList(["Perú"])
    refused = await room.ana.click(first.response, label="Probarlo")
    assert refused.response.content.startswith("Ese texto lleva una palabra")


async def test_the_question_of_anothers_message_is_not_touched(room):
    message = await room.luis.send(room.channel, QUESTION)
    shown = await room.ana.context_menu(room.channel, "Continuar este mensaje", message)
    assert "No contesto preguntas" not in shown.response.content
