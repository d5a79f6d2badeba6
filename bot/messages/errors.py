"""Every failure as a Spanish sentence that says what happened and what to do next."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import aiohttp
import discord
from discord import app_commands

from bot.messages.responses import ALREADY_ACKNOWLEDGED, is_discord_trouble, is_gone, say
from bot.render.markdown import clip, escape
from bot.render.model_names import without_folders, wrong_kind
from bot.render.numbers import bytes_size
from bot.render.settings import out_of_range
from bot.render.word_list import STAGE as WORD_LIST_STAGE
from bot.storage.errors import StorageError
from bot.texts import errors as texts
from bot.texts.options import FIELD_NAMES
from engine import NO_TOKEN_LEFT, RANGES, EngineError
from engine.models.kinds import WRONG_KIND

_log = logging.getLogger(__name__)

_VALUE_LIMIT = 80
_NOTHING_TO_CHOOSE = "none"
_LONGEST_IN_SECONDS = 90
_BY_THE_USER = frozenset(
    {"queue_full", "unknown_model", "invalid_params", "empty_prompt", "cancelled", "deadline"}
)


class UserError(Exception):
    """A request that cannot be served, and the Spanish sentence for the person who asked."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(text)


def text_of(error: BaseException) -> str:
    """Say an error in Spanish; an unforeseen one says that it was noted down."""
    cause = _cause(error)
    if isinstance(cause, UserError):
        return cause.text
    if isinstance(cause, EngineError):
        return _engine_text(cause)
    if isinstance(cause, StorageError):
        return texts.STORAGE.get(cause.code, texts.STORAGE["unavailable"])
    if is_discord_trouble(cause):
        return texts.DISCORD_DOWN
    for kind, text in _DISCORD_TEXTS:
        if isinstance(cause, kind):
            return text
    return texts.UNEXPECTED


async def reply_error(interaction: discord.Interaction[Any], error: BaseException) -> None:
    """Say an error to the person concerned, and log what an admin must know."""
    cause = _cause(error)
    if is_gone(cause) or getattr(cause, "code", None) == ALREADY_ACKNOWLEDGED:
        _log.info("nothing left to answer: %s", cause)
        return
    await say(interaction, report(cause))


def report(error: BaseException) -> str:
    """Log an error and say it: a person's mistake quietly, a failure of ours loudly.

    Nothing that anybody wrote reaches the log.
    """
    cause = _cause(error)
    text = text_of(cause)
    if text == texts.UNEXPECTED:
        reference = uuid4().hex[:8]
        _log.error("unexpected failure %s", reference, exc_info=cause)
        return text.format(reference=reference)
    is_expected = isinstance(cause, UserError | app_commands.AppCommandError) or (
        isinstance(cause, EngineError)
        and (cause.code in _BY_THE_USER or cause.reason in _BY_REASON)
    )
    if is_expected:
        _log.info("refused: %s", getattr(cause, "code", type(cause).__name__))
    else:
        _log.error("failed: %s", _logged(cause))
    return text


def _logged(error: BaseException) -> str:
    """Describe a failure in one line; the body of an answer may be a whole page."""
    if isinstance(error, discord.HTTPException):
        return f"{type(error).__name__}(status={error.status}, code={error.code})"
    return repr(error)


def _cause(error: BaseException) -> BaseException:
    if isinstance(error, app_commands.CommandInvokeError):
        return error.original
    return error


def _engine_text(error: EngineError) -> str:
    if error.code == "model_unavailable":
        return _unavailable_text(error)
    if error.code == "invalid_params":
        return _invalid_params_text(error)
    if error.reason in _BY_REASON:
        return _BY_REASON[error.reason](error)
    if error.code == "queue_full":
        return texts.queue_full(error.position)
    if error.code == "out_of_memory" and None not in (error.needed_bytes, error.available_bytes):
        needed, available = bytes_size(error.needed_bytes), bytes_size(error.available_bytes)
        return texts.OUT_OF_MEMORY_SIZES.format(needed=needed, available=available)
    return texts.ENGINE[error.code].format(model=_shown_model(error.model))


def _remote_text(error: EngineError) -> str:
    return texts.REMOTE_UNSUPPORTED.format(model=_shown_model(error.model), host=_shown(error.host))


def _unavailable_text(error: EngineError) -> str:
    template = texts.MODEL_UNAVAILABLE.get(str(error.reason), texts.MODEL_UNAVAILABLE["other"])
    return template.format(
        model=_shown_model(error.model),
        host=texts.UNKNOWN_HOST if error.host is None else _shown(error.host),
        status="" if error.status is None else texts.HOST_STATUS.format(status=error.status),
        wait=_wait(error.retry_after_s),
    )


def _wait(seconds: int | None) -> str:
    """Say when a server wants to be asked again."""
    if seconds is None:
        return texts.WAIT_UNKNOWN
    if seconds <= _LONGEST_IN_SECONDS:
        return texts.WAIT_SECONDS.format(seconds=max(1, seconds))
    return texts.WAIT_MINUTES.format(minutes=math.ceil(seconds / 60))


def _invalid_params_text(error: EngineError) -> str:
    field, value = str(error.field), str(error.value)
    if str(error.reason) in texts.TEXT_REFUSED:
        template = texts.TEXT_REFUSED[str(error.reason)]
        return template.format(value=_shown(value), limit=error.limit)
    if error.token_id is not None:
        return texts.UNKNOWN_TOKEN.format(token=_shown(value))
    if field in RANGES and not isinstance(error.value, str):
        high = error.details.get("high")
        return out_of_range(field, value.replace(".", ","), high)
    if error.range == _NOTHING_TO_CHOOSE:
        return texts.NOT_OFFERED.format(name=texts.OTHER_FIELDS.get(field, escape(field)))
    return texts.INVALID_PARAMS.format(
        name=texts.OTHER_FIELDS.get(field, escape(field)),
        value=_shown(value),
        allowed=_shown(error.range),
    )


def _no_token_left_text(error: EngineError) -> str:
    stage = str(error.stage)
    if stage == WORD_LIST_STAGE:
        return texts.NO_TOKEN_LEFT_BY_LIST
    return texts.NO_TOKEN_LEFT.format(stage=FIELD_NAMES.get(stage, escape(stage)))


def _wrong_kind_text(error: EngineError) -> str:
    return wrong_kind(_shown_model(error.model), error.kind)


_BY_REASON: Mapping[object, Callable[[EngineError], str]] = {
    NO_TOKEN_LEFT: _no_token_left_text,
    WRONG_KIND: _wrong_kind_text,
    "remote": _remote_text,
}
"""Reasons that have a sentence of their own, and are no failure of ours."""


def _shown_model(name: object) -> str:
    return _shown(without_folders(name) if isinstance(name, str) else name)


def _shown(value: object) -> str:
    return texts.UNNAMED if value is None else escape(clip(str(value), _VALUE_LIMIT))


_DISCORD_TEXTS: tuple[tuple[type[BaseException], str], ...] = (
    (app_commands.NoPrivateMessage, texts.ONLY_IN_SERVERS),
    (app_commands.MissingPermissions, texts.MISSING_PERMISSIONS),
    (app_commands.BotMissingPermissions, texts.BOT_MISSING_PERMISSIONS),
    (app_commands.CommandOnCooldown, texts.TOO_FAST),
    (app_commands.TransformerError, texts.BAD_OPTION),
    (app_commands.CommandSignatureMismatch, texts.STALE_COMMAND),
    (app_commands.CommandNotFound, texts.STALE_COMMAND),
    (app_commands.CheckFailure, texts.NOT_ALLOWED),
    (discord.Forbidden, texts.FORBIDDEN),
    (discord.NotFound, texts.MESSAGE_GONE),
    (discord.RateLimited, texts.DISCORD_DOWN),
    (aiohttp.ClientError, texts.DISCORD_DOWN),
)
