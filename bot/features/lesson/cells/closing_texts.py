"""What the last cells say."""

from __future__ import annotations

ROUND = "**Votad en el mensaje de abajo.** Lo descubre quien da la clase."
NO_ROUND = "**Aquí no se ha abierto una ronda nueva.**"

VERDICT = "**De siete maneras de elegir: {all}.** La más probable por token, {best}."
COUNT = "{verdict} {count}"
HEADER = ("", "cómo queda", "/tok.")
PICTURE = "cierre.png"
FILE = (
    "El cuaderno de abajo repite la lección con transformers, sin el bot, y lleva lo que os salió "
    "hoy."
)
NO_FILE = "Este modelo no se puede llevar en un cuaderno."
