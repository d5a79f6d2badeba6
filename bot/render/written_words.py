"""The words that a text's tokens make, and how much each surprised the model."""

from __future__ import annotations

import codecs
import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.render.step import join_tokens, surprisal, token_bytes
from bot.render.tokens import is_mark
from engine import Attempt, FinishReason, Step
from engine.words import ends_in_word, is_word_character

END_MARK = " [fin]"
"""Stands in a drawn text for the token that ends it."""
_FORCED = "forced"
_CUT_SHORT = ("length", "context", "cancelled", "deadline")
"""Ends of a text that may stand in the middle of a word."""


@dataclass(frozen=True, kw_only=True)
class WrittenWord:
    """A word, or a sign between words, of a written text.

    Attributes:
        start: 0-based first step of it.
        stop: The step behind its last one.
        text: Exact, with the space before it.
        bits: Surprise of all its tokens; infinite where the model rules one out.
        excess_bits: How many bits more than if each of its tokens were the model's favourite.
        has_letters: Whether it is a word or a number: neither a sign nor broken bytes.
        is_whole: Whether it is one from its first letter to its last.
    """

    start: int
    stop: int
    text: str
    bits: float
    excess_bits: float
    has_letters: bool
    is_whole: bool


def written_words(
    before: str, steps: tuple[Step, ...], finish_reason: FinishReason = "stop"
) -> tuple[WrittenWord, ...]:
    """Group the tokens of a text into words.

    Letters go on with the letters before them; so do the bytes of one character. Signs stand alone,
    and so does each character of a script without spaces.

    Args:
        before: The text that it goes on from.
        steps: One per token.
        finish_reason: Why it ended; some ends cut the last word.
    """
    texts = [step.chosen_candidate.text for step in steps]
    starts = word_starts(before, texts)
    bounds = zip(starts, [*starts[1:], len(texts)], strict=True)
    is_cut = finish_reason in _CUT_SHORT
    words = [
        _word(before, steps[start:stop], start, is_cut=is_cut and stop == len(steps))
        for start, stop in bounds
    ]
    if finish_reason == "eos" and words and is_mark(words[-1].text):
        words[-1] = replace(words[-1], text=END_MARK, has_letters=False, is_whole=False)
    return tuple(words)


def most_surprising_word(before: str, attempt: Attempt) -> WrittenWord:
    """Return the whole word of the greatest surprise, the first of equals; else any.

    Args:
        before: The text that the attempt goes on from.
        attempt: With at least one step.
    """
    words = written_words(before, attempt.steps, attempt.finish_reason)
    # What a model demands says nothing of its surprise.
    chosen = [word for word in words if not is_forced(attempt.steps[word.start])] or words
    whole = [word for word in chosen if word.is_whole] or chosen
    return max(whole, key=lambda word: (word.bits, -word.start))


def is_forced(step: Step) -> bool:
    """Tell whether the model itself demands the token: it had no choice."""
    return any(stage.name == _FORCED for stage in step.stages)


def word_at(words: Sequence[WrittenWord], step: int) -> int:
    """Return the index of the word that has a step."""
    return next(i for i, word in enumerate(words) if word.start <= step < word.stop)


def excess_bits(step: Step) -> float:
    """Return how many bits more the chosen token surprised than the favourite would have."""
    best = max(candidate.raw_prob for candidate in step.candidates)
    return max(surprisal(step) + math.log2(best), 0.0) if best > 0 else 0.0


def word_starts(before: str, texts: Sequence[str]) -> list[int]:
    """Return the indices of the tokens that begin a word.

    Args:
        before: The text that they go on from.
        texts: Of the tokens.
    """
    starts, last = [], before[-1:]
    for index, shown in _characters(texts):
        if index == 0 or not _joins(last, shown):
            starts.append(index)
        last = shown[-1:] or last
    return starts


def _characters(texts: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Join the bytes of each character: yield where whole characters begin, and their text."""
    index = 0
    while index < len(texts):
        start, data = index, token_bytes(texts[index])
        index += 1
        while index < len(texts) and _is_open(data) and _goes_on(token_bytes(texts[index])):
            data += token_bytes(texts[index])
            index += 1
        yield start, data.decode("utf-8", errors="replace")


def _is_open(data: bytes) -> bool:
    """Tell whether bytes end within a character."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    decoder.decode(data)
    return bool(decoder.getstate()[0])


def _goes_on(data: bytes) -> bool:
    """Tell whether bytes begin within a character."""
    return data[:1] != b"" and data[0] & 0xC0 == 0x80


def _joins(last: str, shown: str) -> bool:
    """Tell whether a text goes on with the word before it."""
    return (
        ends_in_word(last)
        and not _is_wide(last)
        and bool(shown)
        and is_word_character(shown[0])
        and not _is_wide(shown[0])
    )


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _word(before: str, steps: tuple[Step, ...], start: int, *, is_cut: bool) -> WrittenWord:
    texts = [step.chosen_candidate.text for step in steps]
    decoded = join_tokens(texts)
    text = decoded or "".join(texts)
    has_letters = any(char.isalnum() for char in decoded)
    is_middle = start == 0 and _joins(before[-1:], text)
    is_unfinished = is_cut and ends_in_word(text) and not _is_wide(text[-1])
    return WrittenWord(
        start=start,
        stop=start + len(steps),
        text=text,
        bits=sum(map(surprisal, steps)),
        excess_bits=sum(map(excess_bits, steps)),
        has_letters=has_letters,
        is_whole=has_letters and not is_middle and not is_unfinished,
    )
