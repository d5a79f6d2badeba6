"""A progress bar in the terminal while a model is fetched, prepared or loaded."""

from __future__ import annotations

import sys
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TextIO

from tqdm import tqdm

from bot.process import texts

_UNWRITABLE = (OSError, ValueError)
"""What a stream raises that is full, broken or closed."""


class _Tolerant:
    """A stream that loses what it cannot write, as in a log file on a full disk.

    An error that passes through tqdm leaves its lock taken, and the next bar of another thread,
    a download's, waits for ever.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with suppress(*_UNWRITABLE):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(*_UNWRITABLE):
            self._stream.flush()


class PreparationBar:
    """Shows one bar per phase; called from the engine's worker threads."""

    def __init__(self) -> None:
        self._phase: tuple[str, str] | None = None
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def __call__(self, model: str, phase: str, share: float | None) -> None:
        """Show that `phase` of `model` is `share` done (0–1; None = unknown)."""
        if self._phase != (model, phase):
            self._complete()
            self._phase = (model, phase)
            self._bar = tqdm(
                total=100,
                desc=f"{model}: {texts.PHASES.get(phase, phase)}",
                unit="%",
                bar_format="{desc} |{bar:30}| {n:.0f} %",
                file=_Tolerant(sys.stderr),
                leave=True,
                disable=False,
            )
        if self._bar is not None and share is not None:
            self._bar.update(max(100 * share - self._bar.n, 0))
            if share >= 1:
                self._close()

    def _complete(self) -> None:
        """Fill the bar: what comes next has begun."""
        if self._bar is not None:
            self._bar.update(100 - self._bar.n)
            self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
