"""Logging set-up: one line per event, as text or JSON."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import MemoryHandler
from typing import Any, Literal

from bot.process import texts

_CHATTY = (
    "aiohttp",
    "aiosqlite",
    "alembic",
    "asyncio",
    "discord",
    "httpcore",
    "httpx",
    "huggingface_hub",
    "matplotlib",
    "py.warnings",
    "simcord",
    "sqlalchemy",
    "torch",
    "transformers",
)
"""Their debug lines carry what people wrote, or nothing that helps."""
_OURS = frozenset({"bot", "engine"})
_MOST_HELD = 10_000
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class PrivateFormatter(logging.Formatter):
    """A formatter that leaves out what exceptions say, which may quote what somebody wrote."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's name)
        """Return the frames and types of an exception and its causes."""
        error = ei[1]
        parts = []
        while error is not None:
            frames = "".join(traceback.format_tb(error.__traceback__))
            parts.append(f"{frames}{type(error).__module__}.{type(error).__qualname__}")
            error = error.__cause__ or error.__context__
        return "\n".join(parts)


class JsonFormatter(PrivateFormatter):
    """Write a record as one JSON object a line, its `extra` fields included."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for `record`."""
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        line.update({k: v for k, v in vars(record).items() if k not in _STANDARD})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(PrivateFormatter):
    """Write a record as readable text, its `extra` fields after the message."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        """Return the first line for `record`."""
        extra = {k: v for k, v in vars(record).items() if k not in _STANDARD}
        facts = "".join(f" {key}={value!r}" for key, value in extra.items())
        return super().formatMessage(record) + facts


class TerminalFormatter(logging.Formatter):
    """Tell a person at a terminal, in Spanish, that something was logged, and how to read it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; what the record says is English, and often for experts."""
        is_ours = record.name.partition(".")[0] in _OURS
        source = texts.LOG_OURS if is_ours else texts.LOG_LIBRARY
        template = texts.LOG_ERROR if record.levelno >= logging.ERROR else texts.LOG_WARNING
        return template.format(source=source.format(name=record.name))


class Named(logging.Filter):
    """Adds to each record which of a bot's processes writes it."""

    def __init__(self, shards: str) -> None:
        super().__init__()
        self._shards = shards

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass."""
        record.shards = self._shards
        return True


class Once(logging.Filter):
    """Lets the records of one logger and level pass once: their line would be the same."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[tuple[str, int]] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether it is the first of its kind."""
        kind = (record.name, record.levelno)
        is_new = kind not in self._seen
        self._seen.add(kind)
        return is_new


def configure_logging(
    level: str,
    log_format: Literal["text", "json"],
    *,
    is_service: bool = True,
    shards: str = "",
) -> None:
    """Send everything to standard error; the libraries' chatter from WARNING on.

    Args:
        level: Least level that is written.
        log_format: How a line is written.
        is_service: Whether somebody keeps the log; else a person at a terminal reads only what
            the command says, and one Spanish line for this program's own warnings and for errors.
        shards: Names the process among several of one bot, in each line; "" where there is one.
    """
    number = logging.getLevelName(level)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    if shards:
        handler.addFilter(Named(shards))
    is_quiet = not is_service and number == logging.INFO
    if is_quiet and log_format == "text":
        handler.setFormatter(TerminalFormatter())
        handler.addFilter(Once())
    logging.basicConfig(
        level=logging.WARNING if is_quiet else number, handlers=[handler], force=True
    )
    logging.captureWarnings(capture=True)
    for chatty in _CHATTY:
        least = logging.ERROR if is_quiet else logging.WARNING
        logging.getLogger(chatty).setLevel(max(least, number))


@contextmanager
def log_held() -> Iterator[None]:
    """Write the block's log lines after it, so that none comes between its progress bars."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    held = [MemoryHandler(_MOST_HELD, logging.CRITICAL, target) for target in handlers]
    root.handlers[:] = held
    try:
        yield
    finally:
        root.handlers[:] = handlers
        for handler in held:
            handler.close()
