"""Gaps in a text, and what an encoder puts into them. Importing this does not import torch."""

from engine.filling.gaps import MAX_GAPS, GapMark, find_gaps, has_gap
from engine.filling.values import (
    FILL_ORDERS,
    AskedWord,
    Filling,
    FillOrder,
    FillRequest,
    Gap,
    GapCandidate,
)

__all__ = [
    "FILL_ORDERS",
    "MAX_GAPS",
    "AskedWord",
    "FillOrder",
    "FillRequest",
    "Filling",
    "Gap",
    "GapCandidate",
    "GapMark",
    "find_gaps",
    "has_gap",
]
