"""What a file must be to go into a channel."""

from __future__ import annotations

from bot.messages.errors import UserError
from bot.render.numbers import bytes_size
from bot.texts import pages as texts


def require_fits(size_bytes: int, limit_bytes: int) -> None:
    """Refuse a file that is larger than its channel takes.

    Raises:
        UserError: It says both sizes.
    """
    if size_bytes > limit_bytes:
        size, limit = bytes_size(size_bytes), bytes_size(limit_bytes)
        raise UserError(texts.FILE_TOO_LARGE.format(size=size, limit=limit))
