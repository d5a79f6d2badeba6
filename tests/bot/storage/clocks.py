"""The clock of processes that share a database."""

from datetime import timedelta


def let_pass(monkeypatch, storages, seconds):
    """Move the clock of all processes on."""
    for storage in storages:
        process, ahead = storage.process, timedelta(seconds=seconds)
        monkeypatch.setattr(process, "now", lambda now=process.now, ahead=ahead: now() + ahead)
