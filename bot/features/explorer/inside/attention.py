"""Who looks at whom before a step: what the picture shows, and in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.features.explorer.inside import texts
from bot.features.explorer.inside.attention_chart import MOST_TOKENS, AttentionChart
from bot.render.alt import listed
from bot.render.joining import joined
from bot.render.markdown import escape
from bot.render.numbers import integer, percent
from bot.render.step import token_label
from bot.render.tokens import plain
from engine.explain import Attention, AttentionMap

_MOST_LOOKS = 3
_LEAST_LOOK = 0.01


@dataclass(frozen=True)
class AttentionView:
    """One map as a page shows it.

    Attributes:
        attention: The model's answer.
        map: The map that is shown.
        end: How many tokens of the text stand before the end of the stretch that is drawn.
    """

    attention: Attention
    map: AttentionMap
    end: int

    @property
    def stretch(self) -> range:
        """The tokens that are drawn."""
        return stretch_before(self.end)

    @property
    def is_at_end(self) -> bool:
        """Whether the text's last token is drawn."""
        return self.end == len(self.attention.tokens)

    @property
    def is_masked(self) -> bool:
        """Whether no token sees what is on its right."""
        return self.attention.part != "encoder"

    def label(self, index: int) -> str:
        """Return a token as it may be shown; not escaped."""
        return token_label(self.attention.tokens[index])


def attention_view(attention: Attention, layer: int, token: int) -> AttentionView:
    """Return a page of an answer: the only map, or the layer's.

    Args:
        attention: The answer to a question about every layer's mean, or about one head.
        layer: 0-based.
        token: 1-based last token of the stretch that is drawn; 0 for the text's last one.
    """
    count = len(attention.tokens)
    found = next(one for one in attention.maps if one.layer == layer)
    return AttentionView(attention, found, min(token or count, count))


def stretch_before(end: int) -> range:
    """Return the tokens that are drawn where so many stand before the end of the stretch."""
    return range(max(0, end - MOST_TOKENS), end)


def attention_chart_of(view: AttentionView) -> AttentionChart:
    """Return what the picture shows; what is seen and not in the stretch is summed up."""
    drawn = view.stretch
    has_others = drawn.start > 0 if view.is_masked else len(drawn) < len(view.attention.tokens)
    rows = []
    for i in drawn:
        weights = view.map.weights[i]
        shown = tuple(weights[drawn.start : drawn.stop])
        others = sum(weights[: drawn.start]) + sum(weights[drawn.stop :])
        rows.append((others, *shown) if has_others else shown)
    return AttentionChart(
        title=map_title(view.attention, view.map),
        tokens=tuple(view.label(i) for i in drawn),
        rows=tuple(rows),
        has_earlier=has_others,
        marked=len(drawn) - 1 if view.is_at_end and view.is_masked else None,
        is_masked=view.is_masked,
    )


def attention_sentences(view: AttentionView) -> str:
    """Say what the picture is, and at what the stretch's last token looks."""
    what = texts.ATTENTION_WHAT if view.is_masked else texts.ENCODER_WHAT
    lines = [what, _looks(view)]
    drawn, count = view.stretch, len(view.attention.tokens)
    if len(drawn) < count:
        template = texts.EARLIER_NOTE if drawn.start else texts.EARLIER_NOTE_START
        if not view.is_masked:
            template = texts.OTHERS_NOTE
        lines.append(template.format(first=drawn.start + 1, last=drawn.stop, count=count))
    if view.is_masked and view.end > 1 and view.map.weights[view.end - 1][0] > 0.5:
        lines.append(texts.FIRST_TOKEN_NOTE)
    return "\n".join(lines)


def strongest(weights: tuple[float, ...], most: int) -> list[int]:
    """Return the columns with the greatest weights, the greatest first."""
    return sorted(range(len(weights)), key=lambda i: (-weights[i], i))[:most]


def _looks(view: AttentionView) -> str:
    last = view.end - 1
    weights = view.map.weights[last]
    best = strongest(weights, _MOST_LOOKS)
    best = [i for i in best if weights[i] >= _LEAST_LOOK] or best[:1]
    looks = [
        texts.LOOK_SELF.format(share=percent(weights[i], 0))
        if i == last
        else texts.LOOK.format(token=escape(view.label(i)), share=percent(weights[i], 0))
        for i in best
    ]
    template = texts.LOOKS_LAST if view.is_at_end else texts.LOOKS
    return template.format(
        heads=heads_named(view.map), token=escape(view.label(last)), others=joined(looks)
    )


def looks_at(others: Iterable[tuple[str, float]]) -> str:
    """Say what is looked at, and how much: «a «cancion» (98 %) y a «la» (1 %)»."""
    return joined(
        [texts.LOOK.format(token=escape(label), share=percent(share, 0)) for label, share in others]
    )


def heads_named(found: AttentionMap) -> str:
    """Name the layer and heads of a map, within a sentence."""
    layer = integer(found.layer + 1)
    if found.head is None:
        return texts.MEAN_OF_HEADS.format(layer=layer)
    return texts.ONE_HEAD.format(head=integer(found.head + 1), layer=layer)


def map_title(attention: Attention, found: AttentionMap) -> str:
    """Name the layer and heads of a map, as a title."""
    layer, heads = integer(found.layer + 1), integer(attention.heads)
    if found.head is None:
        return texts.CHART_MEAN.format(layer=layer, heads=heads)
    return texts.CHART_HEAD.format(layer=layer, head=integer(found.head + 1), heads=heads)


def attention_alt(chart: AttentionChart) -> str:
    """Say at what each token looks most, the last first, and whether nobody sees the future."""
    items = []
    for token, row in zip(chart.tokens[::-1], chart.rows[::-1], strict=True):
        best = max(range(len(row)), key=row.__getitem__)
        share, other = percent(row[best], 0), plain(chart.heads[best])
        items.append(texts.ALT_ROW.format(token=plain(token), other=other, share=share))
    future = [texts.ALT_FUTURE] if chart.is_masked else []
    return listed(texts.ALT_ATTENTION.format(title=chart.title), items, future)
