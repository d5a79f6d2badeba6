"""The five words: the model's own, whole, different and readable, in an order that says nothing."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features.game.choosing import (
    OPTIONS,
    begins_word,
    choose,
    is_readable,
    likeliest,
    waves,
    word_of,
)
from bot.features.game.whole import joined_share
from engine import Candidate, Rest, Step

BEFORE = "Había una vez"


def step_of(texts, probs=None):
    """Return a step whose tokens have these texts, the likeliest first."""
    probs = probs or [1 / 2 ** (i + 1) for i in range(len(texts))]
    return Step(
        chosen=0,
        entropy_bits=1.0,
        surprisal_bits=1.0,
        final_entropy_bits=1.0,
        draw=None,
        candidates=tuple(
            Candidate(token_id=i, text=text, raw_prob=p, raw_rank=i + 1, final_prob=p)
            for i, (text, p) in enumerate(zip(texts, probs, strict=True))
        ),
        stages=(),
        rest=Rest(count=0, raw_mass=0.0, final_mass=0.0),
    )


def chosen_of(step, seed=1, is_offered=lambda _: True):
    ranked, random = likeliest(step), Random(seed)
    lists = waves(BEFORE, ranked, random)
    return choose(ranked, lists, is_offered, random)


@pytest.mark.parametrize(
    ("text", "is_word"),
    [
        (" unicornio", True),
        (" ñandú", True),
        (" y", True),
        (" Ó", True),
        (" b", False),
        ("cornio", False),
        (",", False),
        (" 18", False),
        (" <b>", False),
        ("⟨C3⟩", False),
        (" ", False),
        ("\n", False),
        (" dos palabras", False),
        (" " + "a" * 40, False),
    ],
)
def test_only_letters_that_begin_a_word_are_a_word(text, is_word):
    assert begins_word(BEFORE, text) is is_word


def test_behind_a_space_a_word_needs_none():
    assert begins_word("Había una vez ", "un")
    assert begins_word("¿", "Qué")


@pytest.mark.parametrize("text", ["\n", " ", "⟨C3⟩", "⟨C3⟩⟨B1⟩x⟨80⟩", "<s>", "\u202e", ""])
def test_what_shows_nothing_is_not_readable(text):
    assert not is_readable(text)


def test_bytes_that_make_a_letter_are_readable():
    assert is_readable("⟨C3⟩⟨B1⟩")


@given(st.integers(0, 10**6))
def test_three_of_the_first_one_of_the_next_and_one_far_below(seed):
    step = step_of([f" {chr(97 + i // 26)}{chr(97 + i % 26)}x" for i in range(60)])
    ranks = sorted(one.raw_rank for one in chosen_of(step, seed))
    assert ranks[:3] == [1, 2, 3]
    assert 4 <= ranks[3] <= 10
    assert 11 <= ranks[4] <= 50


def test_the_same_round_is_dealt_the_same_and_letters_say_nothing():
    step = step_of([f" {chr(97 + i)}x" for i in range(26)])
    assert chosen_of(step, 5) == chosen_of(step, 5)
    firsts = {chosen_of(step, seed)[0].token_id for seed in range(40)}
    assert len(firsts) > 3


def test_pieces_and_signs_are_passed_over():
    step = step_of([",", " pes", " carne", " Carne", " pan", " de", " un", " el", " la"])
    offered = chosen_of(step, is_offered=lambda one: one.text != " pes")
    words = [word_of(one.text) for one in offered]
    assert sorted(words, key=str.casefold) == sorted(set(words), key=str.casefold)
    assert "pes" not in words
    assert "," not in words
    assert len({word.casefold() for word in words}) == OPTIONS


def test_where_words_are_few_anything_readable_stands_in():
    found = chosen_of(step_of([" pan", ",", "⟨C3⟩", "\n", " 18"]))
    assert {word_of(one.text) for one in found} == {"pan", ",", "18"}


def test_removed_tokens_are_never_offered():
    step = step_of([" uno", " dos", " tres"], [0.5, 0.0, 0.5])
    assert [one.token_id for one in likeliest(step)] == [0, 2]


@given(st.lists(st.text(max_size=6), min_size=1, max_size=30), st.integers(0, 99))
def test_whatever_the_tokens_are_the_offered_ones_differ_and_can_be_read(texts, seed):
    found = chosen_of(step_of([f" {text}" for text in texts]), seed)
    words = [word_of(one.text).casefold() for one in found]
    assert len(words) == len(set(words)) <= OPTIONS
    assert all(is_readable(one.text) for one in found)


def test_letters_behind_a_token_make_it_a_piece():
    assert joined_share(step_of(["cado", "ca", " de"])) > 0.5
    assert joined_share(step_of([" de", ",", "s"])) < 0.5
    assert joined_share(step_of(["⟨C3⟩", " de"], [0.9, 0.1])) > 0.5
