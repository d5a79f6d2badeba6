"""The arithmetics that a process can decode with."""

from __future__ import annotations

EXACT = "exact"
FAST = "fast"
PRECISIONS = (EXACT, FAST)
"""exact: float32. fast: bfloat16 matrix products, float32 elsewhere."""
