"""What a picture of who sees whom says."""

from __future__ import annotations

SCALE = "% de lo que mira"
FUTURE = "tapado: vale exactamente 0"
READS = "lee →"
WRITTEN = "escribe ↓"
LOOKS = "quién mira ↓"
LOOKED_AT = "a quién →"
