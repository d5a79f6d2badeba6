"""A style and what was changed over it, in a few words."""

from __future__ import annotations

from bot.render.settings import beams_text, settings_line, value_text
from bot.styles import ALL_STYLES, LESSON, changed_settings
from bot.texts import options as texts
from bot.texts.filters import FILTERS
from engine import SWITCHES, DecodingParams

_MOST_NAMED = 3


def style_text(style: str | None, params: DecodingParams) -> str:
    """Name the style of a text and the single settings changed over it.

    «Equilibrado», «Equilibrado, con temperatura 1,2 y sin top-p», «Lección: greedy».

    Args:
        style: Of the request; None or unknown for a text of before there were styles, which is
            told by its settings.
        params: That it was written with.
    """
    if style is None or style not in ALL_STYLES:
        return settings_line(params)
    label = ALL_STYLES[style].label
    if style == LESSON:
        return texts.STYLE_LESSON.format(style=label, settings=settings_line(params))
    params = params.resolved()
    changed = changed_settings(style, params)
    told = [name for name in changed if name not in _told_by_strategy(changed, params)]
    if len(told) > _MOST_NAMED:
        return texts.STYLE_MANY.format(style=label, count=len(told))
    gone = [name for name in told if _is_gone(name, params)]
    have = [_with(name, params) for name in told if name not in gone]
    parts = [label]
    if have:
        parts.append(texts.STYLE_WITH.format(settings=texts.joined(tuple(have))))
    if gone:
        parts.append(texts.joined(tuple(_without(name) for name in gone)))
    return ", ".join(parts)


def _told_by_strategy(changed: tuple[str, ...], params: DecodingParams) -> tuple[str, ...]:
    is_told = "strategy" in changed and params.is_beam
    return ("num_beams", "num_beam_groups") if is_told else ()


def _is_gone(name: str, params: DecodingParams) -> bool:
    is_neutral = getattr(params, name) == getattr(DecodingParams(), name)
    return is_neutral and name in FILTERS and bool(FILTERS[name].neutral)


def _without(name: str) -> str:
    words = FILTERS[name]
    return words.off or texts.STYLE_WITHOUT.format(name=words.name)


def _with(name: str, params: DecodingParams) -> str:
    if name == "strategy":
        return beams_text(params) if params.is_beam else texts.STRATEGY_NAMES[params.strategy]
    value = getattr(params, name)
    if name in FILTERS:
        words = FILTERS[name]
        template = words.in_sentence or words.label
        if name not in SWITCHES and "{value}" not in template:
            template = words.label
        return template.format(value=value_text(name, value))
    return f"{texts.FIELD_NAMES[name]} {value_text(name, value)}"
