"""What a game counts: points, and the surprise of what people choose. All from the votes.

A choice of probability p has −log2 p bits of surprise. Whoever chose as the model's own die draws
would have the entropy on average (Shannon, 1948), which is therefore the number to stand beside.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.storage.game_records import Guess, Hand

CAME_OUT_POINTS, FAVOURITE_POINTS = 2, 1
MOST_BITS = 40.0
"""Of a choice that cannot come out at all, or nearly so."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one person stands.

    Attributes:
        place: 1-based.
        hits: Choices that came out.
        favourites: Choices of the model's favourite, whether it came out or not.
        choices: How many the person made.
        mean_bits: Mean surprise of the choices.
        model_bits: The model's own mean surprise in those rounds.
    """

    place: int
    voter_id: int
    points: int
    hits: int
    favourites: int
    choices: int
    mean_bits: float
    model_bits: float


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The room's votes as a forecast of what came out, beside the model's own.

    Attributes:
        rounds: How many had votes.
        room_bits: Mean surprise of the room.
        model_bits: Mean surprise of the model, among the same choices.
    """

    rounds: int
    room_bits: float
    model_bits: float


def bits(prob: float) -> float:
    """Return the surprise of something of that probability: at least 0, at most `MOST_BITS`."""
    return min(-math.log2(prob), MOST_BITS) if prob > 0 else MOST_BITS


def came_out(hand: Hand, guess: Guess) -> bool:
    """Tell whether the die gave what somebody chose: all of its tokens, one after the other."""
    return bool(guess.ids) and hand.outcome.ids[: len(guess.ids)] == guess.ids


def is_favourite(hand: Hand, guess: Guess) -> bool:
    """Tell whether somebody chose what the model thought likeliest among what was offered."""
    return guess.ids == (hand.options[hand.favourite].token_id,)


def points(hand: Hand, guess: Guess) -> int:
    """Return what a choice earns: what came out more than the model's favourite, never both."""
    if came_out(hand, guess):
        return CAME_OUT_POINTS
    return FAVOURITE_POINTS if is_favourite(hand, guess) else 0


def ranking(hands: Mapping[int, Hand], guesses: Sequence[Guess]) -> tuple[Standing, ...]:
    """Return how everybody stands, the best first.

    Of equal points the one with less surprise is before.

    Args:
        hands: Of the rounds that are over, by their number.
        guesses: All that were made; those of other rounds do not count yet.
    """
    counted = sorted((one for one in guesses if one.number in hands), key=lambda g: g.voter_id)
    found = [_standing(hands, list(own)) for _, own in groupby(counted, key=lambda g: g.voter_id)]
    found.sort(key=lambda one: (-one.points, one.mean_bits, one.voter_id))
    return tuple(
        Standing(**{**vars(one), "place": place}) for place, one in enumerate(found, start=1)
    )


def forecast(hands: Mapping[int, Hand], guesses: Sequence[Guess]) -> Forecast | None:
    """Weigh the votes of each round against the model's probabilities, by what came out.

    Both speak of the same things: each option, and all other words together. The room's share of
    each is its votes and one more (Laplace's rule), so that nothing is ruled out. No forecast has
    less surprise on average than the model's own probabilities, whose die it is (Gibbs'
    inequality).
    """
    room, model = [], []
    for number, hand in hands.items():
        cast = [one for one in guesses if one.number == number]
        if cast:
            index = bucket(hand, hand.outcome.ids)
            room.append(bits(room_shares(hand, cast)[index]))
            model.append(bits(model_shares(hand)[index]))
    if not room:
        return None
    return Forecast(rounds=len(room), room_bits=_mean(room), model_bits=_mean(model))


def bucket(hand: Hand, ids: tuple[int, ...]) -> int:
    """Return the index of the option that is a word's first token; behind them, that of others."""
    options = [option.token_id for option in hand.options]
    return options.index(ids[0]) if ids and ids[0] in options else len(options)


def votes_by_bucket(hand: Hand, guesses: Sequence[Guess]) -> list[int]:
    """Count the votes of a round: each option's, then those of all other words."""
    counts = [0] * (len(hand.options) + 1)
    for guess in guesses:
        counts[len(hand.options) if guess.choice is None else guess.choice] += 1
    return counts


def model_shares(hand: Hand) -> list[float]:
    """Return the model's probabilities: each option's, then that of all other words."""
    probs = [option.prob for option in hand.options]
    return [*probs, max(0.0, 1.0 - sum(probs))]


def room_shares(hand: Hand, guesses: Sequence[Guess]) -> list[float]:
    """Return the room's shares in the same order, none of them 0."""
    counts = votes_by_bucket(hand, guesses)
    return [(count + 1) / (sum(counts) + len(counts)) for count in counts]


def _standing(hands: Mapping[int, Hand], own: Sequence[Guess]) -> Standing:
    return Standing(
        place=0,
        voter_id=own[0].voter_id,
        points=sum(points(hands[one.number], one) for one in own),
        hits=sum(came_out(hands[one.number], one) for one in own),
        favourites=sum(is_favourite(hands[one.number], one) for one in own),
        choices=len(own),
        mean_bits=_mean([bits(one.prob) for one in own]),
        model_bits=_mean([hands[one.number].entropy_bits for one in own]),
    )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
