"""What each layer would say at a step: what its picture shows, and in words."""

from __future__ import annotations

from bot.features.explorer.inside import texts
from bot.features.explorer.inside.layers import evenly, layer_label
from bot.features.explorer.inside.lens_chart import LensChart, LensLine
from bot.render.alt import listed
from bot.render.markdown import escape
from bot.render.numbers import integer, percent
from bot.render.step import StepView, token_label
from bot.render.tokens import plain
from engine.explain import LensCandidate, LensRow, LogitLens

MOST_LINES = 20
"""Layers in one picture; of more, some are left out evenly."""


def lens_chart_of(view: StepView, lens: LogitLens) -> LensChart:
    """Return what the picture shows."""
    return LensChart(
        title=texts.CHART_TITLE.format(page=texts.LENS, step=view.step + 1, steps=len(view.steps)),
        token=followed_label(lens),
        lines=lens_lines(lens, MOST_LINES),
    )


def lens_lines(lens: LogitLens, most: int) -> tuple[LensLine, ...]:
    """Return at most so many layers, evenly spread."""
    return tuple(_line(lens, lens.rows[i]) for i in evenly(len(lens.rows), most))


def lens_sentences(lens: LogitLens) -> str:
    """Say what the picture is, and from which layer on the token was the favourite."""
    token = escape(followed_label(lens))
    lines = [texts.LENS_WHAT.format(token=token), favourite_sentence(lens)]
    if lens.tokens:
        last = escape(token_label(lens.tokens[-1]))
        lines.append(texts.INPUT_NOTE.format(token=last))
    layers = len(lens.rows) - 1
    if len(lens.rows) > MOST_LINES:
        lines.append(texts.THINNED_NOTE.format(layers=integer(layers), shown=integer(MOST_LINES)))
    return "\n".join(lines)


def favourite_sentence(lens: LogitLens) -> str:
    """Say from which layer on the token is the first choice, or who is in its place."""
    token, layers = escape(followed_label(lens)), len(lens.rows) - 1
    found = followed(lens, lens.rows[-1])
    if found.rank > 1:
        best = lens.rows[-1].candidates[0]
        return texts.NOT_FAVOURITE.format(
            best=escape(token_label(best.text)),
            best_prob=percent(best.prob),
            token=token,
            rank=integer(found.rank),
            prob=percent(found.prob),
        )
    others = [row.layer for row in lens.rows if followed(lens, row).rank > 1]
    first = others[-1] + 1 if others else 0
    if first == 0:
        return texts.FAVOURITE_FROM_INPUT.format(token=token)
    template = texts.FAVOURITE_AT_END if first == layers else texts.FAVOURITE_FROM
    return template.format(token=token, layer=integer(first), layers=integer(layers))


def followed(lens: LogitLens, row: LensRow) -> LensCandidate:
    """Return the token that is followed, as a layer sees it."""
    return next(c for c in row.candidates if c.token_id == lens.target)


def followed_label(lens: LogitLens) -> str:
    """Return the token that is followed, as it may be shown; not escaped."""
    return token_label(followed(lens, lens.rows[-1]).text)


def _line(lens: LogitLens, row: LensRow) -> LensLine:
    best, seen = row.candidates[0], followed(lens, row)
    return LensLine(
        label=layer_label(row.layer),
        token=token_label(best.text),
        prob=best.prob,
        followed=seen.prob,
        rank=seen.rank,
    )


def lens_alt(chart: LensChart) -> str:
    """Say what each layer would say, the last first, and what became of the chosen token."""
    lines = [
        texts.ALT_LAYER.format(
            layer=line.label, token=plain(line.token), share=percent(line.prob, 0)
        )
        for line in chart.lines[::-1]
    ]
    return listed(texts.ALT_LENS.format(title=chart.title), lines, [])
