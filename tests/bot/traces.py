"""Looking for a text wherever the bot could have left it."""

import json
import logging
import sqlite3
import zlib
from contextlib import closing

from bot.process.logs import _CHATTY
from engine.packing import _ZLIB_JSON

_LISTENING = "listening"


def everything_stored(data_dir):
    """Return the files under the data folder, and each value of each row, unpacked."""
    files = [path for path in data_dir.rglob("*") if path.is_file()]
    raw = b"\n".join(path.read_bytes() for path in files).decode("utf-8", errors="replace")
    databases = [path for path in files if path.suffix == ".db"]
    assert databases
    values = [str(value) for path in databases for value in map(_unpacked, _values(path))]
    return "\n".join([raw, *values])


def log_everything(caplog):
    """Capture what the bot logs at its most talkative."""
    for name in _CHATTY:
        caplog.set_level(logging.WARNING, logger=name)
    caplog.set_level(logging.DEBUG)
    logging.getLogger("bot").debug(_LISTENING)


def everything_logged(caplog):
    """Return the captured messages with their extra fields."""
    assert _LISTENING in caplog.messages
    return caplog.text + "\n".join(str(vars(record)) for record in caplog.records)


def _values(path):
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                yield from row


def _unpacked(value):
    if not isinstance(value, bytes):
        return value
    assert value[:1] == _ZLIB_JSON
    return json.loads(zlib.decompress(value[1:]))
