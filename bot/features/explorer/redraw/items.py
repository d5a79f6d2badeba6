"""The menus and buttons under a step that is drawn again; all they need is in their custom_id."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import discord

from bot.client import Interaction
from bot.features.explorer.branching import step_of_kept, write_again
from bot.features.explorer.redraw import texts
from bot.features.explorer.redraw.choice import OFFERS, OWN, Choice, change_of, code_of, own_values
from bot.features.explorer.redraw.words import changed_settings
from bot.messages.place import PageName, Place
from bot.render.settings import number_text
from bot.render.step import StepView
from bot.render.step_sentence import vocabulary_size
from bot.storage.records import StoredReply
from bot.ui.carried import GREATEST, number_of
from bot.ui.items import PersistentButton, PersistentSelect
from bot.ui.turning import publish, turn_to
from engine import DecodingParams

_ARGS = ("attempt", "step", "candidates", "publisher", "temperature", "top_k", "top_p")


def _numbers(place: Place, choice: Choice) -> tuple[int, ...]:
    return (place.attempt, place.step, place.candidates, place.publisher, *choice.codes)


def _read(args: tuple[int, ...]) -> tuple[Place, Choice]:
    attempt, step, candidates, publisher, temperature, top_k, top_p = args
    place = Place(
        attempt=attempt,
        step=step,
        candidates=candidates,
        publisher=publisher,
        page=PageName.REDRAW,
    )
    return place, Choice(temperature=temperature, top_k=top_k, top_p=top_p)


class SettingMenu(PersistentSelect):
    """Chooses another value of one setting; a subclass names it."""

    setting: ClassVar[str]
    own: ClassVar[str] = texts.OWN_VALUE_MASCULINE

    @classmethod
    def at(cls, reply: StoredReply, view: StepView, place: Place, choice: Choice) -> SettingMenu:
        """Build the menu of a page: the text's own value first, the others in order."""
        params, current = reply.request.params, dict(zip(OFFERS, choice.codes, strict=True))
        own = own_values(params)[cls.setting]
        # Any temperature, 1 too, makes a draw of a text that was not drawn.
        is_unused = cls.setting == "temperature" and not params.resolved().is_sampled
        label = (
            texts.OWN_UNUSED if is_unused else cls.own.format(value=_value_text(cls.setting, own))
        )
        why = None if is_unused else OFFERS[cls.setting].get(own)
        offers = [(OWN, label, why)]
        offers += [
            (code_of(cls.setting, value), _value_text(cls.setting, value), why)
            for value, why in OFFERS[cls.setting].items()
            if (value != own or is_unused) and _is_offered(cls.setting, value, view)
        ]
        options = [
            discord.SelectOption(
                label=texts.MENUS[cls.setting].format(value=value),
                value=str(code),
                description=None if why == value else why,
                default=code == current[cls.setting],
            )
            for code, value, why in offers
        ]
        placeholder = texts.MENUS[cls.setting].format(value="…")
        args = _numbers(place, choice)
        return cls(reply.reply_id, *args, options=options, placeholder=placeholder)

    async def respond(self, interaction: Interaction) -> None:
        """Draw the step again with the chosen value."""
        place, choice = _read(self.args)
        choice = choice.with_code(self.setting, number_of(self.value, GREATEST[self.setting]))
        await turn_to(interaction, self.reply_id, replace(place, details=choice.codes))


class TemperatureMenu(SettingMenu, action="otra-t", args=_ARGS):
    """Chooses another temperature."""

    setting = "temperature"
    own = texts.OWN_VALUE


class TopKMenu(SettingMenu, action="otra-k", args=_ARGS):
    """Chooses another top-k."""

    setting = "top_k"


class TopPMenu(SettingMenu, action="otra-p", args=_ARGS):
    """Chooses another top-p."""

    setting = "top_p"


class RestoreButton(
    PersistentButton, action="otra-original", args=("attempt", "step", "candidates", "publisher")
):
    """Goes back to the text's own settings."""

    label = texts.RESTORE

    @classmethod
    def at(cls, reply_id: str, place: Place, choice: Choice) -> RestoreButton:
        """Build the button of a page; where nothing is changed, it does nothing."""
        args = (place.attempt, place.step, place.candidates, place.publisher)
        return cls(reply_id, *args, disabled=not choice.values)

    async def respond(self, interaction: Interaction) -> None:
        """Draw the step as it was."""
        place, _ = _read((*self.args, OWN, OWN, OWN))
        await turn_to(interaction, self.reply_id, place)


class WriteButton(
    PersistentButton,
    action="otra-generar",
    args=("attempt", "step", "temperature", "top_k", "top_p"),
):
    """Writes the text again from its step with the chosen settings and the same die."""

    label = texts.WRITE
    style = discord.ButtonStyle.primary

    @classmethod
    def at(cls, reply_id: str, place: Place, choice: Choice) -> WriteButton:
        """Build the button of a page; with the text's own settings it would write the same."""
        args = (place.attempt, place.step, *choice.codes)
        return cls(reply_id, *args, disabled=not choice.values)

    async def respond(self, interaction: Interaction) -> None:
        """Open the explorer of the new text, which belongs to whoever clicked."""
        attempt, step, *codes = self.args
        _, choice = _read((attempt, step, 0, 0, *codes))
        reply, view = await step_of_kept(
            interaction, self.reply_id, attempt, step, texts.NOT_KEPT_WRITE
        )
        change = change_of(reply.request.params, choice)
        await write_again(interaction, reply, view, change, changed_settings(choice.values))


class PublishRedrawButton(
    PersistentButton,
    action="publicar-otra",
    args=("attempt", "step", "candidates", "temperature", "top_k", "top_p"),
):
    """Puts a copy of the page in the channel."""

    label = texts.PUBLISH

    @classmethod
    def at(cls, reply_id: str, place: Place, choice: Choice) -> PublishRedrawButton:
        """Build the button of a page."""
        return cls(reply_id, place.attempt, place.step, place.candidates, *choice.codes)

    async def respond(self, interaction: Interaction) -> None:
        """Send the copy, which belongs to whoever clicked."""
        attempt, step, candidates, *codes = self.args
        place, choice = _read((attempt, step, candidates, interaction.user.id, *codes))
        await publish(interaction, self.reply_id, replace(place, details=choice.codes))


def _value_text(setting: str, value: float) -> str:
    """Write a value for a menu; a cut that is off says so."""
    is_off = value == getattr(DecodingParams(), setting)
    return texts.NO_CUT if is_off and setting in texts.OFF else number_text(value)


def _is_offered(setting: str, value: float, view: StepView) -> bool:
    """Leave out what does nothing: a cut longer than the vocabulary, greedy search for greedy."""
    if setting == "top_k":
        return value < vocabulary_size(view.current)
    is_greedy = view.completion.params.resolved().strategy == "greedy"
    return setting != "temperature" or value > 0 or not is_greedy


REDRAW_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    TemperatureMenu,
    TopKMenu,
    TopPMenu,
    RestoreButton,
    WriteButton,
    PublishRedrawButton,
)
