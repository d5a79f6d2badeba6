"""The models in memory: who is used, who goes first, and room for another."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.models import memory

if TYPE_CHECKING:
    from engine.models.loaded import LoadedModel

logger = logging.getLogger(__name__)

Key = tuple[str, str]
"""Configured name and revision."""
_LOOK_S = 0.5
"""Between two looks whether a model that waits for room is still wanted."""
_LEAVE_S, _LEAVE_LOOK_S = 5.0, 0.05
"""For a thread that has just used a model to let go of it, and between two looks at that."""


class Residents:
    """What is loaded; every method may be called from any thread, `make_room` from one at a time.

    Attributes:
        room_wanted_s: Since when a model waits for the memory of those in use, in monotonic
            seconds; None where none does.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        # Guarded by it; in order of use, the least recent first.
        self._loaded: dict[Key, LoadedModel] = {}
        self._pins: dict[Key, int] = {}
        self.room_wanted_s: float | None = None

    def names(self) -> set[str]:
        """Return the configured names of the models that are here."""
        with self._changed:
            return {name for name, _ in self._loaded}

    def take(self, key: Key) -> LoadedModel | None:
        """Keep a model that is here until `release`, and mark it as just used."""
        with self._changed:
            if (loaded := self._loaded.pop(key, None)) is not None:
                self._loaded[key] = loaded
                self._pins[key] = self._pins.get(key, 0) + 1
            return loaded

    def add(self, key: Key, loaded: LoadedModel) -> None:
        """Let a model in, and keep it until `release`."""
        with self._changed:
            self._loaded[key] = loaded
            self._pins[key] = self._pins.get(key, 0) + 1

    def release(self, key: Key) -> None:
        """End one use of a model."""
        with self._changed:
            self._pins[key] -= 1
            self._changed.notify_all()

    def idle_bytes(self) -> dict[Key, int]:
        """Return the bytes of each model that nothing uses; no reference that would keep it."""
        with self._changed:
            return {
                key: _bytes_of(loaded)
                for key, loaded in self._loaded.items()
                if not self._pins.get(key)
            }

    def clear(self) -> None:
        """Let all go."""
        with self._changed:
            self._loaded.clear()

    def make_room(self, name: str, needed: int, device: str, is_wanted: Callable[[], bool]) -> None:
        """Unload the least recently used models until another one fits; wait for those in use.

        Nothing is unloaded, and nobody waited for, where it would not fit even then.

        Args:
            name: Of the other one.
            needed: Its bytes.
            device: Where it goes.
            is_wanted: Asked now and then while it waits.

        Raises:
            EngineError: out_of_memory, with `needed_bytes` and `available_bytes`; cancelled, if it
                is wanted no longer.
        """
        try:
            while True:
                was_used = self._is_used()
                available = memory.unpromised_bytes(device)
                if available is None or needed <= available:
                    return
                idle = self.idle_bytes()
                if idle and needed <= available + sum(idle.values()):
                    self._unload(next(iter(idle)))
                # One that was let go of meanwhile has left room, or is idle now.
                elif (was_used or self._is_used()) and needed <= self._most_bytes(device):
                    self._wait(is_wanted)
                else:
                    raise EngineError(
                        "out_of_memory", model=name, needed_bytes=needed, available_bytes=available
                    )
        finally:
            self.room_wanted_s = None

    def _most_bytes(self, device: str) -> int:
        """Return the bytes that there would be if nothing were used."""
        with self._changed:
            weights = sum(map(_bytes_of, self._loaded.values()))
        return (memory.available_bytes(device) or 0) + weights

    def _is_used(self) -> bool:
        with self._changed:
            return any(self._pins.get(key) for key in self._loaded)

    def _wait(self, is_wanted: Callable[[], bool]) -> None:
        """Wait until something may have changed."""
        with self._changed:
            self.room_wanted_s = self.room_wanted_s or time.monotonic()
            self._changed.wait(_LOOK_S)
        if not is_wanted():
            raise EngineError("cancelled")

    def _unload(self, key: Key) -> None:
        """Let a model go, and wait until whoever has just used it has let go of it as well."""
        with self._changed:
            if self._pins.get(key):
                return
            model = weakref.ref(self._loaded.pop(key).model)
        give_up_at = time.monotonic() + _LEAVE_S
        memory.free_memory()
        while model() is not None and time.monotonic() < give_up_at:
            time.sleep(_LEAVE_LOOK_S)
            memory.free_memory()
        logger.info("Unloaded %s, revision %s, to make room", *key)


def _bytes_of(loaded: LoadedModel) -> int:
    return (loaded.info.parameters or 0) * memory.FLOAT32_BYTES
