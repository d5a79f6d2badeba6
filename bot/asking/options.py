"""The decoding options that `/continuar` and `/explicar` share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from types import FunctionType
from typing import Any, TypeVar

from discord import app_commands

from bot.asking.layers import check_range, parse_number
from bot.client import Interaction
from bot.messages.errors import UserError
from bot.render.markdown import clip, escape
from bot.render.model_names import comparable, first_of, models_of
from bot.render.settings import number_text
from bot.styles import STYLES
from bot.texts import options as texts
from engine.status import WRITERS, Kind

_Callback = TypeVar("_Callback", bound=Callable[..., Any])
_MAX_CHOICES = 25
_CHOICE_LIMIT = 100

_DESCRIPTIONS: Mapping[str, str] = {
    "estilo": texts.OPTION_STYLE,
    "modelo": texts.OPTION_MODEL,
    "estrategia": texts.OPTION_STRATEGY,
    "temperatura": texts.OPTION_TEMPERATURE,
    "top_k": texts.OPTION_TOP_K,
    "top_p": texts.OPTION_TOP_P,
    "beams": texts.OPTION_BEAMS,
    "sin_repetir": texts.OPTION_NO_REPEAT,
    "tokens": texts.OPTION_TOKENS,
    "intentos": texts.OPTION_ATTEMPTS,
}

STRATEGY_CHOICES: list[app_commands.Choice[str]] = [
    app_commands.Choice(name=name, value=value) for value, name in texts.STRATEGY_CHOICES.items()
]

STYLE_CHOICES: list[app_commands.Choice[str]] = [
    app_commands.Choice(name=f"{style.label} · {style.why}", value=name)
    for name, style in STYLES.items()
]


def decoding_options(callback: _Callback) -> _Callback:
    """Describe a command callback's decoding options, with their choices and autocompletes.

    Only the options that the callback declares are touched.
    """
    declared = inspect.signature(callback).parameters
    app_commands.describe(**_only(declared, _DESCRIPTIONS))(callback)
    choices = {"estilo": STYLE_CHOICES, "estrategia": STRATEGY_CHOICES}
    app_commands.choices(**_only(declared, choices))(callback)
    completions: Mapping[str, Any] = {
        "modelo": model_autocomplete,
        "temperatura": temperature_autocomplete,
        "top_p": top_p_autocomplete,
    }
    app_commands.autocomplete(**_only(declared, completions))(callback)
    return callback


def with_ceiling(
    command: app_commands.Command[Any, ..., None], option: str, ceiling: int
) -> app_commands.Command[Any, ..., None]:
    """Return a command whose option ends where the installation does, so that Discord says it.

    Args:
        command: Left as it is: every bot of a process registers its own.
        option: An optional whole number, at least 1.
        ceiling: The greatest.
    """
    callback: Any = command.callback
    # The same function with one other annotation, which discord.py reads.
    limited = FunctionType(
        callback.__code__, callback.__globals__, callback.__name__, callback.__defaults__
    )
    limited.__dict__.update(callback.__dict__)
    kind = app_commands.Range[int, 1, ceiling] | None
    limited.__annotations__ = {**callback.__annotations__, option: kind}
    return app_commands.Command(
        name=command.name, description=command.description, callback=limited
    )


def call_settings(
    *,
    estilo: str | None = None,
    modelo: str | None = None,
    estrategia: str | None = None,
    temperatura: str | None = None,
    top_k: int | None = None,
    top_p: str | None = None,
    beams: int | None = None,
    sin_repetir: int | None = None,
    tokens: int | None = None,
    intentos: int | None = None,
) -> dict[str, object]:
    """Collect the settings that a call named: field → value.

    Raises:
        UserError: A value is no number or is out of range, or there is no such style.
    """
    if estilo is not None and estilo not in STYLES:
        labels = ", ".join(style.label for style in STYLES.values())
        raise UserError(texts.UNKNOWN_STYLE.format(typed=escape(clip(estilo, 40)), names=labels))
    chosen = {"style": estilo, "model": modelo, "strategy": estrategia}
    call: dict[str, object] = {field: name for field, name in chosen.items() if name is not None}
    for field, typed in (("temperature", temperatura), ("top_p", top_p)):
        if typed is not None:
            call[field] = parse_number(field, typed)
    whole_numbers = {
        "top_k": top_k,
        "num_beams": beams,
        "no_repeat_ngram_size": sin_repetir,
        "attempts": intentos,
    }
    for field, number in whole_numbers.items():
        if number is not None:
            check_range(field, number, str(number))
            call[field] = number
    if tokens is not None:
        # Its ceiling is the installation's, which the merge knows.
        call["max_new_tokens"] = tokens
    return call


async def temperature_autocomplete(
    _interaction: Interaction, current: str
) -> list[app_commands.Choice[str]]:
    """Propose temperatures."""
    return decimal_choices("temperature", current, texts.TEMPERATURES)


async def top_p_autocomplete(
    _interaction: Interaction, current: str
) -> list[app_commands.Choice[str]]:
    """Propose values of top-p."""
    return decimal_choices("top_p", current, texts.TOP_PS)


async def model_autocomplete(
    interaction: Interaction, current: str
) -> list[app_commands.Choice[str]]:
    """Propose the models that go on with a text whose name contains what was typed."""
    return model_choices(interaction, current, WRITERS)


def model_choices(
    interaction: Interaction, current: str, kinds: Collection[Kind]
) -> list[app_commands.Choice[str]]:
    """Propose the models of some kinds whose name contains what was typed, the default first."""
    wanted = comparable(current.strip())
    choices = []
    engine = interaction.client.engine
    default = first_of(engine, kinds)
    for info in models_of(engine, kinds):
        is_match = wanted in comparable(info.name) or wanted in comparable(info.display_name)
        if is_match and len(info.name) <= _CHOICE_LIMIT:
            template = texts.DEFAULT_MODEL if info == default else "{name}"
            shown = info.display_name
            if info.host is not None:
                shown = texts.REMOTE_MODEL.format(name=shown, host=info.host)
            name = clip(template.format(name=shown), _CHOICE_LIMIT)
            choices.append(app_commands.Choice(name=name, value=info.name))
    return choices[:_MAX_CHOICES]


def decimal_choices(
    field: str, current: str, proposals: Mapping[str, str]
) -> list[app_commands.Choice[str]]:
    """Propose the explained values that start with what was typed, and the typed one if valid."""
    prefix = current.strip().replace(".", ",")
    prefix = f"0{prefix}" if prefix.startswith(",") else prefix
    named = {
        value: texts.PROPOSAL.format(value=value, why=why)
        for value, why in proposals.items()
        if value.startswith(prefix)
    }
    typed = _valid_number(field, prefix)
    if typed is not None and typed not in proposals:
        named = {typed: texts.YOUR_VALUE.format(value=typed), **named}
    return [app_commands.Choice(name=name, value=value) for value, name in named.items()]


def _valid_number(field: str, typed: str) -> str | None:
    try:
        return number_text(float(parse_number(field, typed)))
    except UserError:
        return None


def _only(declared: Mapping[str, object], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in declared}
