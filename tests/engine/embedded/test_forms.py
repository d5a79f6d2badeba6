import random

from engine.embedded.forms import LONGEST_TALK, everyday, letters, sentences, talks, turns

TURNS = [f"—¿Qué hora es, {n}? —preguntó." for n in range(7)]


def test_a_talk_is_a_run_of_short_turns():
    novel = "\n".join(["Era de noche.", *TURNS, "Nadie contestó.", *TURNS[:3], "Amaneció."])
    assert list(talks(novel)) == ["\n".join(TURNS)]
    speech = "—" + "Señores, " * 60
    assert list(talks("\n".join([*TURNS[:4], speech, *TURNS[4:]]))) == []


def test_a_long_talk_is_cut():
    lines = [f"—Número {n}." for n in range(LONGEST_TALK + 8)]
    first, second = talks("\n".join(lines))
    assert first.splitlines() + second.splitlines() == lines


def test_each_speaker_of_a_play_has_a_line():
    assert turns("—¿Vienes? —Voy. —Pues anda.\n—Ya estoy.").splitlines() == [
        "—¿Vienes?",
        "—Voy.",
        "—Pues anda.",
        "—Ya estoy.",
    ]


def test_a_letter_begins_with_a_salutation_and_ends_before_somebody_talks():
    novel = "Abrió el sobre.\n«Querida hermana: Llego el lunes.\nTu Juan.»\n—¡Por fin! —dijo."
    assert list(letters(novel)) == ["Querida hermana: Llego el lunes.\nTu Juan."]
    two = "Muy señor mío: No iré.\nQuerido amigo: Yo sí."
    assert list(letters(two)) == two.splitlines()
    assert list(letters("Querida por todos, murió joven.\nNo dejó nada.")) == []


def test_a_list_of_sentences_has_one_a_line():
    listed = [
        "¿Vienes?",
        "Hoy no puedo.",
        "El tren sale tarde.",
        "¡Qué frío!",
        "Ya.",
        "No.",
        "Eso.",
    ]
    assert sentences(" ".join(listed)).splitlines() == listed
    assert sentences(" ".join(listed) + "\nOtro párrafo.") == ""
    assert sentences("Esta frase es larga, porque cuenta algo que no cabe en pocas. " * 9) == ""


def test_a_few_are_typed_without_capitals_or_opening_marks():
    draw = random.Random(0)
    plays = [" ".join(f"—¿Es Él {draw.random()}?" for _ in range(6)) for _ in range(400)]
    texts = list(everyday([], [], plays))
    lower = [text for text in texts if text == text.lower()]
    assert len(texts) == 400
    assert 0.01 < len(lower) / len(texts) < 0.1
    assert all("es él" in text and not set(text) & set("¿—") for text in lower)
    joined = [text for text in texts if "\n" not in text]
    assert 0.2 < len(joined) / len(texts) < 0.4
    assert texts == list(everyday([], [], plays))
