"""From a text that was made of another at that one: words, picture, page, menu."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.explorer.inside.attention_chart import MOST_TOKENS, attention_chart
from bot.features.explorer.inside.cross import (
    Written,
    cross_alt,
    cross_chart_of,
    cross_sentences,
    cross_view,
)
from engine.explain import Attention, AttentionMap

END = 1
SOURCE = ("la", " can", "cion", " que", " mas", "</s>")
TARGET = ("La", " can", "ción", " que", " más", ".", "</s>")
LOOKS = (0, 1, 2, 3, 4, 5, 5)


def answer(source=SOURCE, looks=LOOKS, share=0.9, layers=2):
    """Return maps whose rows look at one column each, the rest of the weight spread evenly."""
    count = len(source)
    rest = (1 - share) / max(count - 1, 1)
    rows = tuple(tuple(share if j == look else rest for j in range(count)) for look in looks)
    return Attention(
        token_ids=(0, *range(10, 9 + len(looks))),
        tokens=("<pad>", *TARGET[: len(looks) - 1]),
        layers=layers,
        heads=4,
        maps=tuple(AttentionMap(layer=i, head=None, weights=rows) for i in range(layers)),
        part="cross",
        column_ids=(*range(20, 19 + count), END),
        column_tokens=source,
    )


def written(tokens=TARGET, here=2):
    ids = (*range(10, 9 + len(tokens)), END)
    return Written(token_ids=ids, tokens=tokens, here=here, ends={END})


VIEW = cross_view(answer(), 1, written())


def test_pieces_are_summed_up_as_words_and_every_row_is_whole():
    assert VIEW.rows == ("La", "canción", "que", "más", ".", "fin")
    assert VIEW.columns == ("la", "cancion", "que", "mas", "fin")
    assert VIEW.rows[VIEW.here] == "canción"
    for row in VIEW.weights:
        assert sum(row) == pytest.approx(1)
    # Each of its two pieces looks at one of the two: 0.9 and the share of the other.
    assert VIEW.weights[1][1] == pytest.approx(0.92)


def test_the_sentence_says_where_the_word_looked_and_that_it_goes_in_order():
    said = cross_sentences(VIEW)
    assert (
        "Con la media de las cabezas de la capa 2, al escribir «canción» miró sobre todo a " in said
    )
    assert "«cancion» (92\u00a0%)." in said
    assert "**diagonal**" in said
    assert "resto" not in said


def test_a_text_in_another_order_is_not_called_a_diagonal():
    view = cross_view(answer(looks=(3, 1, 0, 4, 2, 5, 0)), 0, written())
    assert "diagonal" not in cross_sentences(view)
    spread = cross_view(answer(share=0.2), 0, written())
    assert "diagonal" not in cross_sentences(spread)


def test_the_picture_has_a_row_a_word_and_no_future():
    chart = cross_chart_of(VIEW)
    assert (chart.tokens, chart.heads) == (VIEW.rows, VIEW.columns)
    assert not chart.is_masked
    assert chart.marked == 1
    assert attention_chart(chart).startswith(b"\x89PNG")
    assert "«canción» a «cancion» 92\u00a0%" in cross_alt(chart)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_of_long_texts_a_part_is_shown_with_the_word(rows, columns, data):
    here = data.draw(st.integers(0, rows - 1))
    looks = data.draw(st.lists(st.integers(0, columns - 1), min_size=rows, max_size=rows))
    source = tuple(f" s{i}" for i in range(columns))
    target = tuple(f" t{i}" for i in range(rows))
    asked = replace(
        answer(source, looks, 0.9 if columns > 1 else 1.0), tokens=("<pad>", *target[:-1])
    )
    given_tokens = Written(
        token_ids=tuple(range(100, 100 + rows)), tokens=target, here=here, ends={END}
    )
    view = cross_view(asked, 0, given_tokens)
    chart = cross_chart_of(view)
    assert len(chart.tokens) == min(rows, MOST_TOKENS)
    assert chart.tokens[chart.marked] == f"t{here}"
    for row in chart.rows:
        assert len(row) == len(chart.heads) <= MOST_TOKENS + 1
        assert sum(row) == pytest.approx(1)
    assert ("resto" in chart.heads) is (columns > MOST_TOKENS)
