"""Hands and guesses of a game by their probabilities."""

import math

from bot.storage.game_records import Guess, Hand, Option, Outcome


def hand_of(probs, drawn, offered=None):
    """Return a hand whose tokens are the indices of probabilities; the first are offered."""
    offered = range(min(5, len(probs) - 1)) if offered is None else offered
    low = sum(probs[:drawn])
    return Hand(
        before="Había una vez",
        options=tuple(Option(token_id=i, word=f"p{i}", prob=probs[i]) for i in offered),
        outcome=Outcome(
            ids=(drawn,),
            text=f" p{drawn}",
            word=f"p{drawn}",
            token=f"p{drawn}",
            prob=probs[drawn],
            u=low,
            low=low,
            high=low + probs[drawn],
        ),
        entropy_bits=-sum(p * math.log2(p) for p in probs),
        shares=tuple(sorted(probs, reverse=True)),
    )


def guess(hand, token, voter=1, number=1, prob=None):
    options = [option.token_id for option in hand.options]
    choice = options.index(token) if token in options else None
    found = hand.options[choice].prob if choice is not None else prob or 0.0
    return Guess(
        number=number, voter_id=voter, choice=choice, word=f"p{token}", ids=(token,), prob=found
    )
