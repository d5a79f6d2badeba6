"""The summary of what goes on inside a model at a step: what its picture shows, and in words."""

from __future__ import annotations

from bot.features.explorer.inside import texts
from bot.features.explorer.inside.lens import favourite_sentence, followed_label, lens_lines
from bot.features.explorer.inside.summary_chart import InsideChart, InsideOption
from bot.render.alt import listed
from bot.render.numbers import integer, percent
from bot.render.step import StepView, token_label
from bot.render.tokens import plain
from bot.texts.common import tokens
from engine.explain import LogitLens, TokenVectors

_MOST_LINES = 5
_MOST_OPTIONS = 5


def inside_title(view: StepView, page: int) -> str:
    """Return the heading of a page inside the model, by its number."""
    name = texts.PAGES[page]
    return texts.TITLE.format(page=name, step=view.step + 1, steps=len(view.steps))


def inside_chart_of(view: StepView, lens: LogitLens, vectors: TokenVectors) -> InsideChart:
    """Return what the summary's picture shows."""
    options = lens.rows[-1].candidates
    listed = options[:_MOST_OPTIONS]
    if all(option.token_id != lens.target for option in listed):
        listed = (*listed[:-1], next(o for o in options if o.token_id == lens.target))
    return InsideChart(
        title=texts.CHART_TITLE.format(page=texts.MENU, step=view.step + 1, steps=len(view.steps)),
        tokens=tuple(zip(map(token_label, vectors.tokens), vectors.token_ids, strict=True)),
        vector=vectors.embedding.components,
        size=vectors.embedding.size,
        chosen=followed_label(lens),
        layers=len(lens.rows) - 1,
        lines=lens_lines(lens, _MOST_LINES),
        options=tuple(
            InsideOption(
                label=token_label(option.text),
                prob=option.prob,
                is_chosen=option.token_id == lens.target,
            )
            for option in listed
        ),
    )


def inside_sentences(lens: LogitLens, *, has_source: bool = False) -> str:
    """Say how a text becomes the next token, and which layer found the one that came out."""
    layers = len(lens.rows) - 1
    what = texts.SUMMARY_WHAT_ONE if layers == 1 else texts.SUMMARY_WHAT
    if has_source:
        what = texts.SUMMARY_WHAT_PAIR
    return f"{what.format(layers=integer(layers))}\n{favourite_sentence(lens)}"


def inside_alt(chart: InsideChart) -> str:
    """Say the last token, its id and the size of its vector, what layers say, and what follows."""
    label, token_id = chart.tokens[-1]
    lead = texts.ALT_SUMMARY.format(
        title=chart.title,
        tokens=tokens(integer(len(chart.tokens))),
        token=plain(label),
        id=integer(token_id),
        size=integer(chart.size),
    )
    options = [
        texts.ALT_OPTION.format(token=plain(option.label), share=percent(option.prob))
        for option in sorted(chart.options, key=lambda option: not option.is_chosen)
    ]
    return listed(lead, [texts.ALT_CHOSEN.format(option=options[0]), *options[1:]], [])
