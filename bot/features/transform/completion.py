"""What Discord proposes while an option of `/transformar` is typed."""

from __future__ import annotations

from collections.abc import Iterable

from discord import app_commands

from bot.asking.options import model_choices
from bot.client import Interaction
from bot.features.transform.choices import (
    COMMON_LANGUAGES,
    is_known,
    language_label,
    task_name,
)
from bot.render.model_names import TRANSFORMERS, comparable, known_model, models_of
from engine import ModelInfo

_MAX_CHOICES = 25


async def model_autocomplete(
    interaction: Interaction, current: str
) -> list[app_commands.Choice[str]]:
    """Propose the models that turn a text into another."""
    return model_choices(interaction, current, TRANSFORMERS)


async def task_autocomplete(
    interaction: Interaction, current: str
) -> list[app_commands.Choice[str]]:
    """Propose the tasks of the chosen model, or of all."""
    tasks = [task for info in _asked(interaction) for task in info.tasks]
    return _choices([(task_name(task), task) for task in dict.fromkeys(tasks)], current)


async def language_autocomplete(
    interaction: Interaction, current: str
) -> list[app_commands.Choice[str]]:
    """Propose the languages of the chosen model, or of all, the common ones first."""
    infos = _asked(interaction)
    known = {c for info in infos for c in (*info.source_languages, *info.target_languages)}
    # Those of a task, and of a model that has not been loaded, are told by no list.
    is_open = any(info.tasks or not is_known(info) for info in infos)
    first = [code for code in COMMON_LANGUAGES if is_open or code in known]
    others = sorted((code for code in known if code not in first), key=language_label)
    return _choices([(language_label(code), code) for code in (*first, *others)], current)


def _asked(interaction: Interaction) -> tuple[ModelInfo, ...]:
    """Return the model that the command names so far, or all that it could."""
    engine = interaction.client.engine
    able = models_of(engine, TRANSFORMERS)
    typed = getattr(interaction.namespace, "modelo", None)
    name = known_model(engine, typed) if typed else None
    return tuple(info for info in able if info.name == name) or able


def _choices(named: Iterable[tuple[str, str]], current: str) -> list[app_commands.Choice[str]]:
    wanted = comparable(current.strip())
    found = [
        app_commands.Choice(name=label, value=value)
        for label, value in named
        if wanted in comparable(label) or wanted in comparable(value)
    ]
    return found[:_MAX_CHOICES]
