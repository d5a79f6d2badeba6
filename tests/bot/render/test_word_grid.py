"""Attention between words, out of attention between tokens."""

import pytest

from bot.render.sheet import PHONE_SMALL, text_width
from bot.render.word_grid import grid_of
from bot.render.word_grid_chart import AXIS_ROOM
from bot.texts import word_grid as texts
from engine.explain import Attention, AttentionMap


def attention(tokens, *weights, part="encoder", columns=()):
    maps = tuple(
        AttentionMap(layer=n, head=None, weights=tuple(map(tuple, w)))
        for n, w in enumerate(weights)
    )
    return Attention(
        token_ids=tuple(range(len(tokens))),
        tokens=tokens,
        layers=len(maps),
        heads=1,
        maps=maps,
        part=part,
        column_ids=tuple(range(len(columns))),
        column_tokens=columns,
    )


def test_pieces_are_added_as_columns_and_averaged_as_rows_and_marks_are_left_out():
    tokens = ("[CLS]", "El", " uni", "cornio", "[SEP]")
    first = [
        (1.0, 0.0, 0.0, 0.0, 0.0),
        (0.2, 0.2, 0.3, 0.1, 0.2),
        (0.0, 0.5, 0.25, 0.25, 0.0),
        (0.5, 0.1, 0.2, 0.2, 0.0),
        (0.0, 0.0, 0.0, 0.0, 1.0),
    ]
    second = [(0.2,) * 5] * 5
    grid = grid_of(attention(tokens, first, second), ("El", "unicornio."))
    assert grid.rows == grid.columns == ("El", "unicornio.")
    wanted = ((0.2, 0.4), (0.25, 0.425))
    for row, there in zip(grid.weights, wanted, strict=True):
        assert row == pytest.approx(there)
    assert grid.share_ahead == pytest.approx(0.4 / (0.2 + 0.4 + 0.25 + 0.425))
    assert not grid.is_masked
    assert (grid.squares_ahead, grid.zeros_ahead) == (20, 6)


def test_a_mask_is_read_from_the_weights_and_not_from_the_family():
    masked = [(1.0, 0.0), (0.5, 0.5)]
    leaking = [(0.9999999, 1e-7), (0.5, 0.5)]
    for part in ("decoder", "encoder"):
        assert grid_of(attention(("El", " gato"), masked, part=part), ("El", "gato")).is_masked
        assert not grid_of(attention(("El", " gato"), leaking, part=part), ("El", "gato")).is_masked


def test_crossed_rows_are_what_was_written():
    columns = ("El", " gato", "</s>")
    weights = [(0.5, 0.4, 0.1), (0.1, 0.8, 0.1), (0.0, 0.0, 1.0)]
    found = attention(("The", " cat", "</s>"), weights, part="cross", columns=columns)
    grid = grid_of(found, ("El", "gato"))
    assert (grid.rows, grid.columns) == (("The", "cat"), ("El", "gato"))
    assert grid.weights == ((0.5, 0.4), (0.1, 0.8))
    assert not grid.is_masked
    assert not grid.is_one_text


def test_words_that_a_model_reads_otherwise_are_named_as_it_reads_them():
    tokens = ("el", " gato", " .")
    grid = grid_of(attention(tokens, [(0.4, 0.3, 0.3)] * 3), ("El", "gato."))
    assert grid.rows == ("el", "gato", ".")
    broken = grid_of(attention(("a⟨C3⟩", "⟨B1⟩o"), [(0.5, 0.5)] * 2), ("otro", "texto"))
    assert broken.rows == ("año",)


def test_a_target_of_nothing_has_no_rows():
    grid = grid_of(attention(("</s>",), [(1.0,)], part="cross", columns=("El",)), ("El",))
    assert grid.rows == grid.weights == ()
    assert grid.share_ahead == 0.0


def test_no_name_of_a_side_is_cut():
    names = texts.READS, texts.WRITTEN, texts.LOOKS, texts.LOOKED_AT
    assert max(text_width(name, PHONE_SMALL) for name in names) <= AXIS_ROOM
