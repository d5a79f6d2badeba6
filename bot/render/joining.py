"""Join phrases into one, as Spanish does."""

from __future__ import annotations

from collections.abc import Sequence

from bot.texts import step as texts


def joined(parts: Sequence[str]) -> str:
    """Return «a», «a y b» or «a, b y c»."""
    return texts.AND.join([", ".join(parts[:-1]), *parts[-1:]] if len(parts) > 1 else parts)
