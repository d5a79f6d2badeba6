"""The form of one group of settings: an empty field goes back to the inherited value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import discord

from bot.asking.layers import Laid, parse_number
from bot.client import Client
from bot.features.settings import texts
from bot.messages.errors import UserError, reply_error
from bot.render.markdown import clip, length
from bot.render.model_names import known_model, models_of, without_folders
from bot.render.numbers import decimal
from bot.render.settings import range_text, value_text
from bot.render.stop_texts import STOP_LIMIT, parse_stop, stop_text
from bot.storage.records import Preferences
from bot.texts import options as option_texts
from bot.texts.common import CHOOSE
from bot.ui.carried import one_of
from engine import RANGES, SWITCHES
from engine.status import WRITERS

Interaction = discord.Interaction["Client"]
Control = discord.ui.TextInput[Any] | discord.ui.Select[Any]

TYPED_LIMIT = 12
TYPED_SEPARATOR = "~"
"""Joins what was typed inside the custom_id of «Corregir», which holds 100 characters."""

_INHERIT = "-"
_TIMEOUT_S = 840.0
_OPTION_LIMIT = 100
_PLACEHOLDER_LIMIT = 100
_BOX_LIMIT = 4000
_OWN_MODELS_LISTED = 24
_FULL_DIGITS = 15
_MEANT: Mapping[str, bool | str] = {"false": False, "true": True, "never": "never"}


class SettingsForm(discord.ui.Modal):
    """Up to five fields of one group.

    Args:
        group: A key of `texts.GROUPS`.
        own: What the scope has set.
        inherited: What counts where a field is left empty.
        bot: Gives the models and the installation's ceilings.
        save: Called with field → value of what was changed, None where the inherited one is
            wanted. What was left as it stood is not in it: somebody else may have changed it since.
        refuse: Called with what was typed and with what is wrong.
        typed: What was typed before and refused, in the order of the fields.
    """

    def __init__(
        self,
        *,
        group: str,
        own: Preferences,
        inherited: Laid,
        bot: Client,
        save: Callable[[Interaction, Mapping[str, object]], Awaitable[None]],
        refuse: Callable[[Interaction, Sequence[str], Sequence[str]], Awaitable[None]],
        typed: Sequence[str] | None = None,
    ) -> None:
        super().__init__(title=texts.GROUPS[group].title, timeout=_TIMEOUT_S)
        self._save, self._refuse = save, refuse
        self._own: Mapping[str, object] = {**own.params, "model": _own_model(own, bot)}
        self._ceilings = {
            "max_new_tokens": bot.settings.max_new_tokens,
            "sentence_end_tokens": bot.settings.max_sentence_end_tokens,
        }
        self.controls: dict[str, Control] = {}
        for index, field in enumerate(texts.GROUPS[group].fields):
            value = self._own.get(field)
            shown = typed[index] if typed is not None and index < len(typed) else None
            choices = _choices(field, bot)
            hint = _inherited_text(field, inherited, choices)
            control: Control
            if choices:
                control = _menu(field, choices, _choice_of(value) if shown is None else shown, hint)
            else:
                control = _box(field, _typed_text(value) if shown is None else shown, hint)
            self.controls[field] = control
            self.add_item(self._label(field, control))

    def _label(self, field: str, control: Control) -> discord.ui.Label[Any]:
        allowed = range_text(field, self._ceilings.get(field)) if field in RANGES else ""
        return discord.ui.Label(
            text=texts.FIELD_LABELS[field],
            description=texts.FIELD_HINTS[field].format(range=allowed),
            component=control,
        )

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Store what was changed, or nothing and give back what was typed."""
        interaction.client.require_allowed(interaction)
        values, problems = self._read()
        if problems:
            await self._refuse(interaction, self._typed(), problems)
        else:
            own = self._own
            changed = {name: value for name, value in values.items() if value != own.get(name)}
            await self._save(interaction, changed)

    async def on_error(  # type: ignore[override]  # discord.py's own Modal narrows it so
        self, interaction: discord.Interaction[Any], error: Exception, /
    ) -> None:
        """Say what went wrong."""
        await reply_error(interaction, error)

    def _read(self) -> tuple[dict[str, object], list[str]]:
        """Return field → value (None where it is inherited), and what is wrong."""
        values: dict[str, object] = {}
        problems = []
        for field, control in self.controls.items():
            try:
                values[field] = self._value(field, control)
            except UserError as error:
                problems.append(error.text.removesuffix(option_texts.TRY_AGAIN))
        return values, problems

    def _value(self, field: str, control: Control) -> object:
        if isinstance(control, discord.ui.Select):
            chosen = control.values[0] if control.values else _INHERIT
            one_of(chosen, [option.value for option in control.options])
            if chosen == _INHERIT:
                return None
            return chosen if field in ("model", "strategy") else _MEANT[chosen]
        typed = control.value.strip()
        if not typed:
            return None
        if field == "stop":
            return parse_stop(typed)
        return parse_number(field, typed, high=self._ceilings.get(field))

    def _typed(self) -> list[str]:
        """Return what is in each field, safe to travel in a custom_id."""
        return [
            _travelling(control.value)
            if isinstance(control, discord.ui.TextInput)
            else _option_number(control)
            for control in self.controls.values()
        ]


def _box(field: str, text: str, hint: str) -> discord.ui.TextInput[Any]:
    """Build a field; Discord refuses a form in which a text is longer than its field takes."""
    limit = STOP_LIMIT if field == "stop" else TYPED_LIMIT
    text = clip(text, _BOX_LIMIT)
    return discord.ui.TextInput(
        custom_id=field,
        default=text or None,
        placeholder=clip(hint, _PLACEHOLDER_LIMIT),
        required=False,
        max_length=max(limit, length(text)),
    )


def _menu(field: str, choices: Mapping[str, str], chosen: str, hint: str) -> discord.ui.Select[Any]:
    """Build a menu; `chosen` is an option's value, or its number as «Corregir» carries it."""
    options = [
        discord.SelectOption(label=clip(label, _OPTION_LIMIT), value=value)
        for value, label in {_INHERIT: hint, **choices}.items()
    ]
    for number, option in enumerate(options):
        option.default = chosen in (option.value, str(number))
    return discord.ui.Select(custom_id=field, placeholder=CHOOSE, options=options, required=False)


def _own_model(own: Preferences, bot: Client) -> str | None:
    """Return the chosen model by its name of now, which may not be the one that was stored."""
    return None if own.model is None else known_model(bot.engine, own.model) or own.model


def _choices(field: str, bot: Client) -> Mapping[str, str]:
    """Return option value → label; empty for what is typed."""
    if field == "strategy":
        return option_texts.STRATEGY_CHOICES
    if field == "early_stopping":
        return option_texts.EARLY_STOPPING_CHOICES
    if field in SWITCHES:
        return option_texts.SWITCH_CHOICES
    if field == "model":
        infos = [info for info in models_of(bot.engine, WRITERS) if len(info.name) <= _OPTION_LIMIT]
        return {info.name: info.display_name for info in infos[:_OWN_MODELS_LISTED]}
    return {}


def _choice_of(value: object) -> str:
    if value is None:
        return _INHERIT
    return next((name for name, meant in _MEANT.items() if meant is value), str(value))


def _typed_text(value: object) -> str:
    """Write a value so that it can be typed again: a number without grouping."""
    if isinstance(value, tuple):
        return stop_text(value)
    if isinstance(value, int):
        return str(value)
    return decimal(value, digits=_FULL_DIGITS) if isinstance(value, float) else ""


def _inherited_text(field: str, inherited: Laid, choices: Mapping[str, str]) -> str:
    value = inherited.values[field]
    shown = value_text(field, value)
    if field == "model":
        shown = texts.DEFAULT_MODEL if value is None else choices.get(value, without_folders(value))
    template = texts.INHERIT_OPTION if choices else texts.INHERITED
    return template.format(value=shown, origin=texts.ORIGINS[inherited.origins[field]])


def _option_number(menu: discord.ui.Select[Any]) -> str:
    chosen = menu.values[0] if menu.values else _INHERIT
    values = [option.value for option in menu.options]
    return str(values.index(chosen if chosen in values else _INHERIT))


def _travelling(text: str) -> str:
    kept = "".join(char for char in text.strip() if char.isprintable() and ord(char) <= 0xFFFF)
    return kept.replace(TYPED_SEPARATOR, "-")[:TYPED_LIMIT]
