"""The layers of settings: this call over the user's, the server's and the installation's."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args

from bot.asking.models import chosen_model, stored_model
from bot.asking.needed import NEEDED, with_possible_attempts, with_possible_groups
from bot.asking.own_style import for_programs, own_settings
from bot.client import Client, Interaction
from bot.config import Settings
from bot.messages.errors import UserError
from bot.render.model_names import model_info
from bot.render.numbers import parse_decimal
from bot.render.settings import number_text, out_of_range
from bot.storage.records import Preferences, Scope
from bot.styles import settings_of
from bot.texts import options as texts
from engine import RANGES, DecodingParams, Engine, EngineError
from engine.status import WRITERS, Kind

if TYPE_CHECKING:
    from bot.storage import Storage

Origin = Literal["installation", "guild", "user", "call"]
_NEARNESS: tuple[str, ...] = get_args(Origin)

FIELDS: tuple[str, ...] = tuple(
    name for name in DecodingParams.__dataclass_fields__ if name != "bad_words"
)
"""The settings that people may change; the word list belongs to whoever installs the bot."""

_IMPLY_SAMPLING = ("temperature", "top_k", "top_p")
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,15}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Laid:
    """The value of each of `FIELDS`, "model" and "style" as its nearest layer gave it, and whose.

    A style stands for all that it decides: whoever names one wants that style, whatever was set
    farther away; what is set as near as the style, or nearer, is set over it.
    """

    values: Mapping[str, Any]
    origins: Mapping[str, Origin]


@dataclass(frozen=True, kw_only=True)
class Effective:
    """The settings that count for one call.

    Attributes:
        params: Validated settings under the strategy that they really mean.
        model: Name of a configured model, or None for the default one.
        style: Name of the style that they began as.
        origins: Layer that decided each of `FIELDS`, "model" and "style".
        notes: Spanish sentences about what was changed or ignored.
    """

    params: DecodingParams
    model: str | None
    style: str
    origins: Mapping[str, Origin]
    notes: tuple[str, ...] = ()


async def effective(
    bot: Client,
    interaction: Interaction,
    call: Mapping[str, object],
    kinds: Collection[Kind] = WRITERS,
) -> Effective:
    """Merge the settings of a call with the stored and the installed ones.

    Args:
        bot: Gives the installation's settings, the storage and the models.
        interaction: Says whose settings, and of which server.
        call: Field name (or "model") → value; only what the call named.
        kinds: What the model has to be.

    Raises:
        UserError: A value is out of range, or the named model does not exist or is of another kind.
    """
    guild, user = await stored_layers(bot.storage, interaction.guild_id, interaction.user.id)
    merged = with_known_model(bot.engine, merge(bot.settings, guild, user, call), kinds)
    info = model_info(bot.engine, merged.model)
    own = own_settings(info)
    if own and merged.origins["style"] == "installation":
        merged = merge(bot.settings, guild, user, call, own)
        merged = with_known_model(bot.engine, merged, kinds)
    params = replace(merged.params, bad_words=bot.blocked_words)
    if info is not None and info.writes == "code":
        params = for_programs(params)
    return replace(merged, params=params)


async def stored_layers(
    storage: Storage, guild_id: int | None, user_id: int | None
) -> tuple[Preferences, Preferences]:
    """Read the server's and the user's settings; an absent layer is empty."""
    owners: dict[Scope, int | None] = {"guild": guild_id, "user": user_id}
    asked = [(scope, owner) for scope, owner in owners.items() if owner is not None]
    found = dict(zip(asked, await storage.preferences.get_all(*asked), strict=True))
    nothing = Preferences()
    guild, user = (found.get((scope, owner or 0), nothing) for scope, owner in owners.items())
    return guild, user


def lay(
    installation: Settings,
    guild: Preferences,
    user: Preferences,
    call: Mapping[str, object] = MappingProxyType({}),
    own: Mapping[str, object] = MappingProxyType({}),
) -> Laid:
    """Lay the layers over one another: the nearest that names a field decides it."""
    values: dict[str, Any] = {name: getattr(DecodingParams(), name) for name in FIELDS}
    values["model"] = None
    origins: dict[str, Origin] = dict.fromkeys(values, "installation")
    layers: tuple[tuple[Origin, Mapping[str, object]], ...] = (
        ("installation", {**installation.default_settings, **own}),
        ("guild", _named(guild)),
        ("user", _named(user)),
        ("call", {**_implied(call), **call}),
    )
    for origin, layer in layers:
        style = layer.get("style")
        whole = {**(settings_of(str(style)) if style else {}), **layer}
        values.update(whole)
        origins.update(dict.fromkeys(whole, origin))
    return Laid(values=values, origins=origins)


def merge(
    installation: Settings,
    guild: Preferences,
    user: Preferences,
    call: Mapping[str, object],
    own: Mapping[str, object] = MappingProxyType({}),
) -> Effective:
    """Lay the four layers over one another and resolve what contradicts itself.

    Args:
        installation: The lowest layer, and the ceilings of the tokens: a call for more new ones
            is refused, a stored value is lowered, and so are those for the end of a sentence.
        guild: The server's settings.
        user: The user's settings.
        call: What the call named, already parsed.
        own: What the model brings along, over the installation's settings.

    Raises:
        UserError: A value of the call is out of range.
        EngineError: invalid_params, where the call names a strategy that does not exist.
    """
    laid = lay(installation, guild, user, call, own)
    values, origins = dict(laid.values), dict(laid.origins)
    notes = _limit_tokens(values, origins, installation) + _unsaid_notes(values, origins)
    model, style = values.pop("model"), values.pop("style")
    try:
        asked = DecodingParams(**values)
    except EngineError as error:
        field = error.details["field"]
        if field not in RANGES:
            raise
        raise UserError(out_of_range(field, str(error.details["value"]))) from None
    asked, groups_notes = with_possible_groups(asked, call)
    params, attempts_notes = with_possible_attempts(asked.resolved(), call)
    notes += groups_notes + _meaning_notes(asked, params, call) + attempts_notes
    notes += _ignored_notes(params, call)
    return Effective(params=params, model=model, style=style, origins=origins, notes=notes)


def parse_number(field: str, typed: str, *, high: int | None = None) -> int | float:
    """Read the number that a person typed for a setting.

    Args:
        field: A key of `engine.RANGES`.
        typed: The text, decimals with comma or point.
        high: A lower ceiling than the engine's.

    Raises:
        UserError: It is no number, or out of range.
    """
    text = typed.strip()
    try:
        value = _whole_number(text) if RANGES[field].integer else parse_decimal(text)
    except ValueError:
        raise UserError(out_of_range(field, typed, high)) from None
    check_range(field, value, typed, high=high)
    return value


def check_range(field: str, value: float, typed: str, *, high: int | None = None) -> None:
    """Refuse a value outside the engine's range or over a lower ceiling, in Spanish.

    Raises:
        UserError: The value is out of range.
    """
    is_over = high is not None and value > high
    if is_over or not RANGES[field].contains(value):
        raise UserError(out_of_range(field, typed, high))


def with_known_model(
    engine: Engine, settings: Effective, kinds: Collection[Kind] = WRITERS
) -> Effective:
    """Replace the model by its configured name; forget a stored one that cannot serve.

    Raises:
        UserError: The call named a model that does not exist, or one of another kind.
    """
    if settings.model is None:
        return settings
    if settings.origins["model"] == "call":
        return replace(settings, model=chosen_model(engine, settings.model, kinds).name)
    name, note = stored_model(engine, settings.model, kinds)
    if name is not None:
        return replace(settings, model=name)
    origins: dict[str, Origin] = {**settings.origins, "model": "installation"}
    notes = settings.notes if note is None else (*settings.notes, note)
    return replace(settings, model=None, origins=origins, notes=notes)


def _named(layer: Preferences) -> Mapping[str, object]:
    return layer.params if layer.model is None else {**layer.params, "model": layer.model}


def _implied(call: Mapping[str, object]) -> dict[str, object]:
    beams = call.get("num_beams")
    if isinstance(beams, int) and beams > 1:
        return {"strategy": "beam"}
    if any(name in call for name in _IMPLY_SAMPLING):
        return {"strategy": "sample"}
    return {}


def _limit_tokens(
    values: dict[str, Any], origins: Mapping[str, Origin], installation: Settings
) -> tuple[str, ...]:
    """Lower what is over the installation's ceilings.

    Returns:
        A sentence where fewer tokens are left to end a sentence.
    """
    asked, limit = values["max_new_tokens"], installation.max_new_tokens
    if origins["max_new_tokens"] == "call":
        check_range("max_new_tokens", asked, str(asked), high=limit)
    values["max_new_tokens"] = min(asked, limit)
    most = installation.max_sentence_end_tokens
    if values["sentence_end_tokens"] <= most:
        return ()
    values["sentence_end_tokens"] = most
    return (texts.SENTENCE_LOWERED.format(limit=number_text(most)),)


def _unsaid_notes(values: dict[str, Any], origins: dict[str, Origin]) -> tuple[str, ...]:
    """Give a strategy what it needs where whoever chose it has not said it.

    Beam search needs beams (`NEEDED`: 5), and the engine's default of 1 is none::

        strategy        num_beams          then num_beams is
        call: beam      installation: 1    5, the call's, and a sentence says so
        user: beam      installation: 1    5, the user's, who needs no sentence at each call
        call: beam      guild: 4           4: farther away, but somebody's choice
        call: beam      call: 1            1: said as near as the strategy
        user: beam      call: 3            3: said nearer

    Args:
        values: The settings that the layers gave; what is needed is put in.
        origins: Layer of each; whoever chose the strategy becomes that of what is put in.

    Returns:
        Spanish sentences, if the call chose the strategy.
    """
    notes = []
    origin = origins["strategy"]
    for field, needed, note in NEEDED.get(values["strategy"], ()):
        value = values[needed] if isinstance(needed, str) else needed
        is_unsaid = _NEARNESS.index(origins[field]) < _NEARNESS.index(origin)
        if is_unsaid and values[field] == getattr(DecodingParams, field):
            values[field], origins[field] = value, origin
            notes.append(note.format(value=number_text(value)))
    return tuple(note for note in notes if note) if origin == "call" else ()


def _meaning_notes(
    asked: DecodingParams, params: DecodingParams, call: Mapping[str, object]
) -> tuple[str, ...]:
    """Say why the settings mean another strategy than the one that they name."""
    if asked.strategy == params.strategy:
        return ()
    field, note = texts.OTHER_STRATEGY[asked.strategy, params.strategy]
    return (note,) if field in call or "strategy" in call else ()


def _ignored_notes(params: DecodingParams, call: Mapping[str, object]) -> tuple[str, ...]:
    ignored = tuple(
        name
        for name in FIELDS
        if name in call
        and (name in params.inactive() or _is_idle_filter(name, params))
        and name != "attempts"
        # It chose the strategy, so it was not ignored; it has its own sentence.
        and not (name == "temperature" and not params.is_sampled and params.is_frozen)
    )
    return (texts.without_effect(params.strategy, ignored),) if ignored else ()


def _is_idle_filter(name: str, params: DecodingParams) -> bool:
    """Tell of a filter at its neutral value, which `inactive` does not list."""
    return name in _IMPLY_SAMPLING and name in params.ignored


def _whole_number(text: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text)
