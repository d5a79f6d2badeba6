"""The names that people know the models by."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from typing import get_args

from bot.render.markdown import clip, escape
from bot.texts import kinds as texts
from engine import Engine, ModelInfo
from engine.models.kinds import CALLS
from engine.status import WRITERS, Kind

_NAME_LIMIT = 60
_LISTED_MODELS = 10
_PATH_STARTS = ("/", "./", "../", "~")


def model_info(engine: Engine, name: str | None) -> ModelInfo | None:
    """Return a model by its name or by one that it had; None means the default one."""
    infos = engine.models()
    if name is None:
        return first_of(engine, WRITERS) or next(iter(infos), None)
    return next((info for info in infos if name in (info.name, *info.aliases)), None)


def first_of(engine: Engine, kinds: Collection[Kind]) -> ModelInfo | None:
    """Return the first model of those kinds, else the first whose kind is not known yet."""
    infos = models_of(engine, kinds)
    return next((info for info in infos if info.kind in kinds), next(iter(infos), None))


def is_of(info: ModelInfo, kinds: Collection[Kind]) -> bool:
    """Tell whether a model is of those kinds, as far as is known."""
    return info.kind is None or info.kind in kinds


TRANSFORMERS: tuple[Kind, ...] = ("encoder_decoder",)
"""Kinds that turn a text into another."""


def models_of(engine: Engine, kinds: Collection[Kind]) -> tuple[ModelInfo, ...]:
    """Return the models of those kinds, and those whose kind is not known yet, in their order."""
    return tuple(info for info in engine.models() if is_of(info, kinds))


def comparable(name: str) -> str:
    """Return a name as names are compared: a folder's may have its accents decomposed."""
    return unicodedata.normalize("NFC", name).casefold()


def known_model(engine: Engine, typed: str) -> str | None:
    """Find a model by its configured, its shown or its catalogue name."""
    wanted = typed.strip()
    for info in engine.models():
        if comparable(wanted) in (comparable(info.name), comparable(info.display_name)):
            return info.name
    found = model_info(engine, wanted)
    return None if found is None else found.name


def without_folders(name: str) -> str:
    """Return a model's name without the folders of this machine that an old one may have."""
    return name.rstrip("/").rpartition("/")[2] if name.startswith(_PATH_STARTS) else name


def shown_name(engine: Engine, name: str | None) -> str:
    """Return a model's shown name, ready for Markdown; None means the default model."""
    info = model_info(engine, name)
    return escape(without_folders(name or "—")) if info is None else shown(info)


def shown(info: ModelInfo) -> str:
    """Return a model's shown name, ready for Markdown."""
    return escape(clip(info.display_name, _NAME_LIMIT))


def wrong_kind(
    name: str, kind: Kind, wanted: Collection[Kind] = (), *, is_stored: bool = False
) -> str:
    """Say that a model is of another kind than a command needs, and which command fits it.

    Args:
        name: The model's shown name, ready for Markdown.
        kind: Its own.
        wanted: What the command needs, where that is known.
        is_stored: Whether the settings name it, and not the call.
    """
    call = CALLS[kind]
    refusal = texts.DOES_NOT[CALLS[next(iter(wanted))]] if wanted else texts.DOES_NOT_THAT
    template = texts.WRONG_STORED_KIND if is_stored else texts.WRONG_KIND
    return template.format(
        model=name, does=texts.DOES[call], refusal=refusal, command=texts.COMMANDS[call]
    )


def listed_names(engine: Engine, kinds: Collection[Kind] = get_args(Kind)) -> str:
    """List the names that a command accepts: «gemma-3-270m, otro, …»."""
    names = [escape(clip(info.name, _NAME_LIMIT)) for info in models_of(engine, kinds)]
    return ", ".join(names[:_LISTED_MODELS]) + (", …" if len(names) > _LISTED_MODELS else "")
