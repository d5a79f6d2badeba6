"""A heartbeat file that another process can read to tell whether the bot is well."""

from __future__ import annotations

import errno
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.process import texts
from bot.storage.errors import StorageError
from bot.storage.lock import holder
from engine import EngineStats

HEARTBEAT_INTERVAL_S = 10.0
STALE_AFTER_S = 60.0
_FILE = "heartbeat.json"


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """How the bot was at `time_s` (Unix time)."""

    time_s: float
    is_gateway_ready: bool
    is_engine_answering: bool

    def write(self, data_dir: Path) -> None:
        """Replace the heartbeat file in one step, so that no reader sees half of it.

        On a full disk the old one is written over, which takes no room: the bot is well there too.
        """
        target = data_dir / _FILE
        part = target.with_suffix(".part")
        text = json.dumps(asdict(self))
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(target)
        except OSError as error:
            part.unlink(missing_ok=True)
            if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
            with target.open("r+", encoding="utf-8") as file:
                file.write(text.ljust(target.stat().st_size))


def remove_heartbeat(data_dir: Path) -> None:
    """Leave no sign of life behind when the bot stops."""
    (data_dir / _FILE).unlink(missing_ok=True)


class EngineWatch:
    """Tells whether the engine gets on with its requests.

    Args:
        patience_s: Longest time that one request may take.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._ended: tuple[int, int] | None = None
        self._ended_at_s = 0.0

    def is_answering(self, stats: EngineStats, now_s: float) -> bool:
        """Tell whether a request has ended lately, or none runs.

        Args:
            stats: Of the engine, at `now_s`.
            now_s: Seconds of a clock that never goes back.
        """
        ended = (stats.completed, stats.failed)
        if not stats.running or ended != self._ended:
            self._ended, self._ended_at_s = ended, now_s
        return now_s - self._ended_at_s <= self._patience_s


def diagnose(data_dir: Path, now_s: float | None = None) -> tuple[str, ...]:
    """Return what is wrong with the running bot, in Spanish; nothing when it is well."""
    try:
        beat = Heartbeat(**json.loads((data_dir / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return (_no_heartbeat(data_dir),)
    age_s = (time.time() if now_s is None else now_s) - beat.time_s
    problems = []
    if age_s > STALE_AFTER_S:
        problems.append(texts.STALE_HEARTBEAT.format(age_s=round(age_s)))
    if not beat.is_gateway_ready:
        problems.append(texts.GATEWAY_DOWN)
    if not beat.is_engine_answering:
        problems.append(texts.ENGINE_DOWN)
    return tuple(problems)


def is_starting(data_dir: Path) -> bool:
    """Tell whether the process that holds the folder, if any, has not given a sign of life yet."""
    return not (data_dir / _FILE).exists()


def _no_heartbeat(data_dir: Path) -> str:
    try:
        pid = holder(data_dir)
    except StorageError:
        pid = None
    if pid is None:
        return texts.NO_HEARTBEAT.format(data_dir=data_dir)
    return texts.STARTING.format(pid=pid)
