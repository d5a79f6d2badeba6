"""A machine with room for a number of tiny models."""

from __future__ import annotations

import gc
import weakref

import pytest

from engine.models import loader, memory


class Room:
    """Counts the models that are alive, each of which takes a place.

    Attributes:
        places: How many there are.
        most: Most models that have been alive at once.
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self.most = 0
        self._alive: list[weakref.ref] = []

    def available(self, device: str) -> int:
        gc.collect()
        return self.places - self._count()

    def add(self, model: object) -> None:
        self._alive.append(weakref.ref(model))
        gc.collect()
        self.most = max(self.most, self._count())

    def _count(self) -> int:
        return sum(ref() is not None for ref in self._alive)


def limit(monkeypatch: pytest.MonkeyPatch, places: int) -> Room:
    """Let every model take one place of so many, and batches nothing worth speaking of."""
    room = Room(places)
    real = loader.load

    def load(*args, **options):
        loaded = real(*args, **options)
        room.add(loaded.model)
        return loaded

    monkeypatch.setattr(loader, "load", load)
    monkeypatch.setattr(memory, "available_bytes", room.available)
    monkeypatch.setattr(memory, "estimate_bytes", lambda parameters: 1)
    return room
