"""Logging set-up: one line per event, as text or JSON."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import Any, Literal

_CHATTY = (
    "aiosqlite",
    "alembic",
    "asyncio",
    "discord",
    "httpcore",
    "httpx",
    "huggingface_hub",
    "matplotlib",
    "sqlalchemy",
    "transformers",
)
"""Their debug lines carry what people wrote, or nothing that helps."""
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


def configure_logging(level: str, log_format: Literal["text", "json"]) -> None:
    """Send everything to standard error; the libraries' chatter from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level)))
