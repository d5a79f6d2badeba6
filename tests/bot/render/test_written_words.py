"""Tokens become the words that people read."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.render.written_words import (
    END_MARK,
    most_surprising_word,
    word_at,
    written_words,
)
from engine import Attempt, Candidate, Rest, Stage, Step
from tests.bot.any_reply import token_texts


def step(text: str, bits: float | None = 1.0, best: float = 0.5) -> Step:
    chosen = Candidate(token_id=1, text=text, raw_prob=0.1, raw_rank=2, final_prob=0.1)
    favourite = Candidate(token_id=2, text=" y", raw_prob=best, raw_rank=1, final_prob=best)
    return Step(
        chosen=1,
        entropy_bits=1.0,
        surprisal_bits=bits,
        final_entropy_bits=1.0,
        draw=None,
        candidates=(favourite, chosen),
        stages=(),
        rest=Rest(count=1, raw_mass=0.4, final_mass=0.4),
    )


def words(*texts: str, before: str = "Sol ", finish_reason="eos") -> list[str]:
    found = written_words(before, tuple(step(text) for text in texts), finish_reason)
    return [word.text for word in found]


def attempt(*steps: Step, finish_reason="eos") -> Attempt:
    return Attempt(
        token_ids=tuple(range(len(steps))),
        text="",
        logprob=-1.0,
        score=-1.0,
        finish_reason=finish_reason,
        steps=steps,
    )


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((" hua", "cy", " y"), [" huacy", " y"]),
        ((" pan", ",", " sol", "."), [" pan", ",", " sol", "."]),
        ((" ni", "⟨C3⟩", "⟨B1⟩", "o", " y"), [" niño", " y"]),
        ((" ", "🦄", "⟨F0⟩⟨9F⟩", "⟨A6⟩⟨84⟩", " y"), [" ", "🦄", "🦄", " y"]),
        ((" amor", "⟨C3⟩", " mar"), [" amor", "⟨C3⟩", " mar"]),
        ((" 雪", "山"), [" 雪", "山"]),
        (("\n", "\n", "La"), ["\n", "\n", "La"]),
        ((" 19", "36"), [" 1936"]),
    ],
)
def test_pieces_are_joined_into_words(texts, expected):
    assert words(*texts) == expected


def test_bits_are_those_of_all_pieces_and_what_exceeds_the_favourites():
    (word,) = written_words("Sol ", (step(" hua", 3.0), step("cy", 4.0, best=1.0)))
    assert (word.start, word.stop, word.bits) == (0, 2, 7.0)
    assert word.excess_bits == pytest.approx(2.0 + 4.0)
    (impossible,) = written_words("Sol ", (step(" x", None),))
    assert impossible.bits == impossible.excess_bits == math.inf


def test_the_favourite_exceeds_nothing():
    chosen = replace(step(" x", 1.0), chosen=2)
    assert written_words("", (chosen,))[0].excess_bits == pytest.approx(0.0)


def test_it_opens_on_the_whole_word_that_surprises_most_and_the_first_of_equals():
    assert (
        most_surprising_word("Sol ", attempt(step(" a"), step(" b", 4.0), step(" c", 4.0))).start
        == 1
    )
    pieces = attempt(step(" de", 3.0), step(" hua", 2.0), step("cy", 2.0))
    assert most_surprising_word("Sol ", pieces).start == 1


@pytest.mark.parametrize(
    ("before", "steps", "finish_reason", "start"),
    [
        ("Com", (step("er", 9.0), step(" pan", 2.0)), "eos", 1),
        ("Sol ", (step("\n", 9.0), step(".", 9.0), step(" pan", 2.0)), "eos", 2),
        ("Sol ", (step(" pan", 2.0), step(" pesc", 9.0)), "length", 0),
        ("Sol ", (step(" pan", 2.0), step(" pesc", 9.0)), "eos", 1),
        ("Sol ", (step(".", 2.0), step("\n", 9.0)), "eos", 1),
    ],
)
def test_what_is_no_whole_word_is_left_aside_where_there_is_one(
    before, steps, finish_reason, start
):
    found = most_surprising_word(before, attempt(*steps, finish_reason=finish_reason))
    assert found.start == start


@given(st.text(max_size=5), st.lists(token_texts, min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_each_step_is_of_exactly_one_word(before, texts):
    found = written_words(before, tuple(step(text) for text in texts), "length")
    assert [word.start for word in found[1:]] == [word.stop for word in found[:-1]]
    assert (found[0].start, found[-1].stop) == (0, len(texts))
    for index in range(len(texts)):
        word = found[word_at(found, index)]
        assert word.start <= index < word.stop
        assert word.text


def test_the_token_that_ends_a_text_is_no_word_of_it():
    steps = (step(" pan", 2.0), step("</s>", 9.0))
    found = written_words("Sol ", steps, "eos")
    assert [word.text for word in found] == [" pan", END_MARK]
    assert not found[-1].has_letters
    assert most_surprising_word("Sol ", attempt(*steps)).start == 0
    assert written_words("Sol ", steps, "stop")[-1].text == "</s>"


def test_what_a_model_demands_is_not_the_most_surprising():
    stage = Stage(
        name="forced",
        kind="cut",
        tokens_kept=1,
        tokens_removed=9,
        mass_kept=0.1,
        mass_removed=0.9,
        raw_mass=0.1,
    )
    demanded = replace(step("en", 20.0), stages=(stage,))
    assert most_surprising_word("", attempt(demanded, step(" pan", 2.0))).start == 1
    assert most_surprising_word("", attempt(demanded)).start == 0
