"""Alt texts: what the pictures say, for those who cannot see them."""

from __future__ import annotations

from bot.render.markdown import clip, fits

ALT_LIMIT = 256


def listed(lead: str, items: list[str], tail: list[str], limit: int = ALT_LIMIT) -> str:
    """Join as many items as fit before the tail; «…» stands for those left out."""
    kept = [*items]
    while True:
        cut = ["…"] if len(kept) < len(items) else []
        text = f"{lead} {'; '.join([*kept, *cut, *tail])}".rstrip()
        if fits(text, limit) or not kept:
            return clip(text, limit)
        kept.pop()
