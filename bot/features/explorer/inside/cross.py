"""Which words of the source a target's words look at: what the picture shows, and in words."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.features.explorer.inside import texts
from bot.features.explorer.inside.attention import heads_named, looks_at, map_title, strongest
from bot.features.explorer.inside.attention_chart import MOST_TOKENS, AttentionChart
from bot.features.explorer.step.labels import spoken
from bot.render.alt import listed
from bot.render.markdown import escape
from bot.render.numbers import percent
from bot.render.tokens import plain
from bot.render.written_words import word_starts
from engine.explain import Attention, AttentionMap

_SPECIAL = re.compile(r"<.*>|__.*__|>>.*<<|\[[A-Z]+\]")
_MOST_LOOKS = 2
_LEAST_LOOK = 0.1
_IN_ORDER = 0.9
_LEAST_ROWS = 3


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a target's tokens are: each is written behind the one of the same place.

    Attributes:
        token_ids: The tokens that were written, as many as the target that was read has.
        tokens: Their texts.
        here: 0-based place of the one that is explained.
        ends: Ids of the tokens that end texts.
    """

    token_ids: tuple[int, ...]
    tokens: tuple[str, ...]
    here: int
    ends: Collection[int]


@dataclass(frozen=True, kw_only=True)
class CrossView:
    """One map from words to words.

    Attributes:
        attention: The model's answer.
        map: The map that is shown.
        rows: The written words; the weights of each over `columns` sum to 1.
        columns: The words of the source.
        here: 0-based row that is explained.
    """

    attention: Attention
    map: AttentionMap
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]
    here: int

    @property
    def drawn(self) -> range:
        """The rows that are drawn, around the one that is explained."""
        first = min(self.here - MOST_TOKENS // 2, len(self.rows) - MOST_TOKENS)
        return range(max(first, 0), max(first, 0) + MOST_TOKENS)[: len(self.rows)]

    @property
    def seen(self) -> range:
        """The columns that are drawn: where these rows look most."""
        count = len(self.columns)
        if count <= MOST_TOKENS:
            return range(count)
        shares = [sum(self.weights[i][column] for i in self.drawn) for column in range(count)]
        first = max(
            range(count - MOST_TOKENS + 1),
            key=lambda start: (sum(shares[start : start + MOST_TOKENS]), -start),
        )
        return range(first, first + MOST_TOKENS)


def cross_view(attention: Attention, layer: int, written: Written) -> CrossView:
    """Sum up tokens as words: a word looks as its tokens do on average, at all of another's.

    Args:
        attention: The answer about every layer's mean, or about one head.
        layer: 0-based.
        written: The target.
    """
    found = next(one for one in attention.maps if one.layer == layer)
    rows = _words(written.token_ids, written.tokens, written.ends)
    columns = _words(attention.column_ids, attention.column_tokens, written.ends)
    weights = tuple(
        tuple(
            sum(found.weights[i][j] for i in row for j in column) / len(row) for column in columns
        )
        for row in rows
    )
    return CrossView(
        attention=attention,
        map=found,
        rows=tuple(_named(row, written.token_ids, written.tokens, written.ends) for row in rows),
        columns=tuple(
            _named(column, attention.column_ids, attention.column_tokens, written.ends)
            for column in columns
        ),
        weights=weights,
        here=next(i for i, row in enumerate(rows) if written.here in row),
    )


def cross_chart_of(view: CrossView) -> AttentionChart:
    """Return what the picture shows; what is left out of the source is summed up."""
    seen = view.seen
    has_others = len(seen) < len(view.columns)
    rows = []
    for i in view.drawn:
        shown = view.weights[i][seen.start : seen.stop]
        rows.append((max(0.0, 1.0 - sum(shown)), *shown) if has_others else shown)
    return AttentionChart(
        title=map_title(view.attention, view.map),
        tokens=tuple(view.rows[i] for i in view.drawn),
        columns=tuple(view.columns[j] for j in seen),
        rows=tuple(rows),
        has_earlier=has_others,
        marked=view.here - view.drawn.start,
        is_masked=False,
    )


def cross_sentences(view: CrossView) -> str:
    """Say what the picture is, where the explained word looks, and whether it goes in order."""
    weights = view.weights[view.here]
    best = strongest(weights, _MOST_LOOKS)
    best = [best[0], *(j for j in best[1:] if weights[j] >= _LEAST_LOOK)]
    lines = [
        texts.CROSS_WHAT,
        texts.CROSS_LOOKS.format(
            heads=heads_named(view.map),
            word=escape(view.rows[view.here]),
            others=looks_at((view.columns[j], weights[j]) for j in best),
        ),
    ]
    if _is_in_order(view):
        lines.append(texts.CROSS_IN_ORDER)
    if len(view.drawn) < len(view.rows) or len(view.seen) < len(view.columns):
        lines.append(texts.CROSS_PART)
    return "\n".join(lines)


def cross_alt(chart: AttentionChart) -> str:
    """Say at which word of the source each written word looks most, in their order."""
    items = []
    for word, row in zip(chart.tokens, chart.rows, strict=True):
        best = max(range(len(row)), key=row.__getitem__)
        share = percent(row[best], 0)
        items.append(
            texts.ALT_ROW.format(token=plain(word), other=plain(chart.heads[best]), share=share)
        )
    return listed(texts.ALT_CROSS.format(title=chart.title), items, [])


def _is_in_order(view: CrossView) -> bool:
    """Tell whether the words look at one word each, from left to right."""
    best = [max(range(len(row)), key=row.__getitem__) for row in view.weights]
    steps = list(pairwise(best))
    forward = sum(after >= before for before, after in steps)
    sure = sum(max(row) for row in view.weights) / len(view.weights)
    is_spread = len(set(best)) >= _LEAST_ROWS
    return is_spread and sure >= 0.5 and forward >= _IN_ORDER * len(steps)


def _words(token_ids: Sequence[int], tokens: Sequence[str], ends: Collection[int]) -> list[range]:
    """Group tokens into words; a special token is one by itself."""
    starts = set(word_starts("", tokens))
    for i, (token_id, token) in enumerate(zip(token_ids, tokens, strict=True)):
        if token_id in ends or _SPECIAL.fullmatch(token.strip()):
            starts |= {i, i + 1}
    bounds = sorted(start for start in starts if start < len(tokens))
    return [
        range(start, stop) for start, stop in zip(bounds, [*bounds[1:], len(tokens)], strict=True)
    ]


def _named(
    word: range, token_ids: Sequence[int], tokens: Sequence[str], ends: Collection[int]
) -> str:
    if token_ids[word.start] in ends:
        return texts.CHART_END
    return spoken("".join(tokens[word.start : word.stop]), "")
