"""The picture of `/tokens`: every piece as it reads, in one of two colours."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.tokens.chart import MOST_LINES, Chip, TokensChart, _lay, chips, tokens_chart
from bot.render.sheet import MARGIN, PHONE_WIDTH
from engine.explain import Tokenization, TokenPiece, TokensRequest
from tests.bot.scripted import cut


def piece(text, **facts):
    return TokenPiece(token_id=1, piece=text, data_hex=text.encode().hex(), text=text, **facts)


def cut_into(text, *pieces, is_exact=False):
    return Tokenization(
        model="m", text=text, tokens=pieces, vocab_size=9, n_positions=None, is_exact=is_exact
    )


def test_a_space_is_part_of_its_piece_and_other_blanks_are_shown():
    found = cut(TokensRequest(text="La vida\nes", model="guion"))
    assert chips(found) == (
        Chip(label="La"),
        Chip(label="vida⏎es", before=1, ends_line=True),
    )
    assert chips(cut_into("  ", piece("  "), is_exact=True)) == (Chip(label="␣␣"),)


def test_spaces_that_are_in_no_piece_are_gaps():
    found = cut_into("el pi ña", piece("el"), piece("pi"), piece("ña"))
    assert [(chip.label, chip.gap) for chip in chips(found)] == [
        ("el", False),
        ("pi", True),
        ("ña", True),
    ]


def test_what_is_added_and_what_is_unknown_look_different():
    start = TokenPiece(token_id=0, piece="[CLS]", data_hex="", text="[CLS]", is_special=True)
    found = cut_into("el 🦄", start, piece("el"), piece("🦄", is_unknown=True))
    assert [chip.look for chip in chips(found)] == ["added", "piece", "unknown"]


@settings(max_examples=25)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=80))
def test_every_piece_stands_inside_the_sheet_or_is_counted(labels):
    parts = tuple(Chip(label=label) for label in labels)
    placed, left = _lay(parts)
    assert len(placed) + left == len(parts)
    for one in placed:
        assert one.x >= MARGIN
        assert one.x + one.width <= PHONE_WIDTH - MARGIN + 0.01
        assert one.line < MOST_LINES


def test_a_long_text_is_cut_with_an_honest_count(drawn):
    found = cut(TokensRequest(text="La vida es sueño. " * 60, model="guion"))
    parts = (("guion · 240 tokens", chips(found)), ("otro", chips(found)))
    png = drawn(lambda: tokens_chart(TokensChart(parts=parts)))
    assert png.startswith(b"\x89PNG")
    assert len(png) < 100_000
