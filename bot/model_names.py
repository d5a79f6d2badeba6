"""The names that people know the models by."""

from __future__ import annotations

import unicodedata

from bot.render.markdown import clip, escape
from engine import Engine, EngineError, ModelInfo

_NAME_LIMIT = 60
_LISTED_MODELS = 10


def comparable(name: str) -> str:
    """Return a name as names are compared: a folder's may have its accents decomposed."""
    return unicodedata.normalize("NFC", name).casefold()


def known_model(engine: Engine, typed: str) -> str | None:
    """Find a model by its configured, its shown or its catalogue name."""
    wanted = typed.strip()
    for info in engine.models():
        if comparable(wanted) in (comparable(info.name), comparable(info.display_name)):
            return info.name
    try:
        engine.capabilities(wanted)
    except EngineError:
        return None
    return wanted


def shown_name(engine: Engine, name: str | None) -> str:
    """Return a model's shown name, ready for Markdown; None means the default model."""
    infos = engine.models()
    if name is None and infos:
        return shown(infos[0])
    return next((shown(info) for info in infos if info.name == name), escape(name or "—"))


def shown(info: ModelInfo) -> str:
    """Return a model's shown name, ready for Markdown."""
    return escape(clip(info.display_name, _NAME_LIMIT))


def listed_names(engine: Engine) -> str:
    """List the names that a command accepts: «gemma-3-270m, otro, …»."""
    names = [escape(clip(info.name, _NAME_LIMIT)) for info in engine.models()]
    return ", ".join(names[:_LISTED_MODELS]) + (", …" if len(names) > _LISTED_MODELS else "")
