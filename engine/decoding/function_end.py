"""A program that ends where the function ends that its prompt begins."""

from __future__ import annotations

from collections.abc import Sequence

from engine.functions import FunctionScan, resumed_scan
from engine.text import TextStream, Vocabulary, context_tail
from engine.trace import FinishReason


class FunctionSearch:
    """The search in one continuation, which reads each sign once.

    Args:
        stream: The text so far.
        scan: Has read it.
        length: Signs of it.
    """

    def __init__(self, stream: TextStream, scan: FunctionScan, length: int = 0) -> None:
        self._stream = stream
        self._scan = scan
        self._length = length

    def after(self, token_id: int) -> FunctionSearch:
        """Return the search after one more token; this one stays, for others that branch off."""
        stream, scan = self._stream.fork(), self._scan.fork()
        stream.append(token_id)
        text = stream.text
        scan.read(text[self._length :])
        return FunctionSearch(stream, scan, max(self._length, len(text)))

    @property
    def reason(self) -> FinishReason | None:
        """Why the text ends with its newest token."""
        return None if self._scan.end is None else "function"


class FunctionEnd:
    """Looks for the end of the function in what new tokens add to a context.

    Args:
        vocabulary: Decodes the tokens.
        context_ids: Tokens before the first new one.
        prefix_tokens: How many of them are not the prompt's, at their end: they go on with the same
            function, unless they have ended it.
    """

    def __init__(
        self, vocabulary: Vocabulary, context_ids: Sequence[int], prefix_tokens: int = 0
    ) -> None:
        self._vocabulary = vocabulary
        self._context_ids = context_tail(vocabulary, context_ids)
        before = vocabulary.decode(context_ids)
        prompt_ids = context_ids[: max(0, len(context_ids) - prefix_tokens)]
        self._before_length = len(before)
        self._scan = resumed_scan(vocabulary.decode(prompt_ids), before)

    def begin(self) -> FunctionSearch:
        """Return the search in a continuation without any token yet."""
        return FunctionSearch(TextStream(self._vocabulary, self._context_ids), self._scan)

    def cut(self, text: str) -> str:
        """Return the text up to the end of the function."""
        scan = self._scan.fork()
        scan.read(text)
        return text if scan.end is None else text[: max(0, scan.end - self._before_length)]

    def settled(self, text: str) -> str:
        """Return the text without the blanks at its end, behind which the function may end."""
        return self.cut(text).rstrip()
