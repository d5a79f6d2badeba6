"""Texts at which an answer has to end, also where one is split over tokens."""

from __future__ import annotations

from collections.abc import Sequence

from engine.text import TextStream, Vocabulary, context_tail


class StopSearch:
    """The search in one continuation, as far as it has been written without a hit.

    A string is new only where it reaches into what the newest token can have changed, so the cost
    of a token does not grow with the length of the text.

    Args:
        strings: What is searched.
        stream: The text so far.
    """

    def __init__(self, strings: tuple[str, ...], stream: TextStream) -> None:
        self._strings = strings
        self._stream = stream

    def after(self, token_id: int) -> StopSearch:
        """Return the search after one more token; this one stays, for others that branch off."""
        stream = self._stream.fork()
        stream.append(token_id)
        return StopSearch(self._strings, stream)

    @property
    def is_hit(self) -> bool:
        """Whether the text, which had none of the strings before its newest token, has one now."""
        end = self._stream.end(max(map(len, self._strings)) - 1)
        return any(string in end for string in self._strings)


class StopStrings:
    """Looks for the stop strings in what new tokens add to a context.

    The new text is searched as it is read, so a string that begins in the prompt is none.

    Args:
        vocabulary: Decodes the tokens.
        context_ids: Tokens before the first new one.
        strings: What a text must not contain; it ends before the first of them.
    """

    def __init__(
        self, vocabulary: Vocabulary, context_ids: Sequence[int], strings: Sequence[str]
    ) -> None:
        self._vocabulary = vocabulary
        self._context_ids = context_tail(vocabulary, context_ids)
        self._strings = tuple(strings)

    def begin(self) -> StopSearch:
        """Return the search in a continuation without any token yet."""
        return StopSearch(self._strings, TextStream(self._vocabulary, self._context_ids))

    def cut(self, text: str) -> str:
        """Return the text before the first string in it."""
        starts = [start for string in self._strings if (start := text.find(string)) >= 0]
        return text[: min(starts)] if starts else text

    def settled(self, text: str) -> str:
        """Return the part of a growing text that no further token can take back.

        What could still become one of the strings is held back.
        """
        cut = self.cut(text)
        if len(cut) < len(text):
            return cut
        held = max(
            (
                length
                for string in self._strings
                for length in range(1, min(len(string), len(text) + 1))
                if text.endswith(string[:length])
            ),
            default=0,
        )
        return text[: len(text) - held]
