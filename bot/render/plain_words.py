"""Words as they are looked up: however they were capitalised and accented."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """Return lower case without accents, with one space for each run of spaces, «-» and «/»."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    kept = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(kept.replace("-", " ").replace("/", " ").split())
