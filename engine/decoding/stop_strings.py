"""Texts at which an answer has to end, also where one is split over tokens."""

from __future__ import annotations

from collections.abc import Sequence

from engine.text import TextStream, Vocabulary, context_tail
from engine.trace import FinishReason


class StopSearch:
    """The search in one continuation, as far as it has been written without a hit.

    A string is new only where it reaches into what the newest token can have changed, so the cost
    of a token does not grow with the length of the text.

    Args:
        stops: What is searched.
        stream: The text so far.
    """

    def __init__(self, stops: StopStrings, stream: TextStream) -> None:
        self._stops = stops
        self._stream = stream

    def after(self, token_id: int) -> StopSearch:
        """Return the search after one more token; this one stays, for others that branch off."""
        stream = self._stream.fork()
        stream.append(token_id)
        return StopSearch(self._stops, stream)

    @property
    def is_hit(self) -> bool:
        """Whether the text, which had none of the strings before its newest token, has one now."""
        reach = self._stops.longest - 1
        return self._stops.is_in(
            self._stream.end(reach), is_whole=self._stream.has_whole_end(reach)
        )

    @property
    def reason(self) -> FinishReason | None:
        """Why the text ends with its newest token."""
        return "stop" if self.is_hit else None


class StopStrings:
    """Looks for the stop strings in what new tokens add to a context.

    The border is the prompt: a string that begins in it is none. What had been written before the
    new tokens counts as written: a string may begin there, but has to reach into the new text.

    Args:
        vocabulary: Decodes the tokens.
        context_ids: Tokens before the first new one.
        strings: What a text must not contain; it ends before the first of them.
        prefix_text: What those of the tokens that are not the prompt's add to it.

    Attributes:
        longest: Characters of the longest string.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        context_ids: Sequence[int],
        strings: Sequence[str],
        prefix_text: str = "",
    ) -> None:
        self._vocabulary = vocabulary
        self._context_ids = context_tail(vocabulary, context_ids)
        self.longest = max(map(len, strings))
        # Each string, and the end of the prefix in which it can begin without being whole in it.
        self._strings = [
            (string, prefix_text[max(0, len(prefix_text) - len(string) + 1) :])
            for string in strings
        ]

    def begin(self) -> StopSearch:
        """Return the search in a continuation without any token yet."""
        return StopSearch(self, TextStream(self._vocabulary, self._context_ids))

    def is_in(self, text: str, *, is_whole: bool) -> bool:
        """Tell whether one of the strings is in a text, or in its end that is not the whole."""
        return any(
            string in (before + text if is_whole else text) for string, before in self._strings
        )

    def cut(self, text: str) -> str:
        """Return the text before the first string in it, none where that begins in the prefix."""
        starts = [
            max(0, start - len(before))
            for string, before in self._strings
            if (start := (before + text).find(string)) >= 0
        ]
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
                for string, before in self._strings
                for length in range(1, len(string))
                if (before + text).endswith(string[:length])
            ),
            default=0,
        )
        return text[: max(0, len(text) - held)]
