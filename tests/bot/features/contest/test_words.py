import pytest

from bot.features.contest import words
from bot.render.markdown import CONTENT_LIMIT, fits
from bot.render.tables import width
from engine import Attempt


def attempt(text, *, logprob=-1.0, tokens=4):
    return Attempt(
        token_ids=tuple(range(tokens)),
        text=text,
        logprob=logprob,
        score=logprob,
        finish_reason="length",
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" que vivía en los Andes", "**3.** que vivía en los Andes"),
        ("\n\nEra\n\tuna vez", "**3.** Era una vez"),
        (" que se produjo en la Tierra. Después", "**3.** que se produjo en la Tierra…"),
        (" " + "a" * 90, "**3.** " + "a" * 32 + "…"),
        ("", "**3.** (nada)"),
        ("  \n ", "**3.** (nada)"),
        (
            " # título **negrita** @everyone",
            "**3.** \\# título \\*\\*negrita\\*\\* @\u200beveryone",
        ),
        (" ```py\nx = 1\n```", r"**3.** \`\`\`py x = 1 \`\`\`"),
        (" a\u202eb", "**3.** a⟨U+202E⟩b"),
        (" مرحبا", "**3.** \u2068مرحبا\u2069"),
    ],
)
def test_a_card_is_one_line_that_says_what_the_try_begins_with(text, shown):
    assert words.card(3, attempt(text), 0) == shown


def test_votes_stand_by_the_number_and_leave_the_words_less_room():
    text = " que vivía en los valles remotos de los Andes"
    assert words.card(10, attempt(text), 1) == "**10 · 1 voto.** que vivía en los…"
    assert words.card(10, attempt(text), 12) == "**10 · 12 votos.** que vivía en los…"
    for votes in (0, 1, 12, 250):
        assert width(words.card(10, attempt(text), votes).replace("*", "")) <= words.CARD_COLUMNS


@pytest.mark.parametrize(
    ("votes", "line"),
    [
        ({}, None),
        ({2: 1}, "**Gana el 3 con 1 voto**"),
        ({2: 5, 0: 4}, "**Gana el 3 con 5 votos**"),
        ({6: 2, 2: 2, 1: 1}, "**Empatan el 3 y el 7 con 2 votos cada uno**"),
        ({9: 1, 0: 1, 4: 1}, "**Empatan el 1, el 5 y el 10 con 1 voto cada uno**"),
    ],
)
def test_the_winner_and_ties_are_said(votes, line):
    assert words.winner_line(votes) == line


def test_the_menu_says_how_probable_each_try_is_by_its_tokens():
    tries = [
        attempt("a", logprob=-8.0, tokens=4),
        attempt("b", logprob=-9.0, tokens=9),
        attempt("c", logprob=-9.0, tokens=6),
    ]
    assert words.ranks(tries) == ["3.º más probable", "El más probable", "2.º más probable"]
    assert words.option_text(2, tries[1]) == "2 · b"


def test_ten_cards_of_the_longest_signs_fit_in_a_message():
    for text in (" 👩‍👩‍👧‍👦" * 200, " <@1>" * 200, " é" + "\u0301" * 5000, " 雪" * 300):
        cards = [words.card(number + 1, attempt(text), 50) for number in range(10)]
        assert all("\n" not in card for card in cards)
        assert fits("\n".join(cards), CONTENT_LIMIT - 500)


def test_a_ranked_card_has_its_score():
    ranked = attempt(" que vivía en los Andes y bajaba", logprob=-1.234)
    assert words.card(2, ranked, 0, is_ranked=True) == "**2.** −1,23 · que vivía en los Andes…"
    assert words.card(2, ranked, 3, is_ranked=True).startswith("**2 · 3 votos.** −1,23 · que")
    assert words.is_card(words.card(2, ranked, 3, is_ranked=True))
