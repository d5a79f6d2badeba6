"""The types of the configuration's values, and why a value is refused."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo
from sqlalchemy import make_url

from bot.render.numbers import parse_decimal
from bot.render.plain_words import plain
from bot.render.stop_texts import parse_stop
from bot.storage.database import resolve_url
from bot.storage.errors import StorageError
from bot.styles import STYLES
from bot.texts import config as texts
from bot.texts import options as option_texts
from engine import STRATEGIES, DecodingParams, EngineError
from engine.models.catalogue import CATALOGUE
from engine.models.remote import AddressError, base_addresses, is_remote, remote_source

_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_SECRET = re.compile(r"[\w.-]+")
_KEYS = re.compile(r"[!#-&(-+\--~]+(, *[!#-&(-+\--~]+)*", re.ASCII)
_SHARDS = re.compile(r"\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?", re.ASCII)
_VARIABLE = re.compile(r"\$(\w|\{)")
_QUOTES = ("'", '"')
_NEAR_MODEL = 0.8
_ROLE_LIMIT = 100
MOST_SHARDS = 100_000
EARLY_STOPPING_VALUES: Mapping[Any, bool | str] = {"false": False, "true": True, "never": "never"}


def _comma_list(value: object) -> object:
    if not isinstance(value, str):
        return value
    parts = tuple(part.strip() for part in value.split(",") if part.strip())
    if value and not parts:
        # As if nothing were written, which may mean everything.
        raise ValueError(texts.ONLY_COMMAS)
    return parts


def _decimal(value: object) -> object:
    try:
        return parse_decimal(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(texts.NOT_A_NUMBER) from None


def _token_shape(value: SecretStr | None) -> SecretStr | None:
    token = "" if value is None else value.get_secret_value()
    if token and not _TOKEN.fullmatch(token):
        if token.startswith(_QUOTES):
            raise ValueError(texts.TOKEN_QUOTED)
        is_prefixed = token.casefold().startswith("bot ")
        raise ValueError(texts.TOKEN_PREFIXED if is_prefixed else texts.TOKEN_SHAPE)
    return value


def _secret_shape(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not _SECRET.fullmatch(value.get_secret_value()):
        raise ValueError(texts.SECRET_SHAPE)
    return value


def _literal_path(value: object) -> object:
    """Refuse what a shell would replace: as a path it would make a folder of that name."""
    if isinstance(value, str):
        if value.startswith(_QUOTES):
            raise ValueError(texts.QUOTED)
        if value.startswith("~") or _VARIABLE.search(value):
            raise ValueError(texts.NOT_EXPANDED)
    return value


def _model_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is almost a name of the catalogue, which the hub would be asked for."""
    for name in names:
        if _VARIABLE.search(name):
            raise ValueError(texts.NOT_EXPANDED)
        if is_remote(name):
            _require_address(name)
            continue
        repo = name.partition("@")[0].casefold()
        near = difflib.get_close_matches(repo, CATALOGUE, n=1, cutoff=_NEAR_MODEL)
        if near and name.partition("@")[0] not in CATALOGUE and not Path(name).exists():
            raise ValueError(texts.NEAR_MODEL.format(name=name, near=near[0]))
    return names


def _require_address(name: str) -> None:
    try:
        remote_source(name)
    except AddressError as error:
        raise ValueError(texts.REMOTE_ADDRESS[error.reason]) from None


def _engine_addresses(urls: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return base_addresses(urls) if urls else ()
    except AddressError as error:
        raise ValueError(texts.ENGINE_ADDRESS[error.reason]) from None


def _keys_shape(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not _KEYS.fullmatch(value.get_secret_value()):
        raise ValueError(texts.KEYS_SHAPE)
    return value


def _strategy(value: object) -> object:
    if not isinstance(value, str) or value in STRATEGIES:
        return value
    spanish = {plain(name): code for code, name in option_texts.STRATEGY_NAMES.items()}
    return {**spanish, **option_texts.STRATEGY_SYNONYMS}.get(plain(value), value)


def _role_name(value: object) -> object:
    """Read a role as its name or its id; what Discord copies as a mention is not one."""
    if not isinstance(value, str):
        return value
    if value.startswith(("<", "@", *_QUOTES)):
        raise ValueError(texts.ROLE_SHAPE)
    name = value.strip()
    if len(name) > _ROLE_LIMIT:
        raise ValueError(texts.ROLE_LONG)
    return name or None


def _style(value: object) -> object:
    """Read a style by its Spanish name or its own."""
    labels = {plain(style.label): name for name, style in STYLES.items()}
    wanted = plain(str(value))
    if wanted not in STYLES and wanted not in labels:
        raise ValueError(texts.UNKNOWN_STYLE.format(names=", ".join(labels)))
    return labels.get(wanted, wanted)


def _stop_texts(value: object) -> object:
    return parse_stop(value) if isinstance(value, str) else value


def _word_list(path: Path | None) -> Path | None:
    if path is not None:
        try:
            path.read_text(encoding="utf-8")
        except OSError:
            raise ValueError(texts.NO_SUCH_FILE.format(path=path)) from None
        except UnicodeDecodeError:
            raise ValueError(texts.NOT_UTF8.format(path=path)) from None
    return path


def _shard_ids(value: object) -> object:
    """Read «0,1,4-7» as numbers."""
    if not isinstance(value, str):
        return value
    ids: list[int] = []
    for part in value.split(","):
        matched = _SHARDS.fullmatch(part)
        if matched is None:
            raise ValueError(texts.SHARD_IDS_SHAPE)
        first, last = int(matched[1]), int(matched[2] or matched[1])
        if not first <= last < MOST_SHARDS:
            raise ValueError(texts.SHARD_IDS_SHAPE)
        ids.extend(range(first, last + 1))
    if len(set(ids)) < len(ids):
        raise ValueError(texts.SHARD_IDS_TWICE)
    return tuple(sorted(ids))


def _url(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        resolve_url(value, Path())
    except StorageError:
        raise ValueError(texts.NOT_A_URL) from None
    url = make_url(value)
    if url.get_backend_name() == "sqlite":
        _literal_path(url.database)
    return url.render_as_string(hide_password=False)


def decoding(name: str) -> AfterValidator:
    """Check a default against the engine's own range."""

    def check(value: Any) -> Any:
        if value is None:
            return None
        try:
            DecodingParams(**{name: EARLY_STOPPING_VALUES.get(value, value)})
        except EngineError as error:
            raise ValueError(texts.OUT_OF_RANGE.format(range=error.details["range"])) from None
        return value

    return AfterValidator(check)


def here(require: Callable[[Any], None]) -> AfterValidator:
    """Try on this machine what a value asks for, where the reading is told to."""

    def check(value: Any, info: ValidationInfo) -> Any:
        if value is not None and info.field_name in (info.context or ()):
            require(value)
        return value

    return AfterValidator(check)


CommaList = Annotated[tuple[str, ...], BeforeValidator(_comma_list)]
IdList = Annotated[tuple[int, ...], BeforeValidator(_comma_list)]
ShardIds = Annotated[tuple[int, ...], BeforeValidator(_shard_ids)]
Decimal = Annotated[float, BeforeValidator(_decimal)]
Strategy = BeforeValidator(_strategy)
StyleName = BeforeValidator(_style)
RoleName = Annotated[str | None, BeforeValidator(_role_name)]
StopTexts = Annotated[tuple[str, ...], BeforeValidator(_stop_texts)]
ModelNames = Annotated[CommaList, AfterValidator(_model_names)]
EngineAddresses = Annotated[CommaList, AfterValidator(_engine_addresses)]
Token = Annotated[SecretStr | None, AfterValidator(_token_shape)]
Secret = Annotated[SecretStr | None, AfterValidator(_secret_shape)]
ServerKeys = Annotated[SecretStr | None, AfterValidator(_keys_shape)]
LiteralPath = Annotated[Path, BeforeValidator(_literal_path)]
TextFile = Annotated[Path | None, BeforeValidator(_literal_path), AfterValidator(_word_list)]
DatabaseUrl = Annotated[str | None, AfterValidator(_url)]
