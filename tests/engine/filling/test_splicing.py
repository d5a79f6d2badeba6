"""A token reads in a gap as it would in a text."""

from __future__ import annotations

import pytest

from engine.filling.masked_text import read_gaps
from engine.filling.splicing import Splicer


def filled(loaded, text, piece):
    masked = read_gaps(loaded, text)
    splicer = Splicer(loaded, text, masked.marks)
    token = loaded.tokenizer.convert_tokens_to_ids(piece)
    return splicer.fill(dict.fromkeys(range(len(masked.marks)), token))


@pytest.mark.parametrize(
    ("text", "piece", "expected"),
    [
        ("La ___ es", "vida", "La vida es"),
        ("La ___ es", "##da", "Lada es"),
        ("Fin ___", ".", "Fin."),
        ("¿___ es?", "vida", "¿vida es?"),
        ("___ es", "##da", "da es"),
        ("dijo ___ vida", "¿", "dijo ¿ vida"),
        ("(___)", "vida", "(vida)"),
        ("La\n___ y  [MASK].", "vida", "La\nvida y  vida."),
    ],
)
def test_wordpiece(encoder, text, piece, expected):
    assert filled(encoder("bert"), text, piece) == expected


@pytest.mark.parametrize(
    ("text", "piece", "expected"),
    [
        ("La ___ es", "Ġde", "La de es"),
        ("La ___ es", "ha", "Laha es"),
        ("Fin ___", ".", "Fin."),
        ("¿<mask>?", "Ġde", "¿de?"),
        ("___ es", "ha", "ha es"),
        ("___ es", "Ġde", "de es"),
    ],
)
def test_byte_level(encoder, text, piece, expected):
    assert filled(encoder("roberta"), text, piece) == expected


def test_what_is_no_text_is_never_written(encoder):
    loaded = encoder("roberta")
    splicer = Splicer(loaded, "La ___", read_gaps(loaded, "La ___").marks)
    ids = loaded.tokenizer.convert_tokens_to_ids
    assert splicer.can_write(ids("Ġde"))
    assert not any(splicer.can_write(ids(piece)) for piece in ("<s>", "<mask>", "Ġ", "Ã", "Ċ"))
