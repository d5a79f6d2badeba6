"""The buttons under «¿por qué no X?»: try the setting that lets a word in, or force the word."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import discord

from bot.client import Interaction
from bot.features.explorer.branching import (
    start_branch,
    step_of_kept,
    write_again,
)
from bot.features.explorer.word import texts
from bot.features.explorer.word.words import is_written, main_spelling, setting_text, word_in_title
from bot.jobs.admission import vocab_size
from bot.render.markdown import CUT_START
from bot.render.step import StepView
from bot.ui.carried import StaleItemError, item_at
from bot.ui.items import PersistentButton
from engine import FILTERS, RANGES, STRATEGIES, SWITCHES, DecodingParams
from engine.explain import Spelling, Suggestion, WhyNot

MOST_FORCED_TOKENS = 6
"""More ids do not fit into a custom_id."""
_FIELDS = DecodingParams.__dataclass_fields__
SETTINGS = (
    "strategy",
    *(name for name in _FIELDS if name in FILTERS and FILTERS[name].looser is not None),
)
"""By their number in a custom_id: new ones go to the end."""
_MILLION = 1_000_000


def word_buttons(
    reply_id: str, view: StepView, answer: WhyNot, *, is_public: bool
) -> tuple[discord.ui.Item[Any], ...]:
    """Return what can be done about a word that did not come out.

    Args:
        reply_id: Of the text.
        view: Its step.
        answer: About the word.
        is_public: Whether a branch by the word is for all to see.
    """
    spelling = main_spelling(view, answer)
    if is_written(view, spelling):
        return ()
    buttons: list[discord.ui.Item[Any]] = []
    if spelling.suggestions:
        buttons.append(TryButton.of(reply_id, view, spelling.suggestions[0]))
    if len(spelling.tokens) <= MOST_FORCED_TOKENS:
        force = PublicForceButton if is_public else ForceButton
        buttons.append(force.of(reply_id, view, spelling))
    return tuple(buttons)


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
    """Branches at the word: the text before its step, the word's tokens, then the model.

    Each token stands in the custom_id as its id + 1, and 0 for none.
    """

    label = texts.FORCE
    is_ephemeral: ClassVar[bool] = True

    @classmethod
    def of(cls, reply_id: str, view: StepView, spelling: Spelling) -> Self:
        """Build the button of a word of few tokens."""
        ids = [fate.token.token_id + 1 for fate in spelling.tokens]
        padding = [0] * (MOST_FORCED_TOKENS - len(ids))
        return cls(reply_id, view.attempt, view.step, *ids, *padding)

    async def respond(self, interaction: Interaction) -> None:
        """Write on in a new message of whoever clicked.

        Raises:
            UserError: The text with the word has a word of the list.
        """
        attempt, step, *codes = self.args
        forced = tuple(code - 1 for code in codes if code)
        reply, view = await step_of_kept(interaction, self.reply_id, attempt, step)
        known = vocab_size(interaction.client.engine, reply.request.model)
        if not forced or (known is not None and max(forced) >= known):
            raise StaleItemError
        word = _asked_word(interaction)
        await start_branch(interaction, reply, view, forced, word, is_ephemeral=self.is_ephemeral)


class PublicForceButton(ForceButton, action="forzar-canal", args=_FORCE_ARGS):
    """The same from a published page: everybody sees the branch."""

    is_ephemeral = False


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


def _asked_word(interaction: Interaction) -> str:
    """Read the word from the message that answers about it."""
    message = interaction.message
    view = discord.ui.LayoutView.from_message(message) if message is not None else None
    shown = view.walk_children() if view is not None else ()
    titles = (item.content for item in shown if isinstance(item, discord.ui.TextDisplay))
    return next((word for title in titles if (word := word_in_title(title))), CUT_START)


WORD_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    TryButton,
    ForceButton,
    PublicForceButton,
)
