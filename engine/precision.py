"""The arithmetics that a process can decode with."""

from __future__ import annotations

EXACT = "exact"
FAST = "fast"
TURBO = "turbo"
PRECISIONS = (EXACT, FAST, TURBO)
"""exact: float32. fast: bfloat16 matrix products, float32 elsewhere. turbo: int8 weights there."""
