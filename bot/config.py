"""Every environment key once: type, default, range and what it means."""

from __future__ import annotations

import os
from collections.abc import Mapping
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

from bot.render.numbers import parse_decimal
from bot.texts import config as texts
from engine import RANGES, DecodingParams, EngineError

ENV_FILE = Path(".env")


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
    return parse_decimal(value) if isinstance(value, str) else value


def _token_shape(value: SecretStr | None) -> SecretStr | None:
    if value is not None and value.get_secret_value().count(".") != 2:
        raise ValueError(texts.TOKEN_SHAPE)
    return value


def _readable(path: Path | None) -> Path | None:
    if path is not None and not path.is_file():
        raise ValueError(texts.NO_SUCH_FILE.format(path=path))
    return path


CommaList = Annotated[tuple[str, ...], BeforeValidator(_comma_list)]
IdList = Annotated[tuple[int, ...], BeforeValidator(_comma_list)]
Decimal = Annotated[float, BeforeValidator(_decimal)]
Token = Annotated[SecretStr | None, AfterValidator(_token_shape)]
TextFile = Annotated[Path | None, AfterValidator(_readable)]


class Settings(BaseModel):
    """The installation's configuration; field names are the env keys in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    discord_token: Token = None
    discord_guild_ids: IdList = ()
    allow_dms: bool = True
    models: CommaList = ()
    hf_token: SecretStr | None = None
    data_dir: Path = Field(default_factory=lambda: user_data_path("unicornio"))
    database_url: str | None = None
    device: str = Field(default="auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$")
    precision: Literal["exact"] = "exact"
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
    default_strategy: str = "sample"
    default_max_new_tokens: int = 60
    default_temperature: Decimal = 0.8
    default_top_k: int = 0
    default_top_p: Decimal = 0.9
    default_typical_p: Decimal = 1.0
    default_min_p: Decimal = 0.0
    default_epsilon_cutoff: Decimal = 0.0
    default_eta_cutoff: Decimal = 0.0
    default_repetition_penalty: Decimal = 1.0
    default_no_repeat_ngram_size: int = 0
    default_num_beams: int = 1
    default_length_penalty: Decimal = 1.0
    default_early_stopping: Literal["false", "true", "never"] = "false"
    default_attempts: int = 1

    @property
    def default_params(self) -> DecodingParams:
        """The installation's layer of decoding settings."""
        return DecodingParams(**_decoding_defaults(self))

    @property
    def hub_token(self) -> str | None:
        """The token for gated repositories, as the engine wants it."""
        return None if self.hf_token is None else self.hf_token.get_secret_value()

    @property
    def blocked_words(self) -> tuple[str, ...]:
        """Words that are neither accepted nor written, from the list file (# starts a comment)."""
        if self.blocked_words_file is None:
            return ()
        lines = self.blocked_words_file.read_text(encoding="utf-8").splitlines()
        words = (line.split("#", 1)[0].strip() for line in lines)
        return tuple(dict.fromkeys(word for word in words if word))


DECODING_PREFIX = "default_"


def _decoding_defaults(settings: Settings) -> dict[str, Any]:
    values = {
        name.removeprefix(DECODING_PREFIX): getattr(settings, name)
        for name in Settings.model_fields
        if name.startswith(DECODING_PREFIX)
    }
    values["early_stopping"] = {"false": False, "true": True, "never": "never"}[
        values["early_stopping"]
    ]
    return values


def load_settings(
    env_file: Path | None = ENV_FILE,
    environ: Mapping[str, str] | None = None,
    **overrides: object,
) -> Settings:
    """Read the env file and the process's environment, which wins over it.

    Args:
        env_file: The `.env` file; a missing one is no error.
        environ: Stands in for the process's environment.
        **overrides: Field values that win over both.

    Raises:
        ConfigError: With every problem at once.
    """
    file_values = dotenv_values(env_file) if env_file is not None else {}
    merged = {**file_values, **(os.environ if environ is None else environ)}
    given: dict[str, object] = {
        name: merged[name.upper()] for name in Settings.model_fields if merged.get(name.upper())
    }
    try:
        settings = Settings.model_validate({**given, **overrides})
    except ValidationError as error:
        raise ConfigError(_problems(error)) from None
    problems = _decoding_problems(settings)
    if problems:
        raise ConfigError(problems)
    return settings


def _problems(error: ValidationError) -> tuple[str, ...]:
    return tuple(
        texts.problem(str(item["loc"][0]).upper(), item["type"], item.get("ctx") or {})
        for item in error.errors(include_input=False, include_url=False)
    )


def _decoding_problems(settings: Settings) -> tuple[str, ...]:
    defaults = _decoding_defaults(settings)
    problems = []
    for name, value in defaults.items():
        try:
            DecodingParams(**{name: value})
        except EngineError as error:
            key = f"{DECODING_PREFIX}{name}".upper()
            problems.append(texts.out_of_range(key, str(error.details["range"])))
    if settings.default_max_new_tokens > settings.max_new_tokens:
        problems.append(texts.DEFAULT_OVER_MAXIMUM)
    return tuple(problems)
