"""Which model serves a call: the one that it names, the stored one, or the first of its kinds."""

from __future__ import annotations

from collections.abc import Collection

from bot.messages.errors import UserError
from bot.render.markdown import clip, escape
from bot.render.model_names import (
    first_of,
    is_of,
    known_model,
    listed_names,
    model_info,
    shown,
    without_folders,
    wrong_kind,
)
from bot.texts import kinds as texts
from bot.texts import options as option_texts
from engine import Engine, ModelInfo
from engine.models.kinds import CALLS
from engine.status import WRITERS, Kind

_TYPED_LIMIT = 40


def chosen_model(engine: Engine, typed: str | None, kinds: Collection[Kind]) -> ModelInfo:
    """Return the model that a call names, or the first of the kinds that it needs.

    Args:
        engine: Has the models.
        typed: What a person wrote; None for no name.
        kinds: What the model has to be.

    Raises:
        UserError: There is none of that name, or it is of another kind, whose command is named; or
            none of those kinds is here.
    """
    if typed is None:
        return default_model(engine, kinds)
    name = known_model(engine, typed)
    info = None if name is None else model_info(engine, name)
    if info is None:
        shown_typed = escape(clip(typed, _TYPED_LIMIT))
        names = listed_names(engine, kinds)
        raise UserError(option_texts.UNKNOWN_MODEL.format(typed=shown_typed, names=names))
    if info.kind is not None and info.kind not in kinds:
        raise UserError(wrong_kind(shown(info), info.kind, kinds))
    return info


def default_model(engine: Engine, kinds: Collection[Kind] = WRITERS) -> ModelInfo:
    """Return the first model of those kinds.

    Raises:
        UserError: There is none.
    """
    info = first_of(engine, kinds)
    if info is None:
        raise UserError(texts.NONE_OF[CALLS[next(iter(kinds))]])
    return info


def stored_model(
    engine: Engine, stored: str, kinds: Collection[Kind]
) -> tuple[str | None, str | None]:
    """Return a stored model's name of now, or None where it cannot serve, and a sentence why not.

    One that goes on with texts, where another kind is needed, is no mistake of anybody's.
    """
    name = known_model(engine, stored)
    info = None if name is None else model_info(engine, name)
    if info is None:
        gone = escape(clip(without_folders(stored), _TYPED_LIMIT))
        return None, option_texts.MODEL_GONE.format(name=gone)
    if is_of(info, kinds):
        return info.name, None
    if info.kind is None or set(kinds) != set(WRITERS):
        return None, None
    return None, wrong_kind(shown(info), info.kind, kinds, is_stored=True)
