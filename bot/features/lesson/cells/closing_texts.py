"""What the last cells say."""

from __future__ import annotations

from collections.abc import Mapping

from bot.features.duel.verdict import Verdict

ROUND = "**Votad en el mensaje de abajo.** Lo descubre quien da la clase."

VERDICT = "**De siete maneras de elegir, {all}.** La más probable por token: {best}."
COUNTS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.REPEATS: ("una se repite", "{count} se repiten"),
    Verdict.DELIRIOUS: ("una delira", "{count} deliran"),
    Verdict.SANE: ("una sale sensata", "{count} salen sensatas"),
}
"""How one text reads, and several."""
SEVERAL = ("dos", "tres", "cuatro", "cinco", "seis", "siete")
"""Counts in words, from two on."""
PICTURE = "cierre.png"
FILE = "El cuaderno de abajo repite la lección con transformers, sin el bot."
FILE_OF_CLASS = (
    "El cuaderno de abajo repite la lección con transformers, sin el bot, al lado de lo que os "
    "salió hoy."
)
NO_FILE = "Este modelo no se puede llevar en un cuaderno."
