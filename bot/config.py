"""Every environment key once: type, default, range and what it means."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from bot.config_types import (
    EARLY_STOPPING_VALUES,
    MOST_SHARDS,
    DatabaseUrl,
    Decimal,
    EngineAddresses,
    IdList,
    LiteralPath,
    ModelNames,
    RoleName,
    Secret,
    ServerKeys,
    ShardIds,
    StopTexts,
    Strategy,
    StyleName,
    TextFile,
    Token,
    decoding,
    here,
)
from bot.env_file import EnvFile, misnamed, read_env_file
from bot.machine import require_device, require_driver, require_port
from bot.shards import Shards
from bot.styles import DEFAULT, SENTENCE_END_TOKENS
from bot.texts import config as texts
from engine import RANGES
from engine.embedded import BLOCKED_WORDS_FILE, blocked_words
from engine.models.remote import is_remote, keys_by_host, remote_source
from engine.precision import EXACT, Precision

ENV_FILE = Path(".env")
DECODING_PREFIX = "default_"


class ConfigError(Exception):
    """Everything that is wrong with the configuration, one Spanish sentence each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Settings(BaseModel):
    """The installation's configuration; field names are the env keys in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    discord_token: Token = None
    discord_guild_ids: IdList = ()
    allow_dms: bool = True
    shard_ids: ShardIds = ()
    shard_count: int | None = Field(default=None, ge=1, le=MOST_SHARDS)
    models: ModelNames = ()
    hf_token: Secret = None
    openai_api_key: ServerKeys = None
    data_dir: LiteralPath = Field(default_factory=lambda: user_data_path("unicornio"))
    database_url: Annotated[DatabaseUrl, here(require_driver)] = None
    engine_url: EngineAddresses = ()
    device: Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$"), here(require_device)] = (
        "auto"
    )
    precision: Precision = EXACT
    worker_threads: int = Field(default=1, ge=1, le=64)
    max_new_tokens: int = Field(default=256, ge=1, le=int(RANGES["max_new_tokens"].high))
    max_queue: int = Field(default=64, ge=1, le=1000)
    max_per_user: int = Field(default=3, ge=1, le=100)
    cooldown_s: Decimal = Field(default=0.0, ge=0, le=3600)
    request_timeout_s: Decimal = Field(default=600.0, ge=10, le=840)
    edit_interval_s: Decimal = Field(default=1.5, ge=1.2, le=60)
    reply_visibility: Literal["auto", "public", "private"] = "auto"
    teacher_role: RoleName = None
    retention_days: int = Field(default=30, ge=1, le=3650)
    max_data_mb: int = Field(default=500, ge=10, le=1_000_000)
    blocked_words_file: TextFile = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"
    metrics_port: Annotated[int | None, Field(ge=1, le=65535), here(require_port)] = None
    default_style: Annotated[str, StyleName] = DEFAULT
    default_strategy: Annotated[str | None, Strategy, decoding("strategy")] = None
    default_max_new_tokens: Annotated[int, decoding("max_new_tokens")] = 60
    default_temperature: Annotated[Decimal | None, decoding("temperature")] = None
    default_top_k: Annotated[int | None, decoding("top_k")] = None
    default_top_p: Annotated[Decimal | None, decoding("top_p")] = None
    default_typical_p: Annotated[Decimal | None, decoding("typical_p")] = None
    default_min_p: Annotated[Decimal | None, decoding("min_p")] = None
    default_epsilon_cutoff: Annotated[Decimal | None, decoding("epsilon_cutoff")] = None
    default_eta_cutoff: Annotated[Decimal | None, decoding("eta_cutoff")] = None
    default_top_h: Annotated[Decimal | None, decoding("top_h")] = None
    default_repetition_penalty: Annotated[Decimal | None, decoding("repetition_penalty")] = None
    default_no_repeat_ngram_size: Annotated[int | None, decoding("no_repeat_ngram_size")] = None
    default_min_new_tokens: Annotated[int, decoding("min_new_tokens")] = 0
    default_penalty_alpha: Annotated[Decimal | None, decoding("penalty_alpha")] = None
    default_num_beams: Annotated[int | None, decoding("num_beams")] = None
    default_length_penalty: Annotated[Decimal | None, decoding("length_penalty")] = None
    default_early_stopping: Literal["false", "true", "never"] | None = None
    default_num_beam_groups: Annotated[int | None, decoding("num_beam_groups")] = None
    default_diversity_penalty: Annotated[Decimal | None, decoding("diversity_penalty")] = None
    default_stop: StopTexts = ()
    default_whole_word_start: bool | None = None
    default_plain_text: bool | None = None
    default_sentence_end_tokens: Annotated[int | None, decoding("sentence_end_tokens")] = None
    default_attempts: Annotated[int, decoding("attempts")] = 1

    @property
    def default_settings(self) -> dict[str, Any]:
        """The installation's layer: its style, and the settings that its admin has set over it."""
        values = {
            name.removeprefix(DECODING_PREFIX): getattr(self, name)
            for name in type(self).model_fields
            if name.startswith(DECODING_PREFIX) and getattr(self, name) is not None
        }
        if self.default_early_stopping is not None:
            values["early_stopping"] = EARLY_STOPPING_VALUES[self.default_early_stopping]
        return values

    @property
    def shards(self) -> Shards:
        """Those of this process."""
        return Shards(self.shard_ids, self.shard_count)

    @property
    def max_sentence_end_tokens(self) -> int:
        """Most tokens behind a text's limit: a quarter of the most that can be asked for.

        It is never less than the styles and the admin's own key give.
        """
        given = max(SENTENCE_END_TOKENS, self.default_sentence_end_tokens or 0)
        return min(max(given, self.max_new_tokens // 4), int(RANGES["sentence_end_tokens"].high))

    @property
    def hub_token(self) -> str | None:
        """The token for gated repositories, as the engine wants it."""
        return None if self.hf_token is None else self.hf_token.get_secret_value()

    @property
    def server_keys(self) -> dict[str, SecretStr]:
        """The key of each server of `models`, by its host.

        Raises:
            ValueError: See `keys_by_host`.
        """
        if self.openai_api_key is None:
            return {}
        sources = (remote_source(name) for name in self.models if is_remote(name))
        hosts = {source.host for source in sources}
        keys = keys_by_host(self.openai_api_key.get_secret_value(), hosts)
        return {host: SecretStr(key) for host, key in keys.items()}

    @property
    def blocked_words(self) -> tuple[str, ...]:
        """Words that are neither accepted nor written; the list that ships, if none is named."""
        return blocked_words(self.blocked_words_file or BLOCKED_WORDS_FILE)


def load_settings(
    env_file: Path | None = ENV_FILE,
    environ: Mapping[str, str] | None = None,
    *,
    is_token_needed: bool = False,
    tried: Collection[str] = (),
    **overrides: object,
) -> Settings:
    """Read the env file and the process's environment, which wins over it.

    The file's keys are judged; of the environment, full of other programs' keys, only those that
    can be nobody else's. An empty variable is none: it must not open to all what the file has
    closed.

    Args:
        env_file: The `.env` file; a missing one is no error.
        environ: Stands in for the process's environment.
        is_token_needed: Whether a missing token is a problem.
        tried: Fields (database_url, device, metrics_port) whose value is tried on this machine.
        **overrides: Field values that win over both.

    Raises:
        ConfigError: With every problem at once.
    """
    file = EnvFile(values={}, problems=()) if env_file is None else read_env_file(env_file)
    process = os.environ if environ is None else environ
    given: dict[str, object] = {
        name: value
        for name in Settings.model_fields
        if (value := process.get(name.upper()) or file.values.get(name.upper()))
    }
    problems = [*file.problems, *misnamed(process)]
    if is_token_needed and "discord_token" not in given:
        problems.append(texts.NO_TOKEN)
    try:
        settings = Settings.model_validate({**given, **overrides}, context=tried)
    except ValidationError as error:
        raise ConfigError((*problems, *_problems(error))) from None
    if settings.default_max_new_tokens > settings.max_new_tokens:
        problems.append(texts.DEFAULT_OVER_MAXIMUM)
    problems.extend(_shard_problems(settings))
    try:
        _ = settings.server_keys
    except ValueError as error:
        problems.append(texts.REMOTE_KEYS[str(error)])
    if problems:
        raise ConfigError(tuple(problems))
    return settings


def _shard_problems(settings: Settings) -> Iterator[str]:
    shards = settings.shards
    if bool(shards.ids) != (shards.count is not None):
        yield texts.SHARDS_TOGETHER
    elif shards.count is not None and shards.ids[-1] >= shards.count:
        yield texts.SHARD_OVER_COUNT.format(last=shards.count - 1, count=shards.count)
    elif shards.are_some and settings.database_url is None:
        yield texts.SHARDS_NEED_DATABASE


def _problems(error: ValidationError) -> tuple[str, ...]:
    return tuple(
        texts.problem(str(item["loc"][0]).upper(), item["type"], item.get("ctx") or {})
        for item in error.errors(include_input=False, include_url=False)
    )
