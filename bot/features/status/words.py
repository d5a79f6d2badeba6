"""The state of the bot as Markdown blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.features.status import texts
from bot.render.markdown import clip, escape
from bot.render.numbers import bytes_size, decimal, duration, integer
from bot.shards import Shards
from engine import EngineStats

_MODELS_LIMIT = 200
_BYTES_PER_MB = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Status:
    """What `/estado` shows.

    Attributes:
        latency_s: Of the gateway's heartbeat; NaN before the first.
        model: Shown name of the default model, ready for Markdown.
        arithmetic: How it computes.
        data_bytes: Of the database and its backups.
        disk_free_bytes: Where the data folder is.
    """

    version: str
    uptime_s: float
    latency_s: float
    shards: Shards
    model: str
    arithmetic: str
    engine: EngineStats
    data_bytes: int
    max_data_mb: int
    disk_free_bytes: int


def status_blocks(status: Status) -> list[str]:
    """Describe the bot, its engine and its disk."""
    return [
        _section(texts.SECTION_BOT, _bot_facts(status)),
        _section(texts.SECTION_ENGINE, _engine_facts(status)),
        _section(texts.SECTION_DISK, _disk_facts(status)),
    ]


def _section(title: str, facts: Sequence[tuple[str, str]]) -> str:
    lines = (texts.LINE.format(name=name, value=value) for name, value in facts)
    return "\n".join((title, *lines))


def _bot_facts(status: Status) -> list[tuple[str, str]]:
    return [
        (texts.VERSION, escape(status.version)),
        (texts.UPTIME, duration(status.uptime_s)),
        (texts.LATENCY, _seconds(status.latency_s)),
        (texts.SHARDS, _shards(status.shards)),
    ]


def _shards(shards: Shards) -> str:
    count = integer(shards.count or 1)
    if not shards.are_some:
        return count
    return texts.SHARDS_VALUE.format(ids=", ".join(map(str, shards.ids)), count=count)


def _engine_facts(status: Status) -> list[tuple[str, str]]:
    stats = status.engine
    loaded = escape(clip(", ".join(stats.loaded_models), _MODELS_LIMIT))
    speed = stats.tokens_per_s
    return [
        (texts.MODEL, status.model),
        (texts.LOADED, loaded or texts.UNKNOWN),
        (texts.DEVICE, escape(stats.device or texts.UNKNOWN)),
        (texts.PRECISION, escape(status.arithmetic)),
        (texts.WORKERS, integer(stats.workers)),
        (texts.RUNNING, integer(stats.running)),
        (texts.QUEUE, _queue(stats)),
        (texts.WAIT, _seconds(stats.expected_wait_s)),
        (
            texts.SPEED,
            texts.UNKNOWN
            if speed is None
            else texts.SPEED_VALUE.format(speed=decimal(speed, digits=1)),
        ),
        (texts.CACHE, _cache(stats)),
        (texts.REQUESTS, _requests(stats)),
    ]


def _cache(stats: EngineStats) -> str:
    lookups = stats.cache_lookups
    return texts.CACHE_VALUE.format(
        hits=integer(stats.cache_hits),
        lookups=integer(lookups),
        share=integer(round(100 * stats.cache_hits / lookups) if lookups else 0),
    )


def _requests(stats: EngineStats) -> str:
    return texts.REQUESTS_VALUE.format(
        completed=integer(stats.completed), failed=integer(stats.failed)
    )


def _disk_facts(status: Status) -> list[tuple[str, str]]:
    data = texts.DATA_VALUE.format(
        size=bytes_size(status.data_bytes), limit=bytes_size(status.max_data_mb * _BYTES_PER_MB)
    )
    return [(texts.DATA, data), (texts.DISK_FREE, bytes_size(status.disk_free_bytes))]


def _queue(stats: EngineStats) -> str:
    return texts.QUEUE_VALUE.format(queued=integer(stats.queued), limit=integer(stats.queue_limit))


def _seconds(seconds: float | None) -> str:
    if seconds is None or not math.isfinite(seconds):
        return texts.UNKNOWN
    return duration(seconds)
