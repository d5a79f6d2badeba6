"""The sentences of a game."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.features.game import texts
from bot.features.game.chart import GameBar, GameChart
from bot.features.game.rules import (
    Forecast,
    Standing,
    came_out,
    is_favourite,
    model_shares,
    votes_by_bucket,
)
from bot.render.alt import listed
from bot.render.chances import times_of
from bot.render.markdown import clip, escape, shorten_start
from bot.render.numbers import decimal, fixed, integer, percent
from bot.storage.game_records import Game, Guess, Hand, Round

MOST_RANKED, MOST_LEADERS = 10, 3
_BEFORE_LIMIT = 280
_WORD_LIMIT = 40
_ALIKE_BITS = 0.15
_HAIR_SPACE = "\u200a"
ALT_WORD_LIMIT = 20


def shown_word(word: str) -> str:
    """Return a word as Markdown, cut where nobody would read on."""
    return escape(clip(word, _WORD_LIMIT))


def mention(user_id: int) -> str:
    """Name a person; the bot's messages call nobody."""
    return f"<@{user_id}>"


def open_text(game: Game, one: Round, hand: Hand, votes: int, model: str) -> str:
    """Write a round that people vote on."""
    options = "\n".join(
        texts.OPTION.format(letter=letter, word=shown_word(option.word))
        for letter, option in zip(texts.LETTERS, hand.options, strict=False)
    )
    cast = votes_text(votes)
    if one.deadline is None:
        state = texts.HOST_ENDS.format(votes=cast, host=mention(game.host_id))
    else:
        state = texts.ENDS_AT.format(votes=cast, time=int(one.deadline.timestamp()))
    title = texts.TITLE.format(number=one.number, rounds=game.rounds)
    quoted = texts.QUOTE.format(before=_before(hand))
    return "\n".join((title, quoted, options, state, texts.HOW.format(model=model)))


def votes_text(count: int) -> str:
    """Count votes: «1 voto», «5 votos»."""
    if not count:
        return texts.NOBODY
    return texts.ONE_VOTE if count == 1 else texts.VOTES.format(count=integer(count))


def result_text(game: Game, one: Round, hand: Hand, guesses: Sequence[Guess]) -> str:
    """Write what came out, and who had guessed it."""
    word = shown_word(hand.outcome.word)
    lines = [
        texts.RESULT.format(word=word, number=one.number, rounds=game.rounds),
        texts.RESULT_QUOTE.format(before=_before(hand), gap=_gap(hand), word=word),
        _verdict(hand),
    ]
    if hand.outcome.token != hand.outcome.word:
        token = shown_word(hand.outcome.token)
        lines.append(texts.PIECE.format(token=token, word=word))
    lines.append(_hits(hand, guesses))
    return "\n".join(lines)


def leaders_text(standings: Sequence[Standing]) -> str:
    """Name the first three that have points; nobody while nobody has any."""
    names = [
        texts.BEST_ONE.format(place=one.place, who=mention(one.voter_id), points=one.points)
        for one in standings[:MOST_LEADERS]
        if one.points
    ]
    return texts.BEST.format(names=" · ".join(names)) if names else ""


def final_text(
    standings: Sequence[Standing], hands: Mapping[int, Hand], forecast: Forecast | None
) -> str:
    """Write the ranking of ten, and how surprised everybody was."""
    if not standings:
        return texts.NO_PLAYERS
    lines = [texts.FINAL_TITLE]
    lines += [
        texts.RANK.format(
            place=one.place,
            who=mention(one.voter_id),
            points=integer(one.points),
            bits=fixed(one.mean_bits, 1),
        )
        for one in standings[:MOST_RANKED]
    ]
    if len(standings) > MOST_RANKED:
        lines.append(texts.MORE.format(count=integer(len(standings) - MOST_RANKED)))
    entropy = sum(hand.entropy_bits for hand in hands.values()) / len(hands)
    lines.append(texts.ENTROPY.format(bits=fixed(entropy, 1)))
    if forecast is not None:
        said = {"room": fixed(forecast.room_bits, 1), "model": fixed(forecast.model_bits, 1)}
        lines.append(texts.FORECAST.format(**said))
    return "\n".join(lines)


def points_text(count: int) -> str:
    """Count points."""
    return texts.POINT if count == 1 else texts.POINTS.format(points=integer(count))


def place_text(standings: Sequence[Standing], voter_id: int) -> str:
    """Tell one person how they stand."""
    own = next((one for one in standings if one.voter_id == voter_id), None)
    if own is None:
        return f"{texts.NOT_PLAYED}\n{texts.POINTS_HINT}"
    difference = own.mean_bits - own.model_bits
    verdict = texts.SAFER if difference < 0 else texts.WILDER
    if abs(difference) < _ALIKE_BITS:
        verdict = texts.ALIKE
    return "\n".join(
        (
            texts.PLACE.format(
                place=own.place, count=integer(len(standings)), points=points_text(own.points)
            ),
            texts.PLACE_COUNTS.format(
                hits=own.hits, choices=own.choices, favourites=own.favourites
            ),
            texts.PLACE_BITS.format(
                bits=decimal(own.mean_bits, 1), model=decimal(own.model_bits, 1), verdict=verdict
            ),
            texts.BITS_HINT,
            texts.POINTS_HINT,
        )
    )


def chart_of(hand: Hand, guesses: Sequence[Guess]) -> GameChart:
    """Return what the picture of a round shows."""
    votes, shares = votes_by_bucket(hand, guesses), model_shares(hand)
    words = [option.word for option in hand.options]
    drawn = hand.drawn
    if drawn is None:
        words.append(f"{texts.CHART_OTHER}: {hand.outcome.word}")
    else:
        words.append(texts.CHART_OTHER)
    letters = [*texts.LETTERS[: len(hand.options)], ""]
    bars = tuple(
        GameBar(
            letter=letter,
            word=word,
            votes=count,
            share=share,
            came_out=i == (len(hand.options) if drawn is None else drawn),
        )
        for i, (letter, word, count, share) in enumerate(
            zip(letters, words, votes, shares, strict=True)
        )
    )
    outcome = hand.outcome
    return GameChart(
        bars=bars, shares=hand.shares, u=outcome.u, stretch=(outcome.low, outcome.high)
    )


def chart_alt(hand: Hand, chart: GameChart) -> str:
    """Say what the picture shows."""
    rows = [
        texts.ALT_ROW.format(
            letter=bar.letter,
            word=clip(bar.word, ALT_WORD_LIMIT),
            votes=votes_text(bar.votes).replace("*", ""),
            share=percent(bar.share),
        ).strip()
        for bar in chart.bars
    ]
    return listed(texts.ALT.format(word=clip(hand.outcome.word, ALT_WORD_LIMIT)), rows, [])


def _before(hand: Hand) -> str:
    return escape(shorten_start(" ".join(hand.before.split()), _BEFORE_LIMIT))


def _gap(hand: Hand) -> str:
    """Return what stands before the word: Markdown's bold begins behind something blank."""
    return " " if hand.outcome.text[:1].isspace() else _HAIR_SPACE


def _verdict(hand: Hand) -> str:
    outcome, favourite = hand.outcome, hand.options[hand.favourite]
    facts = {
        "word": shown_word(outcome.token),
        "often": times_of(outcome.prob),
        "favourite": shown_word(favourite.word),
        "favourite_often": times_of(favourite.prob),
    }
    if hand.drawn == hand.favourite:
        return texts.WAS_FAVOURITE.format(**facts)
    return (texts.WAS_OTHER if hand.drawn is None else texts.WAS_LUCK).format(**facts)


def _hits(hand: Hand, guesses: Sequence[Guess]) -> str:
    if not guesses:
        return texts.NO_VOTES
    count = integer(len(guesses))
    hits = sum(came_out(hand, one) for one in guesses)
    said = texts.HIT_MANY.format(hits=integer(hits), count=count)
    if hits < 2:
        said = (texts.HIT_ONE if hits else texts.HIT_NONE).format(count=count)
    favoured = sum(is_favourite(hand, one) and not came_out(hand, one) for one in guesses)
    if favoured:
        one, many = texts.FAVOURED_ONE, texts.FAVOURED.format(count=integer(favoured))
        said += " · " + (one if favoured == 1 else many)
    return said + "."
