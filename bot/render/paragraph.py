"""A text of two hands as Discord's Markdown: one in bold or quoted, the other plain.

Bold is marked line by line and never around a space, as CommonMark asks, so that every client
shows it, however many lines or paragraphs it has: `**a**` on each line. Source: CommonMark 0.31,
«Emphasis and strong emphasis», flanking delimiter runs.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

from bot.render.graphemes import graphemes
from bot.render.markdown import CUT_START, escape, fits, length, quote, sendable

MARK = "**"
_CONTEXT = 300
"""Characters before a long text's news that are shown with them."""
_BREAKS = " \n"

Span = tuple[int, int]
"""Where a page begins and ends in `Paragraph.text`."""


@dataclass(frozen=True)
class Paragraph:
    """A text whose beginning is in bold, or quoted.

    Attributes:
        bold: What a person wrote.
        plain: What follows, without a gap.
        is_quoted: Whether it is a text of its own, under the quote of what a person wrote; it
            then begins with an empty line.
    """

    bold: str
    plain: str = ""
    is_quoted: bool = False

    def __post_init__(self) -> None:
        # What is left out anyway must not count when it is cut.
        for name in ("bold", "plain"):
            object.__setattr__(self, name, sendable(getattr(self, name)))

    @cached_property
    def text(self) -> str:
        """All of it, as people copy it."""
        return self.bold + self.plain

    def markdown(self, start: int = 0, stop: int | None = None, lead: str = "") -> str:
        """Write the part between two places of `text`, behind a lead."""
        bold, plain = self._parts(start, stop)
        if self.is_quoted:
            return (quote(lead + escape(bold)) if bold else lead) + escape(plain)
        return lead + self._in_bold(bold, plain)

    def _in_bold(self, bold: str, plain: str) -> str:
        bold, moved = _closable(bold, plain)
        # As one: a mention may begin in one half and end in the other.
        return "\n".join(map(_strong, escape(bold).split("\n"))) + escape(moved + plain)

    def pages(self, news_from: int, limit: int, most: int) -> tuple[list[Span], int] | None:
        """Cut it into parts that fit, at spaces where there are any.

        Args:
            news_from: Place of what the reader has not seen; it begins a page, under the last
                words before it.
            limit: Most characters of a page, as Discord counts.
            most: Of pages.

        Returns:
            The pages, and the 0-based one where the news are; None where they would be more.
        """
        if self._fits(0, len(self.text), limit):
            return [(0, len(self.text))], 0
        # Only breaks are left out between two pages; so a very long text is not cut in vain.
        if len(self.text) - sum(map(self.text.count, _BREAKS)) > most * limit:
            return None
        context = self._context(news_from, limit)
        earlier = self._split(0, context, limit)
        spans = earlier + self._split(context, len(self.text), limit)
        return (spans, len(earlier)) if len(spans) <= most else None

    def news(self, news_from: int, limit: int) -> Span:
        """Return the page where the news begin, alone; see `pages`."""
        context = self._context(news_from, limit)
        return context, self._page_end(context, len(self.text), limit)

    def ending(self, limit: int) -> str:
        """Write as much of the end as fits, «[…] » in front where something was cut."""
        if fits(self.markdown(), limit):
            return self.markdown()
        room = limit - len(CUT_START)
        start = self._cuts[self._first(lambda i: fits(self.markdown(self._cuts[i]), room))]
        return self.markdown(self._word_from(start, len(self.text)), lead=CUT_START)

    def without_bold(self) -> Paragraph:
        """Return what follows the bold part, alone."""
        return replace(self, bold="")

    def _parts(self, start: int, stop: int | None) -> tuple[str, str]:
        border, stop = len(self.bold), len(self.text) if stop is None else stop
        return (
            self.bold[start : min(stop, border)],
            self.plain[max(start - border, 0) : max(stop - border, 0)],
        )

    @cached_property
    def _cuts(self) -> list[int]:
        """Places between two characters as readers see them."""
        return [0, *accumulate(map(len, graphemes(self.text)))]

    def _context(self, news_from: int, limit: int) -> int:
        return self._word_from(news_from - min(_CONTEXT, limit // 3), news_from)

    def _fits(self, start: int, stop: int, limit: int) -> bool:
        # Markdown is never shorter than what it shows.
        return stop - start <= limit and fits(self.markdown(start, stop), limit)

    def _split(self, start: int, stop: int, limit: int) -> list[Span]:
        spans = []
        while start < stop:
            end = self._page_end(start, stop, limit)
            spans.append((start, end))
            start = end
            while start < stop and self.text[start] in _BREAKS:
                start += 1
        return spans

    def _page_end(self, start: int, stop: int, limit: int) -> int:
        if self._fits(start, stop, limit):
            return stop
        first = bisect_right(self._cuts, start)
        last = max(first, bisect_right(self._cuts, min(stop, start + limit)) - 1)
        # In proportion, and not to the last sign that fits: each try writes a page.
        while last > first:
            size = length(self.markdown(start, self._cuts[last]))
            if size <= limit:
                break
            last = first + (last - first) * limit // size
        end = self._cuts[last]
        space = max(self.text.rfind(" ", start, end), self.text.rfind("\n", start, end))
        return space if space > (start + end) // 2 else end

    def _first(self, holds: Callable[[int], bool]) -> int:
        """Return the first of the cuts from which on something holds."""
        return bisect_left(range(len(self._cuts)), True, key=holds)

    def _word_from(self, start: int, stop: int) -> int:
        """Return the next place where a word begins; the place itself where there is none."""
        if start <= 0:
            return 0
        start = self._cuts[min(bisect_left(self._cuts, start), len(self._cuts) - 1)]
        found = [i for i in (self.text.find(mark, start, stop) for mark in _BREAKS) if i >= 0]
        return min(found) + 1 if found else start


def _strong(line: str) -> str:
    """Put a line in bold, the spaces around it left outside."""
    core = line.strip()
    if not core:
        return line
    before, _, after = line.partition(core)
    return f"{before}{MARK}{core}{MARK}{after}"


def _closable(bold: str, plain: str) -> tuple[str, str]:
    """Take from the end of the bold part what keeps it from closing before the plain part."""
    rest = plain
    while True:
        core = bold.rstrip()
        moved, bold = bold[len(core) :], core
        rest = moved + rest
        if not bold or not rest or not _is_sign(bold[-1]) or _is_sign(rest[0]) or rest[0].isspace():
            break
        last = graphemes(bold)[-1]
        bold, rest = bold[: -len(last)], last + rest
    return bold, rest[: len(rest) - len(plain)]


def _is_sign(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"
