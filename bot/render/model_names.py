"""The names that people know the models by."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from bot.render.markdown import clip, escape
from engine import Engine, ModelInfo
from engine.status import Kind

_NAME_LIMIT = 60
_LISTED_MODELS = 10
_PATH_STARTS = ("/", "./", "../", "~")


def model_info(engine: Engine, name: str | None) -> ModelInfo | None:
    """Return a model by its name or by one that it had; None means the default one."""
    infos = engine.models()
    if name is None:
        return infos[0] if infos else None
    return next((info for info in infos if name in (info.name, *info.aliases)), None)


WRITERS: tuple[Kind, ...] = ("decoder", "remote")
"""Kinds that go on with a text."""


TRANSFORMERS: tuple[Kind, ...] = ("encoder_decoder",)
"""Kinds that turn a text into another."""


def models_of(engine: Engine, kinds: Collection[Kind]) -> tuple[ModelInfo, ...]:
    """Return the models of those kinds, and those whose kind is not known yet, in their order."""
    return tuple(info for info in engine.models() if info.kind is None or info.kind in kinds)


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


def listed_names(engine: Engine) -> str:
    """List the names that a command accepts: «gemma-3-270m, otro, …»."""
    names = [escape(clip(info.name, _NAME_LIMIT)) for info in engine.models()]
    return ", ".join(names[:_LISTED_MODELS]) + (", …" if len(names) > _LISTED_MODELS else "")
