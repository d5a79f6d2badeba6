"""Numbers as Spanish writes them."""

from __future__ import annotations


def comma(value: float) -> str:
    """Write a number with a decimal comma, without needless zeros."""
    return f"{value:g}".replace(".", ",")
