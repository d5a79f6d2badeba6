"""What the cell about temperature says."""

from __future__ import annotations

VERDICT = "**T {hot}: {hot_verdict}. T {cold}: {cold_verdict}.** El dado es el mismo."
OF = "**T {value}**"
LABEL = "T {value}"
FIRST_TOKEN = "Lo que daban al primer token, sin cortes:"
