"""The lines about the form of a prompt."""

from dataclasses import replace

import pytest

from bot.features.continuation.details import details
from bot.render.footer import remarks
from bot.render.markdown import length
from bot.render.prompt_notes import prompt_notes
from tests.bot.features.continuation.replies import MODEL, reply

SPLIT = (
    "Tu texto trae los acentos sueltos (pasa al copiarlo de un PDF o de un Mac): lo dejo así, "
    "pero el modelo lo lee en otros tokens."
)


def notes_of(shown, *control_tokens):
    return prompt_notes(shown.request, replace(shown.completion, control_tokens=control_tokens))


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("El nin\u0303o", (SPLIT,)),
        ("El ni\u00f1o", ()),
        ("El nin\u0303o ", ("Tu texto acaba en un espacio, y eso cambia el primer token.", SPLIT)),
        ("p\u0336u\u0336", ()),
    ],
)
def test_split_accents_are_said_and_left_as_they_are(prompt, expected):
    shown = reply(" come", prompt=prompt)
    assert notes_of(shown) == expected
    assert notes_of(reply(" come", prompt=prompt, prefix=(1,))) == ()
    said = details(shown, MODEL).split("\n")
    assert [line for line in said if line.startswith("Tu texto")] == list(expected)
    assert remarks(shown, shown.completion.attempts[0])[: len(expected)] == tuple(
        f"-# {note}" for note in expected
    )


def test_tokens_that_steer_are_named():
    shown = reply(" come")
    assert notes_of(shown, "<|endoftext|>") == (
        "Tu texto lleva «\\<\\|endoftext\\|>», que el modelo no lee como texto: es una señal de "
        "control.",
    )
    (many,) = notes_of(shown, "<bos>", "<eos>", "<pad>", "<unk>", "<mask>")
    assert "«\\<pad>» y 2 más, que" in many
    assert "son señales" in many
    (long,) = notes_of(shown, *["*" * 500] * 900)
    assert length(long) < 400
