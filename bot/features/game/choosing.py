"""The words that a round offers, taken from the model's own list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random

from bot.render.step import token_bytes
from bot.render.tokens import glyphs, visible
from engine import Candidate, Step
from engine.words import ends_in_word, is_word_character

TOP, MIDDLE, LATE = 3, (4, 10), (11, 50)
"""The first so many words, then the ranks of which one word each is taken."""
OPTIONS = 5
RECORDED = 60
"""Tokens recorded of a step: those that a filter removed have no rank here."""
_LONE_WORDS = frozenset("aeouyáéóí")
"""Letters that are a word in Spanish, or may stand for one with its accent."""
_LONGEST = 24


def likeliest(step: Step) -> tuple[Candidate, ...]:
    """Return the tokens that can come out, the likeliest first."""
    alive = (candidate for candidate in step.candidates if candidate.final_prob > 0)
    return tuple(sorted(alive, key=lambda one: (-one.final_prob, one.token_id)))


def word_of(text: str) -> str:
    """Return a token as people read it: a blank one by its signs."""
    return visible(text.strip()) if text.strip() else glyphs(text)


def is_readable(text: str) -> bool:
    """Tell whether a token shows something by itself: neither blank, nor a piece of a letter."""
    try:
        shown = token_bytes(text).decode().strip()
    except UnicodeDecodeError:
        return False
    is_short = 0 < len(shown) <= _LONGEST
    return is_short and shown.isprintable() and not shown.startswith("<")


def begins_word(before: str, text: str) -> bool:
    """Tell whether a token is letters alone, and no rest of the word before it."""
    word = word_of(text)
    if not is_readable(text) or not all(map(is_word_character, word)) or not word[0].isalpha():
        return False
    is_rest = ends_in_word(before) and is_word_character(text[0])
    return not is_rest and (len(word) > 1 or word.casefold() in _LONE_WORDS)


def waves(
    before: str, ranked: Sequence[Candidate], random: Random
) -> tuple[tuple[Candidate, ...], ...]:
    """Return the tokens that may be offered, best first, in the three lists they are taken from.

    Args:
        before: The text so far.
        ranked: From `likeliest`.
        random: Decides the order in the two later lists.
    """
    words = [one for one in ranked if begins_word(before, one.text)]
    place = {one.token_id: rank for rank, one in enumerate(ranked, start=1)}

    def between(low: int, high: int) -> tuple[Candidate, ...]:
        found = [one for one in words if low <= place[one.token_id] <= high]
        return tuple(random.sample(found, len(found)))

    return tuple(words), between(*MIDDLE), between(*LATE)


def choose(
    ranked: Sequence[Candidate],
    lists: Sequence[Sequence[Candidate]],
    is_offered: Callable[[Candidate], bool],
    random: Random,
) -> tuple[Candidate, ...]:
    """Choose and shuffle the words of a round.

    Where a list has none left, the next words of the model stand in, then anything readable.

    Args:
        ranked: From `likeliest`.
        lists: From `waves`.
        is_offered: Whether a token may be one: a whole word that no list blocks.
        random: Shuffles.
    """
    words, middle, late = lists
    chosen: list[Candidate] = []
    _take(chosen, filter(is_offered, words), TOP)
    _take(chosen, filter(is_offered, middle), TOP + 1)
    _take(chosen, filter(is_offered, late), TOP + 2)
    for others in (filter(is_offered, words), words, ranked):
        _take(chosen, (one for one in others if is_readable(one.text)), OPTIONS)
    random.shuffle(chosen)
    return tuple(chosen)


def _take(chosen: list[Candidate], others: Iterable[Candidate], most: int) -> None:
    """Take the first of others whose word differs from all that are chosen."""
    known = {word_of(one.text).casefold() for one in chosen}
    for one in others:
        if len(chosen) >= most:
            return
        word = word_of(one.text).casefold()
        if word not in known:
            known.add(word)
            chosen.append(one)
