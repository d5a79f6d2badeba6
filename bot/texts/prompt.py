"""What replies say about the form of a prompt."""

from __future__ import annotations

FINAL_SPACE = "Tu texto acaba en un espacio, y eso cambia el primer token."
