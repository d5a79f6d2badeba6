"""The text of a continuation: its wording, its limits, and what stays inert in it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.continuation.details import details, ranked
from bot.features.continuation.words import Frame, failed_text, running_text, screen, waiting_text
from bot.render.markdown import CONTENT_LIMIT, length
from engine import DecodingParams, Progress
from tests.bot.features.continuation.replies import MODEL, attempt, reply

HOSTILE = st.text(
    st.sampled_from("@everyone@here<>#&1:/.`*_~|[]()-\\ \n>…🦄ñ雪👩‍👩‍👧ab\u202e\u200d")
    | st.characters(),
    max_size=9000,
)

PROMPTS = HOSTILE.map(lambda text: text.encode(errors="ignore").decode()).filter(str.strip)


def shown(stored, index=0, notes=()):
    return screen(stored, Frame.of_prompt(stored.request.prompt, notes), index, MODEL)


def lines_of(stored, **options):
    return shown(stored, **options).content.replace("\u00a0", " ").split("\n")


def test_the_first_screen_word_by_word():
    assert lines_of(
        reply(" que vivía solo en los Andes y cada mañana bajaba al lago a beber.")
    ) == [
        "> Había una vez un unicornio",
        "",
        "…que vivía solo en los Andes y cada mañana bajaba al lago a beber.",
        "-# Texto inventado por un modelo · muestreo, T 0,8, top-p 0,9 · 60 tokens, 2,1 s"
        " · log-prob −142,3",
        "-# gemma-3-270m (Q4\\_K\\_M) @a5fd3b62 · exacto · semilla 7",
    ]


@pytest.mark.parametrize(
    ("position", "wait_s", "line"),
    [
        (3, 7.2, "-# En la cola: 3.º, unos 8 s"),
        (1, None, "-# En la cola: 1.º"),
        (2, 0.0, "-# En la cola: 2.º, unos 1 s"),
        (4, 95, "-# En la cola: 4.º, unos 1 min 35 s"),
    ],
)
def test_waiting(position, wait_s, line):
    text = waiting_text(Frame.of_prompt("Hola"), position, wait_s)
    assert text.replace("\u00a0", " ") == f"> Hola\n\n{line}"


def test_a_text_that_is_written_unseen_says_so():
    text = waiting_text(Frame.of_prompt("Hola"), 0, None)
    assert text.startswith("> Hola\n\n-# Escribiendo: lo verás entero al acabar")


def test_running():
    frame = Frame.of_prompt("Hola")
    progress = Progress(attempt=0, text=" mundo", tokens=24)
    assert running_text(frame, progress, 60, 1) == "> Hola\n\n…mundo ▌\n-# 24 de 60 tokens"
    third = Progress(attempt=2, text="", tokens=1)
    assert running_text(frame, third, 60, 10) == "> Hola\n\n▌\n-# Intento 3 de 10 · 1 de 60 tokens"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (" que vivía", "…que vivía"),
        ("s blancos", "…s blancos"),
        (". Eran blancos", ". Eran blancos"),
        ("» y se fue", "» y se fue"),
        ("\n\nEra blanco", "Era blanco"),
        ("\n# No es título", "\\# No es título"),
    ],
)
def test_a_text_goes_on_with_the_prompt_line_or_begins_its_own(text, line):
    progress = Progress(attempt=0, text=text, tokens=4)
    assert lines_of(reply(text))[2] == line
    assert running_text(Frame.of_prompt("Hola"), progress, 60, 1).split("\n")[2] == f"{line} ▌"


def test_only_beam_search_has_a_score_of_its_own():
    beam = DecodingParams(strategy="beam", num_beams=5)
    one = attempt(" x", score=-2.0)
    assert " · puntuación −2,00 · " in details(reply(one, params=beam), MODEL)
    assert "puntuación" not in details(reply(one), MODEL)


def test_a_long_prompt_shows_its_end():
    head = Frame.of_prompt("palabra " * 100 + "fin").head
    assert head.startswith("> […] ")
    assert head.endswith("palabra fin")
    assert length(head) <= 302


def test_every_line_of_the_prompt_is_quoted():
    assert Frame.of_prompt("a\n\nb").head == "> a\n> \n> b"


@pytest.mark.parametrize(
    ("stored", "line"),
    [
        (reply(" x", truncated_tokens=12345), "le quité los 12\u202f345 primeros tokens."),
        (reply(" x", prompt="Hola "), "-# Tu texto acaba en un espacio, y eso cambia el primer"),
        (reply(" x", is_prompt_kept=False), "-# El mensaje original no se guarda"),
        (reply(attempt(" x", finish_reason="cancelled")), "-# Detenido: se queda lo escrito"),
        (reply(attempt(" x", finish_reason="deadline")), "-# Se acabó el tiempo"),
        (reply(attempt(" x", finish_reason="no_token_left")), "-# Los ajustes no dejaron más"),
        (reply(attempt(" x", finish_reason="eos")), "-# El modelo dio el texto por terminado."),
        (
            reply(attempt(" x", finish_reason="stop"), stop=("FIN",)),
            "-# Se paró en un texto de fin.",
        ),
        (reply(attempt(" x", finish_reason="stop")), "-# Se cortó por un fallo: se queda"),
        (reply(attempt("", finish_reason="eos")), "\n(El modelo no añadió nada.)\n"),
        (reply(attempt(" x", token_ids=(1,))), " · 1 token, "),
        (reply(" x", revision=None), "Q4\\_K\\_M) · exacto"),
        (reply(" x", precision="fast"), "Q4\\_K\\_M) @a5fd3b62 · rápido · "),
        (reply(" x", precision="bfloat16"), " · precisión bfloat16 · "),
        (reply(" x", " y"), " · 60 tokens, 2 intentos en 2,1\u00a0s · "),
    ],
)
def test_what_the_small_lines_say(stored, line):
    assert line in shown(stored).content


def test_a_branch_from_ids_does_not_blame_the_space():
    assert "espacio" not in shown(reply(" x", prompt="Hola ", prefix=(1, 2))).content


def test_notes_come_last_and_are_read_back():
    notes = ("En greedy la temperatura no cuenta; la he ignorado.",)
    content = shown(reply(" x"), notes=notes).content
    assert content.endswith(f"\n-# · {notes[0]}")
    assert Frame.of_message(content) == Frame.of_prompt("Había una vez un unicornio", notes)


def test_tries_are_pages():
    stored = reply(" uno", " dos", " tres")
    pages = [shown(stored, index) for index in range(3)]
    assert [page.label for page in pages] == ["1 de 3", "2 de 3", "3 de 3"]
    assert [page.content.split("\n")[2] for page in pages] == ["…uno", "…dos", "…tres"]
    assert shown(stored, 99).index == 2


def test_a_long_text_is_paged_and_nothing_is_lost():
    words = [f"palabra{n}" for n in range(400)]
    stored = reply(" " + " ".join(words))
    first = shown(stored)
    assert first.count > 1
    assert first.label == f"parte 1 de {first.count}"
    pages = [shown(stored, index).content for index in range(first.count)]
    assert re.findall(r"palabra\d+", " ".join(pages)) == words


def test_a_very_long_text_goes_in_a_file():
    text = " " + "palabra " * 2000
    page = shown(reply(text))
    assert page.count == 1
    assert page.file_text == text
    assert "-# El texto no cabe aquí: va entero en el fichero." in page.content


def test_the_ranking_is_by_log_prob_per_token():
    stored = reply(
        attempt(" malo", logprob=-300.0),
        attempt(" bueno", logprob=-60.0),
        attempt(" corto", logprob=-50.0, token_ids=(1, 2)),
    )
    lines = ranked(stored).split("\n")
    assert lines[1:3] == ["**1.º · intento 2** · −1,00 por token", "bueno"]
    assert [line.split("**")[1] for line in lines[3::2]] == ["2.º · intento 1", "3.º · intento 3"]


def test_details_name_everything_needed_to_replay():
    text = details(reply(" x"), MODEL).replace("\u00a0", " ")
    for fact in ("@a5fd3b62", "exacto", "cpu", "semilla 7", "60 tokens", "7 tokens", "30 tokens/s"):
        assert fact in text


@pytest.mark.parametrize(
    ("stop", "name"), [(("FIN",), " · texto de fin"), ((), " · se cortó por un fallo")]
)
def test_details_tell_a_stop_text_from_a_fault(stop, name):
    assert details(reply(attempt(" x", finish_reason="stop"), stop=stop), MODEL).endswith(name)


def is_inert(content):
    """No live mention, and no line of ours is imitated."""
    return not re.search(r"@everyone|@here|<@!?&?\d|<#\d", content)


@settings(max_examples=60, deadline=None)
@given(prompt=PROMPTS, text=HOSTILE, other=HOSTILE)
def test_no_text_breaks_a_finished_message(prompt, text, other):
    stored = reply(text, other, prompt=prompt)
    for index in range(shown(stored).count):
        page = shown(stored, index, notes=("Nota " * 40,) * 3)
        assert length(page.content) <= CONTENT_LIMIT
        assert is_inert(page.content)
        frame = Frame.of_prompt(prompt, ("Nota " * 40,) * 3)
        assert Frame.of_message(page.content) == frame
        small = [line for line in page.content.split("\n") if line.startswith("-# ")]
        assert small[0].startswith(("-# Texto inventado", "-# El texto no cabe"))


@settings(max_examples=60, deadline=None)
@given(prompt=PROMPTS, text=HOSTILE)
def test_no_text_breaks_an_unfinished_message(prompt, text):
    frame = Frame.of_prompt(prompt)
    content = running_text(frame, Progress(attempt=0, text=text, tokens=5), 60, 1)
    for shown_text in (content, waiting_text(frame, 3, 8.0), failed_text(frame, "No.")):
        assert length(shown_text) <= CONTENT_LIMIT
        assert is_inert(shown_text)
    assert content.split("\n")[-1] == "-# 5 de 60 tokens"
