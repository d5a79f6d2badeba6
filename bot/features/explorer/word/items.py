"""What can be done about a word that did not come out: write it, try a setting, see the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Self

import discord

from bot.client import Interaction
from bot.features.explorer.branching import start_branch, step_of_kept, write_again
from bot.features.explorer.swap.write import given_steps, write_swapped
from bot.features.explorer.word import texts
from bot.features.explorer.word.asked import Asked
from bot.features.explorer.word.form import show_words
from bot.features.explorer.word.named import words_in_title
from bot.features.explorer.word.words import setting_text
from bot.jobs.admission import vocab_size
from bot.messages.place import Place
from bot.messages.responses import acknowledge
from bot.render.markdown import clip
from bot.render.step import StepView
from bot.storage.records import StoredReply
from bot.ui.carried import GREATEST, StaleItemError, item_at, number_of
from bot.ui.items import PersistentButton, PersistentSelect
from bot.ui.replies import stored_reply
from engine import FILTERS, RANGES, STRATEGIES, SWITCHES, DecodingParams
from engine.explain import Spelling, Suggestion

MOST_FORCED_TOKENS = 6
"""More ids do not fit into a custom_id."""
MOST_LISTED_TOKENS = 12
"""More ids do not fit into an option of a menu."""
_FIELDS = DecodingParams.__dataclass_fields__
SETTINGS = (
    "strategy",
    *(name for name in _FIELDS if name in FILTERS and FILTERS[name].looser is not None),
)
"""By their number in a custom_id: new ones go to the end."""
_MILLION = 1_000_000
_LABEL_LIMIT = 60


def word_controls(
    reply_id: str, asked: Sequence[Asked], *, is_public: bool
) -> tuple[list[discord.ui.Item[Any]], list[discord.ui.Item[Any]]]:
    """Return a menu, if any, and the buttons for words that did not come out.

    Args:
        reply_id: Of the text.
        asked: At least one word, all of one step.
        is_public: Whether a branch by the word is for all to see.
    """
    others = [one for one in asked if not one.is_written]
    if len(asked) > 1:
        return WriteMenu.rows(reply_id, others), []
    return [], [button for one in others for button in _buttons(reply_id, one, is_public)]


def _buttons(reply_id: str, one: Asked, is_public: bool) -> list[discord.ui.Item[Any]]:
    buttons: list[discord.ui.Item[Any]] = []
    if one.fix is not None:
        buttons.append(TryButton.of(reply_id, one.view, one.fix))
    if len(one.spelling.tokens) <= MOST_FORCED_TOKENS:
        force = PublicForceButton if is_public else ForceButton
        buttons.append(force.of(reply_id, one.view, one.spelling))
    return buttons


class TryButton(
    PersistentButton, action="probar", args=("attempt", "step", "setting", "millionths")
):
    """Writes the text again from its step, with one setting changed and the same die."""

    style = discord.ButtonStyle.primary

    @classmethod
    def of(cls, reply_id: str, view: StepView, suggestion: Suggestion) -> TryButton:
        """Build the button of a change."""
        code = _code(suggestion)
        label = texts.TRY.format(setting=setting_text(suggestion.setting, suggestion.value))
        return cls(reply_id, view.attempt, view.step, *code, label=label)

    async def respond(self, interaction: Interaction) -> None:
        """Open the explorer of the new text, which belongs to whoever clicked."""
        attempt, step, *code = self.args
        setting, value = _change(*code)
        reply, view = await step_of_kept(
            interaction, self.reply_id, attempt, step, texts.NOT_KEPT_TRY
        )
        await write_again(interaction, reply, view, {setting: value}, setting_text(setting, value))


_FORCE_ARGS = ("attempt", "step", *(f"token{i}" for i in range(MOST_FORCED_TOKENS)))


class ForceButton(PersistentButton, action="forzar", args=_FORCE_ARGS):
    """Puts the word in the step's place; the same message goes on from it.

    Each token stands in the custom_id as its id + 1, and 0 for none.
    """

    label = texts.FORCE

    @classmethod
    def of(cls, reply_id: str, view: StepView, spelling: Spelling) -> Self:
        """Build the button of a word of few tokens."""
        ids = [fate.token.token_id + 1 for fate in spelling.tokens]
        padding = [0] * (MOST_FORCED_TOKENS - len(ids))
        return cls(reply_id, view.attempt, view.step, *ids, *padding)

    async def respond(self, interaction: Interaction) -> None:
        """Write on from it.

        Raises:
            UserError: The text with the word has a word of the list.
        """
        attempt, step, *codes = self.args
        forced = tuple(code - 1 for code in codes if code)
        await _write(interaction, self.reply_id, attempt, step, forced, is_public=self.is_public)

    is_public: ClassVar[bool] = False


class PublicForceButton(ForceButton, action="forzar-canal", args=_FORCE_ARGS):
    """Branches by the word from a published page: everybody sees the branch."""

    is_public = True


class WriteMenu(PersistentSelect, action="escribir-una", args=("attempt", "step")):
    """Lists words that did not come out: the same message goes on from the chosen one."""

    placeholder = texts.FORCE_ONE

    @classmethod
    def rows(cls, reply_id: str, asked: Sequence[Asked]) -> list[discord.ui.Item[Any]]:
        """Build the menu of some words, [] where none can be listed."""
        listed = [one for one in asked if len(one.spelling.tokens) <= MOST_LISTED_TOKENS]
        options = [
            discord.SelectOption(
                label=clip(one.word, _LABEL_LIMIT),
                value="-".join(str(fate.token.token_id) for fate in one.spelling.tokens),
            )
            for one in listed
        ]
        unique = list({option.value: option for option in options}.values())
        if not unique:
            return []
        view = listed[0].view
        return [cls(reply_id, view.attempt, view.step, options=unique)]

    async def respond(self, interaction: Interaction) -> None:
        """Write on from the chosen word."""
        attempt, step = self.args
        ids = tuple(number_of(part, GREATEST["token0"]) for part in self.value.split("-"))
        await _write(interaction, self.reply_id, attempt, step, ids, is_public=False)


class NumbersButton(PersistentButton, action="palabra-numeros", args=("attempt", "step", "role")):
    """Shows the numbers behind an answer, or the answer again; the words stand in its title."""

    label = texts.NUMBERS

    @classmethod
    def at(cls, reply_id: str, *where: int, to_numbers: bool) -> Self:
        """Build the button that leads to the numbers, or back."""
        label = texts.NUMBERS if to_numbers else texts.BACK_TO_ANSWER
        return cls(reply_id, *where, int(to_numbers), label=label)

    async def respond(self, interaction: Interaction) -> None:
        """Ask about the same words again.

        Raises:
            UserError: The reply is gone.
            StaleItemError: The message does not name them.
        """
        await stored_reply(interaction, self.reply_id)
        words = _asked_words(interaction)
        if not words:
            raise StaleItemError
        place, in_numbers = Place.of(self.numbers), bool(self.numbers["role"])
        await show_words(interaction, self.reply_id, place, words, in_numbers=in_numbers)


class PublicNumbersButton(
    NumbersButton,
    action="palabra-numeros-canal",
    args=("attempt", "step", "publisher", "role"),
):
    """Does the same where the words were asked about on a published page."""


WORD_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    TryButton,
    ForceButton,
    PublicForceButton,
    WriteMenu,
    NumbersButton,
    PublicNumbersButton,
)


async def _write(
    interaction: Interaction,
    reply_id: str,
    attempt: int,
    step: int,
    token_ids: tuple[int, ...],
    *,
    is_public: bool,
) -> None:
    reply, view = await step_of_kept(interaction, reply_id, attempt, step)
    _require_tokens(interaction, reply, token_ids)
    if not is_public:
        await write_swapped(interaction, reply, view, token_ids)
        return
    accept = partial(acknowledge, interaction, ephemeral=False)
    given = await given_steps(interaction, reply, view, token_ids, accept)
    await start_branch(interaction, reply, view, given, is_ephemeral=False)


def _require_tokens(
    interaction: Interaction, reply: StoredReply, token_ids: tuple[int, ...]
) -> None:
    known = vocab_size(interaction.client.engine, reply.request.model)
    if not token_ids or (known is not None and max(token_ids) >= known):
        raise StaleItemError


def _code(suggestion: Suggestion) -> tuple[int, int]:
    """Write a change as two whole numbers; `_change` reads it."""
    number = SETTINGS.index(suggestion.setting)
    if isinstance(suggestion.value, str):
        return number, STRATEGIES.index(suggestion.value)
    return number, round(suggestion.value * _MILLION)


def _change(number: int, millionths: int) -> tuple[str, int | float | str]:
    setting = item_at(SETTINGS, number)
    if setting == "strategy":
        return setting, item_at(STRATEGIES, millionths)
    if setting in SWITCHES:
        return setting, millionths > 0
    is_integer = RANGES[setting].integer
    return setting, millionths // _MILLION if is_integer else millionths / _MILLION


def _asked_words(interaction: Interaction) -> tuple[str, ...]:
    """Read the words from the message that answers about them."""
    message = interaction.message
    view = discord.ui.LayoutView.from_message(message) if message is not None else None
    shown = view.walk_children() if view is not None else ()
    titles = (item.content for item in shown if isinstance(item, discord.ui.TextDisplay))
    return next((words for title in titles if (words := words_in_title(title))), ())
