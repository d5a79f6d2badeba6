"""What stands around a text: the words before it or that it was made of, and notes on the call.

Another person's message is not stored. Its words, and the notes about a call, are read back from
the message that shows them: generated text is escaped, so nothing in it is bold or a small line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.render.markdown import escape as escaped
from bot.render.markdown import length, shorten_start, unescape
from bot.render.paragraph import Paragraph
from bot.storage.records import StoredReply

SMALL = "-# "
NOTE = "-# · "

_FOREIGN_LIMITS = (900, 450, 200)
_FOREIGN_ROOM = 1000
_NOTES_BUDGET = 300
_MARKS = re.compile(r"\\.|(\*\*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What stays the same on every page.

    Attributes:
        prompt: A person's words.
        prefix: What a model had written after them.
        notes: Sentences about the call, as Markdown.
        is_kept: Whether the words are stored; others are shown on every page.
        is_source: Whether the words are turned into another text, which stands under them.
    """

    prompt: str
    prefix: str = ""
    notes: tuple[str, ...] = ()
    is_kept: bool = True
    is_source: bool = False

    @classmethod
    def of_prompt(
        cls,
        prompt: str,
        notes: tuple[str, ...] = (),
        *,
        is_kept: bool = True,
        is_source: bool = False,
    ) -> Frame:
        """Frame what is written after a prompt; of another's message only the end is shown."""
        if not is_kept:
            ends = (shorten_start(prompt, limit) for limit in _FOREIGN_LIMITS)
            prompt = next((end for end in ends if length(escaped(end)) <= _FOREIGN_ROOM), "")
        return cls(prompt=prompt, notes=_fitting(notes), is_kept=is_kept, is_source=is_source)

    @classmethod
    def of_text(cls, reply: StoredReply, before: str, notes: tuple[str, ...] = ()) -> Frame:
        """Frame what goes on from a stored text.

        Args:
            reply: The text; its prompt is kept.
            before: The prompt and what of the text stands before the new one.
            notes: Sentences about the call.
        """
        prompt = reply.request.prompt
        prefix = before if reply.has_source else before[len(prompt) :]
        return cls(prompt=prompt, prefix=prefix, notes=_fitting(notes), is_source=reply.has_source)

    @classmethod
    def of_reply(cls, reply: StoredReply, content: str) -> Frame:
        """Frame a stored text again; a sign at the very end of words that are not may be lost.

        Args:
            reply: The text.
            content: Of a message of ours that shows it.
        """
        lines = content.split("\n")
        notes = tuple(line.removeprefix(NOTE) for line in lines if line.startswith(NOTE))
        if reply.is_prompt_kept:
            return cls.of_text(reply, reply.text_before, notes)
        prompt = _bold_of(content)
        return cls(prompt=prompt, notes=notes, is_kept=False, is_source=reply.has_source)

    def paragraph(self, text: str = "") -> Paragraph:
        """Return a text behind what stands before it, or under what it was made of."""
        written = self.prefix + text
        if not self.is_source:
            return Paragraph(self.prompt, written)
        # An empty line ends the quote, also where Markdown would let it go on (CommonMark 0.31,
        # «Block quotes», laziness).
        return Paragraph(self.prompt.strip(), f"\n\n{written}" if written else "", is_quoted=True)


def _fitting(notes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the notes that there is room for."""
    kept: list[str] = []
    for note in notes:
        if sum(map(length, kept)) + length(note) <= _NOTES_BUDGET:
            kept.append(note)
    return tuple(kept)


def _bold_of(content: str) -> str:
    """Return the words in bold at the start of a message; an old one quotes them instead."""
    lines = content.split("\n")
    if lines[0].startswith(">"):
        quotes = [line[2:] for line in lines if line.startswith(">")]
        return unescape("\n".join(quotes))
    marks = [found.start(1) for found in _MARKS.finditer(content) if found[1]]
    if not marks:
        return ""
    return unescape(_MARKS.sub(lambda found: "" if found[1] else found[0], content[: marks[-1]]))
