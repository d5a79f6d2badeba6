"""The panels of `/ajustes`; all they need is in their custom_ids and the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import discord

from bot.asking.layers import lay
from bot.client import Interaction
from bot.features.settings import texts
from bot.features.settings.form import TYPED_SEPARATOR, SettingsForm
from bot.features.settings.items_of_scope import SCOPE, ScopedButton, ScopedSelect
from bot.features.settings.lines import difference_lines, group_lines, now_line, origin_of_style
from bot.features.settings.presets import with_preset
from bot.features.settings.scope import current, layers_of, scope_id
from bot.messages.responses import acknowledge_click
from bot.storage.records import Preferences, Scope
from bot.ui.carried import one_of
from bot.ui.panels import panel

_GROUPS_PER_PAGE = 3
_GROUP = r":(basic|sampling|tail|repetition|beams|ending)"


async def overview_panel(interaction: Interaction, scope: Scope) -> discord.ui.LayoutView:
    """Show what counts now, and what is not as the installation has it.

    Raises:
        UserError: The scope is not open to this person.
    """
    scope_id(interaction, scope)
    laid, effective = await current(interaction, scope)
    return panel(
        texts.TITLES[scope],
        now_line(interaction.client, effective),
        difference_lines(interaction.client, laid, effective),
        "\n".join((*effective.notes, texts.PRECEDENCE)),
        rows=[[ChangeButton(scope), AllButton(scope, 0), ResetButton(scope)]],
    )


async def all_panel(interaction: Interaction, scope: Scope, page: int) -> discord.ui.LayoutView:
    """Show every setting with the layer that decides it, half of them at once.

    Raises:
        UserError: The scope is not open to this person.
    """
    scope_id(interaction, scope)
    laid, effective = await current(interaction, scope)
    groups = tuple(texts.GROUPS)
    shown = groups[_GROUPS_PER_PAGE:] if page else groups[:_GROUPS_PER_PAGE]
    other = (
        AllButton(scope, 0, label=texts.BUTTON_FIRST)
        if page
        else AllButton(scope, 1, label=texts.BUTTON_REST)
    )
    return panel(
        texts.TITLES[scope],
        *(() if page else (origin_of_style(laid),)),
        *(group_lines(interaction.client, group, laid, effective) for group in shown),
        rows=[[other, ViewButton(scope, label=texts.BUTTON_BACK)]],
    )


async def change_panel(
    interaction: Interaction, scope: Scope, news: str | None = None
) -> discord.ui.LayoutView:
    """Offer the styles and the groups, under what counts now.

    Raises:
        UserError: The scope is not open to this person.
    """
    scope_id(interaction, scope)
    _, effective = await current(interaction, scope)
    groups = {key: (form.title, form.contents) for key, form in texts.GROUPS.items()}
    return panel(
        texts.TITLES[scope],
        "\n".join(part for part in (news, now_line(interaction.client, effective)) if part),
        texts.CHANGE_HINT,
        rows=[
            [PresetMenu(scope, options=_options(texts.PRESETS))],
            [GroupMenu(scope, options=_options(groups))],
            [ViewButton(scope), ResetButton(scope)],
        ],
    )


def reset_panel(interaction: Interaction, scope: Scope) -> discord.ui.LayoutView:
    """Ask whether to forget the scope's settings.

    Raises:
        UserError: The scope is not open to this person.
    """
    scope_id(interaction, scope)
    return panel(
        texts.CONFIRM_RESET[scope],
        rows=[[ConfirmResetButton(scope), KeepButton(scope)]],
    )


def _options(named: Mapping[str, tuple[str, str]]) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(label=label, description=why, value=value)
        for value, (label, why) in named.items()
    ]


class ViewButton(ScopedButton, action="ajustes-ver", pattern=SCOPE):
    """Shows what counts now, and what is not as the installation has it."""

    label = texts.BUTTON_VIEW

    async def respond(self, interaction: Interaction) -> None:
        """Show the overview in the same message."""
        view = await overview_panel(interaction, self.scope)
        await interaction.response.edit_message(view=view)


class AllButton(ScopedButton, action="ajustes-todos", pattern=SCOPE + ":([01])"):
    """Shows every setting with its origin."""

    label = texts.BUTTON_ALL

    async def respond(self, interaction: Interaction) -> None:
        """Show that half of them in the same message."""
        view = await all_panel(interaction, self.scope, int(self.words[1]))
        await interaction.response.edit_message(view=view)


class ChangeButton(ScopedButton, action="ajustes-cambiar", pattern=SCOPE):
    """Goes to the styles and the groups."""

    label = texts.BUTTON_CHANGE
    style = discord.ButtonStyle.primary

    async def respond(self, interaction: Interaction) -> None:
        """Show the menus in the same message."""
        view = await change_panel(interaction, self.scope)
        await interaction.response.edit_message(view=view)


class ResetButton(ScopedButton, action="ajustes-restablecer", pattern=SCOPE):
    """Asks whether to forget the settings."""

    label = texts.BUTTON_RESET

    async def respond(self, interaction: Interaction) -> None:
        """Ask in the same message."""
        await interaction.response.edit_message(view=reset_panel(interaction, self.scope))


class ConfirmResetButton(ScopedButton, action="ajustes-restablecer-si", pattern=SCOPE):
    """Forgets the settings."""

    label = texts.BUTTON_YES
    style = discord.ButtonStyle.danger

    async def respond(self, interaction: Interaction) -> None:
        """Clear the layer and show what counts now."""
        owner_id = scope_id(interaction, self.scope)
        await acknowledge_click(interaction)
        await interaction.client.storage.preferences.clear(self.scope, owner_id)
        await _show_news(interaction, self.scope, texts.RESET_DONE[self.scope])


class KeepButton(ScopedButton, action="ajustes-restablecer-no", pattern=SCOPE):
    """Leaves the settings as they are."""

    label = texts.BUTTON_NO

    async def respond(self, interaction: Interaction) -> None:
        """Say so."""
        view = await change_panel(interaction, self.scope, texts.RESET_CANCELLED)
        await interaction.response.edit_message(view=view)


class PresetMenu(ScopedSelect, action="ajustes-estilo", pattern=SCOPE):
    """The ready-made styles."""

    placeholder = texts.PRESETS_PLACEHOLDER

    async def respond(self, interaction: Interaction) -> None:
        """Store the style; the lengths and the model stay."""
        owner_id = scope_id(interaction, self.scope)
        name, why = texts.PRESETS[one_of(self.value, texts.PRESETS)]
        await acknowledge_click(interaction)
        await interaction.client.storage.preferences.change(
            self.scope,
            owner_id,
            lambda before: replace(before, params=with_preset(before.params, self.value)),
        )
        await _show_news(interaction, self.scope, texts.PRESET_SAVED.format(name=name, why=why))


class GroupMenu(ScopedSelect, action="ajustes-grupo", pattern=SCOPE):
    """The groups of settings."""

    placeholder = texts.GROUPS_PLACEHOLDER

    async def respond(self, interaction: Interaction) -> None:
        """Open the group's form."""
        await _open_form(interaction, self.scope, one_of(self.value, texts.GROUPS))


class FixButton(ScopedButton, action="ajustes-corregir", pattern=SCOPE + _GROUP + ":(.*)"):
    """Opens a form again with what was typed in it."""

    label = texts.BUTTON_FIX
    style = discord.ButtonStyle.primary

    async def respond(self, interaction: Interaction) -> None:
        """Open the group's form, filled in."""
        _, group, typed = self.words
        await _open_form(interaction, self.scope, group, typed.split(TYPED_SEPARATOR))


async def _open_form(
    interaction: Interaction,
    scope: Scope,
    group: str,
    typed: Sequence[str] | None = None,
) -> None:
    scope_id(interaction, scope)
    guild, user = await layers_of(interaction, scope)
    nothing = Preferences()
    below = (guild, nothing) if scope == "user" else (nothing, nothing)
    form = SettingsForm(
        group=group,
        own=user if scope == "user" else guild,
        inherited=lay(interaction.client.settings, *below),
        bot=interaction.client,
        save=partial(_store_fields, scope),
        refuse=partial(_refuse, scope, group),
        typed=typed,
    )
    await interaction.response.send_modal(form)


async def _store_fields(
    scope: Scope, interaction: Interaction, values: Mapping[str, object]
) -> None:
    """Store some fields (None forgets one) and show the panel again."""
    owner_id = scope_id(interaction, scope)

    def with_values(before: Preferences) -> Preferences:
        params = {**before.params, **values}
        model = cast("str | None", params.pop("model", before.model))
        return Preferences(params={k: v for k, v in params.items() if v is not None}, model=model)

    await acknowledge_click(interaction)
    is_changed = await interaction.client.storage.preferences.change(scope, owner_id, with_values)
    await _show_news(interaction, scope, texts.SAVED if is_changed else texts.UNCHANGED)


async def _show_news(interaction: Interaction, scope: Scope, news: str) -> None:
    """Show the panel again after an acknowledgement: a write may have waited for its turn."""
    await interaction.edit_original_response(view=await change_panel(interaction, scope, news))


async def _refuse(
    scope: Scope,
    group: str,
    interaction: Interaction,
    typed: Sequence[str],
    problems: Sequence[str],
) -> None:
    """Say what is wrong in a form, and keep what was typed behind «Corregir»."""
    listed = "\n".join(f"- {problem}" for problem in problems)
    view = panel(
        texts.NOT_SAVED.format(problems=listed),
        texts.FIX_HINT,
        rows=[[FixButton(scope, group, TYPED_SEPARATOR.join(typed))]],
    )
    await interaction.response.send_message(view=view, ephemeral=True)


SETTINGS_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    ViewButton,
    AllButton,
    ChangeButton,
    ResetButton,
    ConfirmResetButton,
    KeepButton,
    PresetMenu,
    GroupMenu,
    FixButton,
)
