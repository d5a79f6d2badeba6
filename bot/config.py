"""Every environment key once: type, default, range and what it means."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from platformdirs import user_data_path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.render.numbers import parse_decimal
from bot.stop_texts import parse_stop
from bot.texts import config as texts
from engine import RANGES, DecodingParams, EngineError
from engine.embedded import BLOCKED_WORDS_FILE, blocked_words

ENV_FILE = Path(".env")
DECODING_PREFIX = "default_"


class ConfigError(Exception):
    """Everything that is wrong with the configuration, one Spanish sentence each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def _comma_list(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _decimal(value: object) -> object:
    try:
        return parse_decimal(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(texts.NOT_A_NUMBER) from None


def _token_shape(value: SecretStr | None) -> SecretStr | None:
    if value is not None and value.get_secret_value().count(".") != 2:
        raise ValueError(texts.TOKEN_SHAPE)
    return value


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


def _url(value: str | None) -> str | None:
    try:
        return None if value is None else make_url(value).render_as_string(hide_password=False)
    except ArgumentError:
        raise ValueError(texts.NOT_A_URL) from None


def _decoding(name: str) -> AfterValidator:
    """Check a default against the engine's own range."""

    def check(value: Any) -> Any:
        try:
            DecodingParams(**{name: EARLY_STOPPING_VALUES.get(value, value)})
        except EngineError as error:
            raise ValueError(texts.OUT_OF_RANGE.format(range=error.details["range"])) from None
        return value

    return AfterValidator(check)


EARLY_STOPPING_VALUES: Mapping[Any, bool | str] = {"false": False, "true": True, "never": "never"}
CommaList = Annotated[tuple[str, ...], BeforeValidator(_comma_list)]
IdList = Annotated[tuple[int, ...], BeforeValidator(_comma_list)]
Decimal = Annotated[float, BeforeValidator(_decimal)]
StopTexts = Annotated[tuple[str, ...], BeforeValidator(_stop_texts)]
Token = Annotated[SecretStr | None, AfterValidator(_token_shape)]
TextFile = Annotated[Path | None, AfterValidator(_word_list)]
DatabaseUrl = Annotated[str | None, AfterValidator(_url)]


class Settings(BaseModel):
    """The installation's configuration; field names are the env keys in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    discord_token: Token = None
    discord_guild_ids: IdList = ()
    allow_dms: bool = True
    models: CommaList = ()
    hf_token: SecretStr | None = None
    data_dir: Path = Field(default_factory=lambda: user_data_path("unicornio"))
    database_url: DatabaseUrl = None
    device: str = Field(default="auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$")
    precision: Literal["exact", "fast", "turbo"] = "exact"
    worker_threads: int = Field(default=1, ge=1, le=64)
    max_new_tokens: int = Field(default=256, ge=1, le=int(RANGES["max_new_tokens"].high))
    max_queue: int = Field(default=64, ge=1, le=1000)
    max_per_user: int = Field(default=3, ge=1, le=100)
    cooldown_s: Decimal = Field(default=0.0, ge=0, le=3600)
    request_timeout_s: Decimal = Field(default=600.0, ge=10, le=840)
    edit_interval_s: Decimal = Field(default=1.5, ge=1.2, le=60)
    reply_visibility: Literal["auto", "public", "private"] = "auto"
    retention_days: int = Field(default=30, ge=1, le=3650)
    max_data_mb: int = Field(default=500, ge=10, le=1_000_000)
    blocked_words_file: TextFile = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    default_strategy: Annotated[str, _decoding("strategy")] = "sample"
    default_max_new_tokens: Annotated[int, _decoding("max_new_tokens")] = 60
    default_temperature: Annotated[Decimal, _decoding("temperature")] = 0.8
    default_top_k: Annotated[int, _decoding("top_k")] = 0
    default_top_p: Annotated[Decimal, _decoding("top_p")] = 0.9
    default_typical_p: Annotated[Decimal, _decoding("typical_p")] = 1.0
    default_min_p: Annotated[Decimal, _decoding("min_p")] = 0.0
    default_epsilon_cutoff: Annotated[Decimal, _decoding("epsilon_cutoff")] = 0.0
    default_eta_cutoff: Annotated[Decimal, _decoding("eta_cutoff")] = 0.0
    default_top_h: Annotated[Decimal, _decoding("top_h")] = 1.0
    default_repetition_penalty: Annotated[Decimal, _decoding("repetition_penalty")] = 1.0
    default_no_repeat_ngram_size: Annotated[int, _decoding("no_repeat_ngram_size")] = 0
    default_min_new_tokens: Annotated[int, _decoding("min_new_tokens")] = 0
    default_penalty_alpha: Annotated[Decimal, _decoding("penalty_alpha")] = 0.0
    default_num_beams: Annotated[int, _decoding("num_beams")] = 1
    default_length_penalty: Annotated[Decimal, _decoding("length_penalty")] = 1.0
    default_early_stopping: Literal["false", "true", "never"] = "false"
    default_num_beam_groups: Annotated[int, _decoding("num_beam_groups")] = 1
    default_diversity_penalty: Annotated[Decimal, _decoding("diversity_penalty")] = 0.0
    default_stop: StopTexts = ()
    default_attempts: Annotated[int, _decoding("attempts")] = 1

    @property
    def default_params(self) -> DecodingParams:
        """The installation's layer of decoding settings."""
        values = {
            name.removeprefix(DECODING_PREFIX): getattr(self, name)
            for name in type(self).model_fields
            if name.startswith(DECODING_PREFIX)
        }
        early_stopping = EARLY_STOPPING_VALUES[values["early_stopping"]]
        return DecodingParams(**{**values, "early_stopping": early_stopping})

    @property
    def hub_token(self) -> str | None:
        """The token for gated repositories, as the engine wants it."""
        return None if self.hf_token is None else self.hf_token.get_secret_value()

    @property
    def blocked_words(self) -> tuple[str, ...]:
        """Words that are neither accepted nor written; the list that ships, if none is named."""
        return blocked_words(self.blocked_words_file or BLOCKED_WORDS_FILE)


def load_settings(
    env_file: Path | None = ENV_FILE,
    environ: Mapping[str, str] | None = None,
    *,
    is_token_needed: bool = False,
    **overrides: object,
) -> Settings:
    """Read the env file and the process's environment, which wins over it.

    Args:
        env_file: The `.env` file; a missing one is no error.
        environ: Stands in for the process's environment.
        is_token_needed: Whether a missing token is a problem.
        **overrides: Field values that win over both.

    Raises:
        ConfigError: With every problem at once.
    """
    file_values = _read_env_file(env_file)
    merged = {**file_values, **(os.environ if environ is None else environ)}
    given: dict[str, object] = {
        name: merged[name.upper()] for name in Settings.model_fields if merged.get(name.upper())
    }
    problems = [*_misspelt(file_values)]
    if is_token_needed and "discord_token" not in given:
        problems.append(texts.NO_TOKEN)
    try:
        settings = Settings.model_validate({**given, **overrides})
    except ValidationError as error:
        raise ConfigError((*problems, *_problems(error))) from None
    if settings.default_max_new_tokens > settings.max_new_tokens:
        problems.append(texts.DEFAULT_OVER_MAXIMUM)
    if problems:
        raise ConfigError(tuple(problems))
    return settings


def _read_env_file(env_file: Path | None) -> Mapping[str, str | None]:
    try:
        return {} if env_file is None else dotenv_values(env_file, encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigError((texts.NOT_UTF8.format(path=env_file),)) from None


def _misspelt(file_values: Mapping[str, str | None]) -> Iterator[str]:
    """Name the file's keys that are almost one of ours; others may be another program's."""
    for key in file_values:
        near = difflib.get_close_matches(key, texts.HELP, n=1, cutoff=0.85)
        if key not in texts.HELP and near:
            yield texts.MISSPELT.format(key=key, near=near[0])


def _problems(error: ValidationError) -> tuple[str, ...]:
    return tuple(
        texts.problem(str(item["loc"][0]).upper(), item["type"], item.get("ctx") or {})
        for item in error.errors(include_input=False, include_url=False)
    )
