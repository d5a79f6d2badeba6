"""Points and surprise, held against counting by hand and against the sums that define them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features.game.rules import (
    CAME_OUT_POINTS,
    FAVOURITE_POINTS,
    MOST_BITS,
    bits,
    bucket,
    came_out,
    forecast,
    is_favourite,
    model_shares,
    points,
    ranking,
    room_shares,
    votes_by_bucket,
)
from tests.bot.features.game.hands import guess, hand_of

weights = st.lists(st.integers(1, 1000), min_size=3, max_size=9)


@st.composite
def distributions(draw):
    """Return probabilities that sum to 1."""
    found = draw(weights)
    return [one / sum(found) for one in found]


@st.composite
def games(draw):
    """Return hands of some rounds with votes of some people, each at most one a round."""
    hands, guesses = {}, []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        probs = draw(distributions())
        hands[number] = hand = hand_of(probs, draw(st.integers(0, len(probs) - 1)))
        for voter in draw(st.sets(st.integers(1, 6))):
            token = draw(st.integers(0, len(probs) - 1))
            guesses.append(guess(hand, token, voter, number, probs[token]))
    return hands, guesses


@given(st.floats(0, 1))
def test_bits_are_never_negative_nor_endless(prob):
    assert 0 <= bits(prob) <= MOST_BITS


@given(distributions())
def test_whoever_chooses_as_the_die_draws_has_the_entropy_on_average(probs):
    hand = hand_of(probs, 0)
    chosen = [guess(hand, i, prob=p) for i, p in enumerate(probs)]
    expected = sum(p * bits(one.prob) for p, one in zip(probs, chosen, strict=True))
    assert expected == pytest.approx(hand.entropy_bits)


@given(distributions())
def test_always_the_favourite_is_never_more_surprising_than_the_die(probs):
    """It is why fewer bits are called sure, and not good."""
    assert bits(max(probs)) <= hand_of(probs, 0).entropy_bits + 1e-9


@given(games())
def test_the_ranking_is_what_counting_by_hand_gives(played):
    hands, guesses = played
    found = ranking(hands, guesses)
    assert {one.voter_id for one in found} == {one.voter_id for one in guesses}
    assert [one.place for one in found] == list(range(1, len(found) + 1))
    for one in found:
        own = [g for g in guesses if g.voter_id == one.voter_id]
        total = 0
        for g in own:
            hand = hands[g.number]
            best = max(hand.options, key=lambda option: option.prob)
            if g.ids[0] == hand.outcome.ids[0]:
                total += 2
            elif g.ids[0] == best.token_id:
                total += 1
        assert one.points == total
        assert one.choices == len(own)
        assert one.mean_bits == pytest.approx(sum(bits(g.prob) for g in own) / len(own))
        entropy = sum(hands[g.number].entropy_bits for g in own) / len(own)
        assert one.model_bits == pytest.approx(entropy)
    order = [(-one.points, one.mean_bits) for one in found]
    assert order == sorted(order)


@given(games(), st.randoms())
def test_the_order_of_the_votes_says_nothing(played, random):
    hands, guesses = played
    shuffled = random.sample(guesses, len(guesses))
    assert ranking(hands, shuffled) == ranking(hands, guesses)


@given(games())
def test_a_round_that_goes_on_counts_for_nothing(played):
    hands, guesses = played
    open_round = [replace(one, number=99) for one in guesses]
    assert ranking(hands, [*guesses, *open_round]) == ranking(hands, guesses)


@given(games())
def test_shares_are_shares(played):
    hands, guesses = played
    for number, hand in hands.items():
        cast = [one for one in guesses if one.number == number]
        for shares in (model_shares(hand), room_shares(hand, cast)):
            assert sum(shares) == pytest.approx(1)
            assert min(shares) >= 0
        assert min(room_shares(hand, cast)) > 0
        assert sum(votes_by_bucket(hand, cast)) == len(cast)


@given(games())
def test_no_room_is_less_surprised_than_the_model_on_average(played):
    """Gibbs: over all that the die can give, weighed by how often it does."""
    hands, guesses = played
    for number, hand in hands.items():
        cast = [one for one in guesses if one.number == number]
        model, room = model_shares(hand), room_shares(hand, cast)
        own = sum(p * bits(p) for p in model)
        theirs = sum(p * bits(q) for p, q in zip(model, room, strict=True))
        assert theirs >= own - 1e-9


@given(games())
def test_a_forecast_is_the_mean_over_rounds_with_votes(played):
    hands, guesses = played
    voted = {one.number for one in guesses}
    found = forecast(hands, guesses)
    if not voted:
        assert found is None
        return
    assert found.rounds == len(voted)
    room = []
    for number in voted:
        hand = hands[number]
        cast = [one for one in guesses if one.number == number]
        index = bucket(hand, hand.outcome.ids)
        room.append(bits(room_shares(hand, cast)[index]))
    assert found.room_bits == pytest.approx(sum(room) / len(room))


def test_a_word_of_several_tokens_comes_out_when_all_of_them_do():
    hand = hand_of([0.5, 0.3, 0.2], 2, offered=(0, 1))
    hand = replace(hand, outcome=replace(hand.outcome, ids=(2, 7, 8)))
    base = guess(hand, 2, prob=0.1)
    for ids, is_hit in (((2,), True), ((2, 7), True), ((2, 9), False), ((2, 7, 8, 1), False)):
        assert came_out(hand, replace(base, ids=ids)) is is_hit
    assert not came_out(hand, replace(base, ids=()))


def test_what_came_out_earns_two_and_a_favourite_that_did_not_one():
    hand = hand_of([0.2, 0.5, 0.2, 0.1], 0)
    earned = [points(hand, guess(hand, token)) for token in range(3)]
    assert earned == [CAME_OUT_POINTS, FAVOURITE_POINTS, 0]
    assert is_favourite(hand, guess(hand, 1))
    favourite = hand_of([0.5, 0.3, 0.2], 0)
    assert points(favourite, guess(favourite, 0)) == CAME_OUT_POINTS
