"""What the panels of `/ajustes` say of the settings that count."""

from __future__ import annotations

from bot.asking.layers import FIELDS, Effective, Laid, lay
from bot.client import Client
from bot.features.settings import texts
from bot.render.markdown import escape
from bot.render.model_names import shown_name
from bot.render.numbers import integer
from bot.render.settings import value_text
from bot.render.style import style_text
from bot.storage.records import Preferences
from bot.styles import settings_of
from bot.texts import options as option_texts
from engine import DecodingParams

_ORDER = ("style", *(field for form in texts.GROUPS.values() for field in form.fields))
_MOST_DIFFERENCES = 8
_UNSET = object()


def now_line(bot: Client, effective: Effective) -> str:
    """Sum up what counts now."""
    return texts.NOW.format(
        style=style_text(effective.style, effective.params),
        tokens=effective.params.max_new_tokens,
        model=shown_name(bot.engine, effective.model),
    )


def origin_of_style(laid: Laid) -> str:
    """Name the style and the layer that decides it."""
    return texts.FIELD_LINE.format(
        name=option_texts.FIELD_NAMES["style"],
        value=value_text("style", laid.values["style"]),
        origin=texts.ORIGINS[laid.origins["style"]],
    )


def difference_lines(bot: Client, laid: Laid, effective: Effective) -> str:
    """List what is not as the installation has it, with the layer that decides it.

    Of another style only its name is listed, and what was set over it.
    """
    nothing = Preferences()
    installed = lay(bot.settings, nothing, nothing)
    # A stored model may be gone.
    values = {**laid.values, "model": effective.model}
    fields = [field for field in _ORDER if values[field] != installed.values[field]]
    if "style" in fields:
        styled = settings_of(laid.values["style"])
        fields = [field for field in fields if values[field] != styled.get(field, _UNSET)]
    lines = [_difference(bot, field, laid, installed, effective) for field in fields]
    if len(lines) > _MOST_DIFFERENCES:
        hidden = len(lines) - _MOST_DIFFERENCES
        lines = [*lines[:_MOST_DIFFERENCES], texts.MORE_DIFFERENCES.format(count=integer(hidden))]
    return "\n".join([texts.DIFFERENCES, *lines]) if lines else texts.NO_DIFFERENCES


def _difference(bot: Client, field: str, laid: Laid, installed: Laid, effective: Effective) -> str:
    value, before = (_value(field, values[field]) for values in (laid.values, installed.values))
    if field == "model":
        value, before = shown_name(bot.engine, effective.model), shown_name(bot.engine, None)
    return texts.DIFFERENCE.format(
        name=option_texts.FIELD_NAMES[field],
        value=value,
        origin=texts.ORIGINS[laid.origins[field]],
        installed=before,
    )


def group_lines(bot: Client, group: str, laid: Laid, effective: Effective) -> str:
    """List the settings of a group with the layers that decide them."""
    idle = DecodingParams(**{name: laid.values[name] for name in FIELDS}).inactive()
    form = texts.GROUPS[group]
    lines = [f"**{form.title}**"]
    for field in form.fields:
        value = _value(field, laid.values[field])
        if field == "model":
            value = shown_name(bot.engine, effective.model)
        origins = effective.origins if field == "model" else laid.origins
        line = texts.FIELD_LINE.format(
            name=option_texts.FIELD_NAMES[field],
            value=value,
            origin=texts.ORIGINS[origins[field]],
        )
        strategy = option_texts.STRATEGY_NAMES[effective.params.strategy]
        lines.append(line + (texts.NO_EFFECT.format(strategy=strategy) if field in idle else ""))
    return "\n".join(lines)


def _value(field: str, value: object) -> str:
    """Write a value, with its meaning where it switches the setting off."""
    text = escape(value_text(field, value))
    if field in texts.NEUTRAL and value == getattr(DecodingParams(), field):
        return texts.NEUTRAL_VALUE.format(value=text, meaning=texts.NEUTRAL[field])
    return text
