"""Whom the word in a gap looks at: to both sides, as an encoder does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.features.fill import texts
from bot.features.fill.place import FillReading
from bot.features.fill.words import SMALL, label_of
from bot.render.alt import listed
from bot.render.markdown import escape
from bot.render.numbers import integer, percent
from bot.render.tokens import plain
from bot.render.word_grid import grid_of
from bot.render.word_grid_chart import GridChart
from engine import EngineError
from engine.explain import CONTEXT_TOO_LONG, Attention, AttentionRequest
from engine.filling import Filling

_SIZES = (12, 6, 3)
"""Words around the gap that are read together: what a phone shows with their names, or fewer."""
_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Looking:
    """What the words of a filled text look at, around one gap.

    Attributes:
        chart: Those around it.
        word: What stands in the gap.
        read: Words that were read together.
        count: Words of the whole text.
        left: Share of what the word looks at that stands on its left; None where it is not told
            which of the words it is.
        right: The same of its right.
    """

    chart: GridChart
    word: str
    read: int
    count: int
    left: float | None = None
    right: float | None = None


async def looking_of(reading: FillReading, filling: Filling) -> Looking:
    """Ask who looks at whom in a filled text, around one of its gaps.

    Raises:
        UserError: The person asks too much.
        EngineError: As `engine.explain`.
    """
    number, words = reading.place.gap, filling.text.split()
    place = place_of_word(filling, reading.reply.request.prompt, number)
    chosen = filling.gaps[number].chosen
    word = texts.BLANK_GAP if chosen is None else label_of(chosen)
    with await reading.client.limits.admit(reading.reader_id):
        read, at, attention = await _around(reading, filling.model, words, place)
    grid = grid_of(attention, read)
    if len(grid.rows) != len(read):
        return Looking(chart=GridChart(grid=grid), word=word, read=len(read), count=len(words))
    row = grid.weights[at]
    total = sum(row) or 1.0
    return Looking(
        chart=GridChart(grid=grid, marked=at),
        word=word,
        read=len(read),
        count=len(words),
        left=sum(row[:at]) / total,
        right=sum(row[at + 1 :]) / total,
    )


async def _around(
    reading: FillReading, model: str, words: Sequence[str], place: int
) -> tuple[Sequence[str], int, Attention]:
    """Ask about the words around one, as many as can be looked into.

    Returns:
        They, the 0-based place of the one among them, and the answer.
    """
    client = reading.client
    for most in _SIZES:
        start = min(max(place - most // 2, 0), max(len(words) - most, 0))
        read = words[start : start + most]
        request = AttentionRequest(
            model=model,
            user_id=reading.reader_id,
            deadline_s=client.settings.request_timeout_s,
            text=" ".join(read),
            part="encoder",
        )
        try:
            return read, place - start, await client.engine.explain(request)
        except EngineError as error:
            refusal = error
            if error.reason != CONTEXT_TOO_LONG:
                break
    raise refusal


def place_of_word(filling: Filling, source: str, number: int) -> int:
    """Return the 0-based word of a filled text that a gap's is, or is the end of."""
    text, end = "", 0
    for gap in filling.gaps[: number + 1]:
        before = source[end : gap.start]
        joins = gap.chosen is not None and gap.chosen.joins
        shown = source[gap.start : gap.end] if gap.chosen is None else gap.chosen.text
        text += (before.rstrip() if joins else before) + shown
        end = gap.end
    return max(len(text.split()) - 1, 0)


def title_of(looking: Looking) -> str:
    """Say the verdict."""
    is_at_an_end = 0.0 in {looking.left, looking.right}
    template = texts.LOOKS_TITLE_AT_AN_END if is_at_an_end else texts.LOOKS_TITLE
    return template.format(word=escape(looking.word))


def sentence_of(looking: Looking) -> str:
    """Say how much stands on either side, and what is not shown."""
    small = [texts.LOOKS_MEAN]
    if looking.read < looking.count:
        facts = {"read": integer(looking.read), "count": integer(looking.count)}
        small.append(texts.LOOKS_PART.format(**facts))
    said = [texts.LOOKS_BOTH]
    if looking.left is not None and looking.right is not None:
        shares = {"left": percent(looking.left, 0), "right": percent(looking.right, 0)}
        said = [texts.LOOKS_SHARES.format(**shares)]
    return "\n".join([*said, *(SMALL + line for line in small)])


def alt_of(looking: Looking) -> str:
    """Say at which words the one in the gap looks most."""
    title = texts.LOOKS_ALT.format(word=plain(looking.word))
    chart = looking.chart
    if chart.marked is None:
        return title
    row = chart.grid.weights[chart.marked]
    best = sorted(range(len(row)), key=lambda j: -row[j])[:_NAMED]
    items = [
        texts.ALT_BAR.format(word=plain(chart.grid.columns[j]), share=percent(row[j], 0))
        for j in best
    ]
    return listed(title, items, [])
