"""Texts at which an answer has to end, also where one is split over tokens."""

from __future__ import annotations

from collections.abc import Sequence

from engine.text import Vocabulary, context_tail, text_after


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

    def is_hit(self, token_ids: Sequence[int]) -> bool:
        """Tell whether the text of the new tokens contains one of the strings."""
        text = text_after(self._vocabulary, self._context_ids, token_ids)
        return any(string in text for string in self._strings)

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
