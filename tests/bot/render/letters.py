"""How large a phone shows the letters of a picture."""

import contextlib
from unittest import mock

from bot.render.sheet import PHONE_SMALL, PHONE_WIDTH, SIZE, Sheet

SMALLEST = PHONE_SMALL
"""Pixels where a picture is `PHONE_WIDTH` wide; what a formula raises may be smaller."""


@contextlib.contextmanager
def letters():
    """Collect the size of everything that is written on sheets meanwhile, and what it is."""
    seen = []

    def noting(write):
        def written(sheet, x, y, text, *, size=SIZE, **look):
            seen.append((size * PHONE_WIDTH / sheet.width, text))
            return write(sheet, x, y, text, size=size, **look)

        return written

    with contextlib.ExitStack() as stack:
        for name in ("text", "upward", "formula"):
            stack.enter_context(mock.patch.object(Sheet, name, noting(getattr(Sheet, name))))
        yield seen


def too_small(seen):
    """Return what a phone shows smaller than `SMALLEST`, a rounding aside."""
    return [(round(size, 2), text) for size, text in seen if size < SMALLEST - 0.01]
