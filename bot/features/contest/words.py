"""The text of a message of several tries: a card each, and who is ahead."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import takewhile

from bot.features.contest import texts
from bot.render.frame import NOTE, Frame
from bot.render.joining import joined
from bot.render.markdown import clip, escape, length
from bot.render.numbers import fixed
from bot.render.tables import cut, width
from bot.render.tokens import isolated, plain, visible
from bot.storage.records import StoredReply
from engine import Attempt

CARD_COLUMNS = 36
"""What a phone shows in one line: number, votes and words."""
CARD_UNITS = 140
"""Most UTF-16 units of a card: columns of a phone may be emoji of many units each."""
_CARD = re.compile(r"\*\*\d+(?: · \d+ votos?)?\.\*\* ")
_BREAK_SIGNS = " .,;:…"
_OPTION_COLUMNS = 60
_OPTION_UNITS = 90
_READ_LIMIT = 400
"""Characters of a text that its card is made from."""


def card(
    number: int,
    attempt: Attempt,
    votes: int,
    units: int = CARD_UNITS,
    *,
    is_ranked: bool = False,
) -> str:
    """Write a try in one line: its number, its votes, its score if it was ranked, its first words.

    Args:
        number: 1-based.
        attempt: The try.
        votes: How many it has; none are not mentioned.
        units: Most that it may take, in UTF-16 units.
        is_ranked: Whether the tries stand in the order of their scores.
    """
    template = texts.CARD_VOTED if votes else texts.CARD
    is_known = is_ranked and attempt.score is not None
    score = texts.SCORE.format(score=fixed(attempt.score or 0.0, 2)) if is_known else ""
    head = template.format(number=number, votes=votes_text(votes), text=score)
    words = first_words(attempt, CARD_COLUMNS - width(head.replace("*", "")))
    return head + clip(escape(words), units - length(head))


def is_card(line: str) -> bool:
    """Tell whether a line of a message is a card; generated text is escaped, so it is none."""
    return _CARD.match(line) is not None


def first_words(attempt: Attempt, columns: int) -> str:
    """Return the first words of a try in one line, as plain text in which every sign is seen."""
    text = plain(visible(" ".join(attempt.text[:_READ_LIMIT].split())))
    short = plain(cut(text, columns))
    if short != text:
        words = short.rpartition(" ")[0].rstrip(_BREAK_SIGNS)
        short = f"{words}…" if len(words) > len(short) // 2 else short
    return isolated(short) or texts.NOTHING


def option_text(number: int, attempt: Attempt) -> str:
    """Name a try in a menu, which knows no Markdown."""
    words = first_words(attempt, _OPTION_COLUMNS)
    return clip(texts.OPTION.format(number=number, text=words), _OPTION_UNITS)


def votes_text(count: int) -> str:
    """Count votes: «1 voto», «5 votos»."""
    return texts.ONE_VOTE if count == 1 else texts.MANY_VOTES.format(count=count)


def winner_line(votes: Mapping[int, int]) -> str | None:
    """Say which try is ahead, or which share the most votes; None without votes.

    Args:
        votes: 0-based attempt → votes.
    """
    most = max(votes.values(), default=0)
    if not most:
        return None
    leaders = sorted(attempt for attempt, count in votes.items() if count == most)
    if len(leaders) == 1:
        return texts.WINNER.format(number=leaders[0] + 1, votes=votes_text(most))
    numbers = joined([texts.THE.format(number=leader + 1) for leader in leaders])
    return texts.TIE.format(numbers=numbers, votes=votes_text(most))


def ranks(attempts: Sequence[Attempt]) -> list[str]:
    """Say of each try which place it has by its probability per token."""
    order = sorted(range(len(attempts)), key=lambda i: -_mean_logprob(attempts[i]))
    places = {attempt: rank for rank, attempt in enumerate(order, start=1)}
    return [
        texts.FIRST if places[i] == 1 else texts.RANK.format(rank=places[i])
        for i in range(len(attempts))
    ]


def frame_of(reply: StoredReply, content: str) -> Frame:
    """Read what stands around a reply's tries back from a message that shows some of it."""
    lines = content.split("\n")
    head = list(takewhile(lambda line: not is_card(line), lines))
    notes = [line for line in lines[len(head) :] if line.startswith(NOTE)]
    return Frame.of_reply(reply, "\n".join([*head, *notes]))


def _mean_logprob(attempt: Attempt) -> float:
    return -math.inf if attempt.mean_logprob is None else attempt.mean_logprob
