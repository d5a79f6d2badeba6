"""The text of a continuation: its wording, its limits, and what stays inert in it."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.continuation.details import details, ranked
from bot.features.continuation.words import failed_text, running_text, screen, waiting_text
from bot.render.frame import Frame
from bot.render.markdown import CONTENT_LIMIT, escape, length
from engine import DecodingParams, Progress
from tests.bot.features.continuation.replies import MODEL, attempt, reply

HOSTILE = st.text(
    st.sampled_from("@everyone@here<>#&1:/.`*_~|[]()-\\ \n>…🦄ñ雪👩‍👩‍👧ab\u202e\u200d")
    | st.characters(),
    max_size=9000,
)
PROMPTS = HOSTILE.map(lambda text: text.encode(errors="ignore").decode()).filter(str.strip)
PARAMS = DecodingParams(max_new_tokens=60)
TEN_TRIES = DecodingParams(strategy="sample", max_new_tokens=60, attempts=10)


def shown(stored, index=None, notes=()):
    frame = Frame.of_prompt(stored.request.prompt, notes, is_kept=stored.is_prompt_kept)
    return screen(stored, frame, index, MODEL)


def plain(text):
    return text.replace("\u00a0", " ")


def test_the_first_screen_word_by_word():
    stored = reply(" que vivía solo en los Andes y cada mañana bajaba al lago a beber.")
    assert plain(shown(stored).content) == (
        "**Había una vez un unicornio** que vivía solo en los Andes y cada mañana bajaba al lago a "
        "beber.\n"
        "-# Inventado por gemma-3-270m (Q4\\_K\\_M) · muestreo, T 0,8, top-p 0,9 · semilla 7"
    )


@pytest.mark.parametrize(
    ("position", "wait_s", "line"),
    [
        (3, 7.2, "-# En la cola: 3.º, unos 8 s"),
        (1, None, "-# En la cola: 1.º"),
        (1, 0.0, "-# Empiezo ya…"),
        (1, 12.0, "-# En la cola: 1.º, unos 12 s"),
        (2, 0.0, "-# En la cola: 2.º, unos 1 s"),
        (4, 95, "-# En la cola: 4.º, unos 1 min 35 s"),
    ],
)
def test_waiting(position, wait_s, line):
    text = waiting_text(Frame.of_prompt("Hola"), position, wait_s)
    assert plain(text) == f"**Hola**\n{line}"


def test_a_text_that_is_written_unseen_says_so():
    text = waiting_text(Frame.of_prompt("Hola"), 0, None)
    assert text.startswith("**Hola**\n-# Escribiendo: lo verás entero al acabar")


@pytest.mark.parametrize(
    ("progress", "params", "text"),
    [
        (Progress(attempt=0, text=" mundo", tokens=24), PARAMS, " mundo ▌\n-# 24 de 60 tokens"),
        (
            Progress(attempt=0, text=" mundo", tokens=63),
            PARAMS,
            " mundo ▌\n-# 63 tokens: acabo la frase",
        ),
        (
            Progress(attempt=2, text=" mundo", tokens=15),
            TEN_TRIES,
            " ▌\n-# 10 textos a la vez · 15 de 60",
        ),
        (
            Progress(attempt=2, text=" mundo", tokens=63),
            TEN_TRIES,
            " ▌\n-# 10 textos a la vez · acabo las frases",
        ),
    ],
)
def test_running(progress, params, text):
    assert running_text(Frame.of_prompt("Hola"), progress, params) == f"**Hola**{text}"


@pytest.mark.parametrize(
    ("prompt", "text", "shown_text"),
    [
        ("Hola", " que tal", "**Hola** que tal"),
        ("los caballo", "s blancos", "**los caballo**s blancos"),
        ("Hola", ". Eran", "**Hola**. Eran"),
        ("Hola ", "mundo", "**Hola** mundo"),
        ("Hola", "\n\nEra blanco", "**Hola**\n\nEra blanco"),
        ("Hola", "\n# No es título", "**Hola**\n\\# No es título"),
        ("Uno\nDos\n", "Tres", "**Uno**\n**Dos**\nTres"),
        ("a**", "b", "**a\\***\\*b"),
        ("Me dijo (", "que sí", "**Me dijo** (que sí"),
    ],
)
def test_the_glue_between_both_is_as_it_is(prompt, text, shown_text):
    stored = reply(text, prompt=prompt)
    assert shown(stored).content.rpartition("\n-# ")[0] == shown_text
    progress = Progress(attempt=0, text=text, tokens=4)
    running = running_text(Frame.of_prompt(prompt), progress, PARAMS)
    assert running.rpartition("\n-# ")[0] == f"{shown_text} ▌"


def test_what_a_model_wrote_before_is_not_in_bold():
    frame = Frame(prompt="Hola", prefix=" mundo")
    content = screen(reply(" cruel."), frame, None, MODEL).content
    assert content.startswith("**Hola** mundo cruel.\n-# ")


def test_only_beam_search_has_a_score_of_its_own():
    beam = DecodingParams(strategy="beam", num_beams=5)
    one = attempt(" x", score=-2.0)
    assert " · puntuación −2,00 · " in details(reply(one, params=beam), MODEL)
    assert "puntuación" not in details(reply(one), MODEL)


@pytest.mark.parametrize(
    ("stored", "line"),
    [
        (reply(" x", truncated_tokens=12345), "le quité los 12\u202f345 primeros tokens."),
        (reply(attempt(" x", finish_reason="cancelled")), " · semilla 7 · detenido"),
        (reply(attempt(" x", finish_reason="deadline")), " · semilla 7 · cortado por tiempo"),
        (
            reply(attempt(" x", finish_reason="no_token_left")),
            " · semilla 7 · los ajustes no dejaron más",
        ),
        (reply(attempt(" x", finish_reason="stop")), " · semilla 7 · cortado por un fallo"),
        (reply(attempt("", finish_reason="eos")), "\n-# (El modelo no añadió nada.)\n"),
    ],
)
def test_what_the_small_lines_say(stored, line):
    assert line in shown(stored).content


@pytest.mark.parametrize(
    "stored",
    [
        reply(" x", prompt="Hola "),
        reply(" x", is_prompt_kept=False),
        reply(attempt(" x", finish_reason="eos")),
        reply(attempt(" x", finish_reason="sentence")),
        reply(attempt(" x", finish_reason="stop"), stop=("FIN",)),
        reply(attempt(" x", token_ids=(1, 2, 3) * 9)),
    ],
)
def test_one_small_line_is_enough(stored):
    small = [line for line in shown(stored).content.split("\n") if line.startswith("-# ")]
    assert [line.split(" · ")[0] for line in small] == [f"-# Inventado por {MODEL}"]


@pytest.mark.parametrize(
    ("stored", "line"),
    [
        (reply(" x", prompt="Hola "), "Tu texto acaba en un espacio, y eso cambia el primer"),
        (reply(" x", is_prompt_kept=False), "El mensaje original no se guarda"),
        (reply(attempt(" x", finish_reason="eos")), "El modelo dio el texto por terminado."),
        (reply(attempt(" x", finish_reason="cancelled")), "Detenido: se queda lo escrito"),
        (reply(attempt(" x", finish_reason="sentence")), " · acabó la frase"),
        (
            reply(attempt(" x", finish_reason="stop"), stop=("FIN",)),
            "\nSe paró en un texto de fin.",
        ),
        (reply(attempt(" x", token_ids=(1, 2, 3) * 9)), "\n↻ Se repite desde el token 4."),
        (reply(attempt(" x", token_ids=(1, 2, 3) * 9)), " · repetición del 88 % · "),
        (
            reply(attempt(" x", token_ids=(*range(400), 0, 1, 2, 3))),
            " · repetición de menos del 1 % · ",
        ),
        (reply(attempt(" x", token_ids=(1,))), "**1.** 1 token · "),
        (reply(" x", revision=None), "Q4\\_K\\_M) · exacto"),
        (reply(" x", precision="fast"), "Q4\\_K\\_M) @a5fd3b62 · rápido · "),
        (reply(" x", precision="bfloat16"), " · precisión bfloat16 · "),
        (
            reply(" x", params=DecodingParams(sentence_end_tokens=24)),
            " · 64 tokens como mucho, y hasta 24 más para acabar la frase · ",
        ),
    ],
)
def test_what_the_details_say(stored, line):
    assert line in plain(details(stored, MODEL))


def test_a_branch_from_ids_does_not_blame_the_space():
    assert "espacio" not in details(reply(" x", prompt="Hola ", prefix=(1, 2)), MODEL)


def test_notes_come_last_and_are_read_back():
    notes = ("En greedy la temperatura no cuenta; la he ignorado.",)
    stored = reply(" x")
    content = shown(stored, notes=notes).content
    assert content.endswith(f"\n-# · {notes[0]}")
    assert Frame.of_reply(stored, content) == Frame.of_prompt("Había una vez un unicornio", notes)


@pytest.mark.parametrize(
    ("content", "prompt"),
    [
        ("**Hola**\n\n**mundo\\*\\*** cruel\n-# Inventado", "Hola\n\nmundo**"),
        ("> Hola\n> mundo\\*\n\n…cruel\n-# Texto inventado", "Hola\nmundo*"),
        ("sin nada\n-# Inventado", ""),
    ],
)
def test_words_that_are_not_stored_are_read_from_their_message(content, prompt):
    assert Frame.of_reply(reply(" x", is_prompt_kept=False), content).prompt == prompt


def test_tries_are_pages():
    stored = reply(" uno", " dos", " tres")
    pages = [shown(stored, index) for index in range(3)]
    assert [page.label for page in pages] == ["1 de 3", "2 de 3", "3 de 3"]
    assert [page.content.split("\n")[0].split()[-1] for page in pages] == ["uno", "dos", "tres"]
    assert shown(stored, 99).index == 2


def test_a_long_text_is_paged_and_nothing_is_lost():
    words = [f"palabra{n}" for n in range(400)]
    stored = reply(" " + " ".join(words))
    first = shown(stored)
    assert first.count > 1
    assert first.label == f"parte 1 de {first.count}"
    pages = [shown(stored, index).content for index in range(first.count)]
    assert re.findall(r"palabra\d+", " ".join(pages)) == words


def test_a_long_beginning_has_pages_of_its_own_and_the_reader_starts_at_the_news():
    stored = reply(" y ahora esto.", prompt="antes " * 500 + "fin")
    opened = shown(stored)
    assert (opened.index, opened.count) == (2, 3)
    assert opened.content.startswith("**antes ")
    assert " fin** y ahora esto.\n-# " in opened.content
    assert shown(stored, 0).content.startswith("**antes ")


def test_a_very_long_text_goes_in_a_file():
    text = " " + "palabra " * 2000
    page = shown(reply(text))
    assert page.count == 1
    assert page.file_text == "Había una vez un unicornio" + text
    assert "-# El texto no cabe aquí: va entero en el fichero." in page.content


@pytest.mark.parametrize(
    ("characters", "kept", "most"),
    [(18_000, None, 10_000), (18_000, 3, 10_000), (1200, 3, 20_000), (1200, None, 110_000)],
)
def test_only_what_is_shown_is_written_however_long_the_tries_are(
    monkeypatch, characters, kept, most
):
    text = ("palabra rara, otra cosa. " * 900)[:characters]
    stored = replace(reply(*[text] * 10, prompt="Había una vez " * 280), kept=kept)
    written = []
    monkeypatch.setattr(
        "bot.render.paragraph.escape", lambda t: written.append(len(t)) or escape(t)
    )
    shown(stored)
    assert sum(written) < most


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
    text = plain(details(reply(" x"), MODEL))
    for fact in ("@a5fd3b62", "exacto", "cpu", "semilla 7", "60 tokens", "7 tokens", "30 tokens/s"):
        assert fact in text


@pytest.mark.parametrize(
    ("stop", "name"), [(("FIN",), " · texto de fin\n"), ((), " · se cortó por un fallo\n")]
)
def test_details_tell_a_stop_text_from_a_fault(stop, name):
    assert name in details(reply(attempt(" x", finish_reason="stop"), stop=stop), MODEL)


def is_inert(content):
    """No live mention, and no line of ours is imitated."""
    return not re.search(r"@everyone|@here|<@!?&?\d|<#\d", content)


@settings(max_examples=60, deadline=None)
@given(prompt=PROMPTS, text=HOSTILE, other=HOSTILE, is_kept=st.booleans())
def test_no_text_breaks_a_finished_message(prompt, text, other, is_kept):
    if not is_kept:
        # A sign or a space at the very end is not read back.
        prompt += "a"
    stored = reply(text, other, prompt=prompt, is_prompt_kept=is_kept)
    notes = ("Nota " * 40,) * 3
    pages = [shown(stored, index, notes) for index in range(shown(stored).count)]
    for index, page in enumerate(pages):
        assert length(page.content) <= CONTENT_LIMIT
        assert is_inert(page.content)
        frame = Frame.of_reply(stored, page.content)
        assert frame.notes == Frame.of_prompt(prompt, notes).notes
        assert screen(stored, frame, index, MODEL).content == page.content
        small = [line for line in page.content.split("\n") if line.startswith("-# ")]
        assert small[0].startswith(("-# Inventado", "-# El texto no cabe", "-# (El modelo no"))


@settings(max_examples=60, deadline=None)
@given(prompt=PROMPTS, text=HOSTILE)
def test_no_text_breaks_an_unfinished_message(prompt, text):
    frame = Frame.of_prompt(prompt)
    content = running_text(frame, Progress(attempt=0, text=text, tokens=5), PARAMS)
    for shown_text in (content, waiting_text(frame, 3, 8.0), failed_text(frame, "No.")):
        assert length(shown_text) <= CONTENT_LIMIT
        assert is_inert(shown_text)
    assert content.split("\n")[-1] == "-# 5 de 60 tokens"
