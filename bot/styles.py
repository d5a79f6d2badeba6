"""Styles: named sets of decoding settings, the first thing that a person chooses.

The figures behind the numbers are in `docs/styles.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from engine import DecodingParams, GenerationRequest

DEFAULT = "balanced"
LESSON = "lesson"
LADDER = ("precise", "balanced", "creative", "mad")
"""The styles from the sanest to the wildest; the lesson's is on no such scale."""

STYLED: tuple[str, ...] = tuple(
    field.name
    for field in fields(DecodingParams)
    if field.name not in {"max_new_tokens", "min_new_tokens", "attempts", "stop", "bad_words"}
)
"""What a style decides: how the words are chosen, not how many, nor of how many texts."""

SENTENCE_END_TOKENS = 24
"""What every style but the lesson's gives a text to end its sentence."""

_HEAT = 1.4
_LEAST_HEAT, _MOST_HEAT = 0.2, 3.0


@dataclass(frozen=True, kw_only=True)
class Style:
    """A named set of settings.

    Attributes:
        label: Its Spanish name.
        why: One line about it.
        settings: Field of `DecodingParams` → value; the others are neutral.
    """

    label: str
    why: str
    settings: Mapping[str, Any]


_READABLE: Mapping[str, Any] = MappingProxyType(
    {"whole_word_start": True, "plain_text": True, "sentence_end_tokens": SENTENCE_END_TOKENS}
)
"""What makes a text one to read: of every style but the lesson's."""


def _drawn(**filters: float) -> Mapping[str, Any]:
    return MappingProxyType({"strategy": "sample", **filters, **_READABLE})


STYLES: Mapping[str, Style] = MappingProxyType(
    {
        "precise": Style(
            label="Preciso",
            why="fiel y con pocas sorpresas",
            settings=_drawn(
                temperature=0.3, top_p=0.9, repetition_penalty=1.15, no_repeat_ngram_size=6
            ),
        ),
        "balanced": Style(
            label="Equilibrado",
            why="variado sin perder el hilo",
            settings=_drawn(temperature=0.5, top_p=0.9, repetition_penalty=1.15),
        ),
        "creative": Style(
            label="Creativo",
            why="más sorpresas",
            settings=_drawn(temperature=0.8, top_p=0.95, repetition_penalty=1.1),
        ),
        "mad": Style(
            label="Loco",
            why="se va por los cerros",
            settings=_drawn(temperature=1.5, min_p=0.05, repetition_penalty=1.05),
        ),
        LESSON: Style(
            label="Lección",
            why="justo lo que pidas, con las cuentas de transformers; sin pedir nada, greedy",
            settings={},
        ),
    }
)


AUTHORS, CODE = "authors", "code"
OWN_STYLES: Mapping[str, Style] = MappingProxyType(
    {
        # Keskar et al. (2019), §4.1: greedy search, θ = 1,2.
        AUTHORS: Style(
            label="Como sus autores",
            why="greedy con penalización de repetición 1,2, como en el artículo de CTRL",
            settings=MappingProxyType({"strategy": "greedy", "repetition_penalty": 1.2}),
        ),
        # Chen et al. (2021), §3.3: the best by its mean log-probability comes first; top-p 0,95.
        CODE: Style(
            label="Código",
            why="varias propuestas, primero la más probable por token",
            settings=MappingProxyType(
                {"strategy": "sample_and_rank", "temperature": 0.6, "top_p": 0.95}
            ),
        ),
    }
)
"""What a model brings along, where nobody has chosen a style; not to be chosen."""
ALL_STYLES: Mapping[str, Style] = MappingProxyType({**STYLES, **OWN_STYLES})
CODE_SUGGESTIONS = 3


def settings_of(style: str) -> dict[str, Any]:
    """Return every field that a style decides with its value.

    Raises:
        KeyError: There is no such style.
    """
    neutral = DecodingParams()
    return {name: getattr(neutral, name) for name in STYLED} | dict(ALL_STYLES[style].settings)


def changed_settings(style: str, params: DecodingParams) -> tuple[str, ...]:
    """Name the fields in which settings differ from a style, as far as they have an effect."""
    asked = params.resolved()
    pure = replace(params, **settings_of(style)).resolved()
    return tuple(
        name
        for name in STYLED
        if name not in asked.ignored and getattr(asked, name) != getattr(pure, name)
    )


def wilder(request: GenerationRequest) -> GenerationRequest | None:
    """Return the same request with more surprises; None where there are no more to be had."""
    return _moved(request, 1)


def saner(request: GenerationRequest) -> GenerationRequest | None:
    """Return the same request with fewer surprises; None where there are no fewer to be had."""
    return _moved(request, -1)


def _moved(request: GenerationRequest, direction: int) -> GenerationRequest | None:
    """Take the neighbouring style; with settings of one's own, warm or cool those."""
    style, params = request.style, request.params.resolved()
    if style in LADDER and not changed_settings(style, params):
        place = LADDER.index(style) + direction
        if not 0 <= place < len(LADDER):
            return None
        near = LADDER[place]
        return replace(request, style=near, params=replace(params, **settings_of(near)))
    if not params.is_sampled:
        # The most probable text is the sanest; a die makes it wilder.
        is_wilder = direction > 0
        heat = 1.0 if params.is_frozen else params.temperature
        drawn = replace(params, strategy="sample", temperature=heat, num_beams=1, num_beam_groups=1)
        return replace(request, params=drawn) if is_wilder else None
    moved = round(params.temperature * _HEAT**direction, 2)
    heat = min(max(moved, _LEAST_HEAT), _MOST_HEAT)
    if (heat - params.temperature) * direction <= 0:
        return None
    return replace(request, params=replace(params, temperature=heat))
