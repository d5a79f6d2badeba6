"""A token's vectors at a step: what the picture shows, and in words."""

from __future__ import annotations

from bot.features.explorer.inside import texts
from bot.features.explorer.inside.layers import evenly, layer_label
from bot.features.explorer.inside.vector_chart import VectorChart, VectorLine
from bot.render.alt import listed
from bot.render.joining import joined
from bot.render.markdown import escape
from bot.render.numbers import fixed, integer, points
from bot.render.step import StepView, token_label
from bot.render.tokens import plain
from engine.explain import TokenVectors

_MOST_LINES = 10
_MOST_NUMBERS = 4


def vector_chart_of(view: StepView, found: TokenVectors) -> VectorChart:
    """Return what the picture shows."""
    return VectorChart(
        title=texts.CHART_TITLE.format(
            page=texts.VECTOR, step=view.step + 1, steps=len(view.steps)
        ),
        token=shown_token(found),
        token_id=found.token_ids[found.position],
        size=found.embedding.size,
        table=found.embedding.components,
        lines=tuple(
            VectorLine(
                label=layer_label(layer),
                numbers=found.states[layer].components,
                norm=found.states[layer].norm,
            )
            for layer in evenly(len(found.states), _MOST_LINES)
        ),
    )


def vector_sentences(found: TokenVectors) -> str:
    """Say what the picture is, and which tokens are like this one."""
    lines = [
        texts.VECTOR_WHAT.format(
            token=escape(shown_token(found)),
            id=integer(found.token_ids[found.position]),
            size=integer(found.embedding.size),
        )
    ]
    near = [
        texts.NEAR.format(token=escape(token_label(one.text)), cosine=fixed(one.cosine, 2))
        for one in found.neighbours
    ]
    if near:
        template = texts.NEAREST_ONE if len(near) == 1 else texts.NEAREST
        lines.append(template.format(others=joined(near)))
    lines.append(texts.COSINE_NOTE)
    layers = len(found.states) - 1
    if len(found.states) > _MOST_LINES:
        lines.append(texts.THINNED_NOTE.format(layers=integer(layers), shown=integer(_MOST_LINES)))
    return "\n".join(lines)


def shown_token(found: TokenVectors) -> str:
    """Return the token as it may be shown; not escaped."""
    return token_label(found.tokens[found.position])


def vector_alt(chart: VectorChart) -> str:
    """Say the token, its id, the start of its vector, and the vector's length in each layer."""
    lead = texts.ALT_VECTOR.format(
        title=chart.title,
        token=plain(chart.token),
        id=integer(chart.token_id),
        size=integer(chart.size),
        numbers=" · ".join(fixed(number, 2) for number in chart.table[:_MOST_NUMBERS]),
    )
    norms = [
        texts.ALT_NORM.format(layer=line.label, norm=points(line.norm, 1)) for line in chart.lines
    ]
    return listed(lead, norms, [])
