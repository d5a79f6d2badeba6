"""What the cells about the slides say."""

from __future__ import annotations

SENTENCE = "El gato duerme en el tejado de la casa"
FAMILIES_PICTURE = "familias.png"
MASK = (
    "**El decodificador no ve lo que viene**: las {count} casillas de encima de la diagonal valen "
    "exactamente 0."
)
NO_MASK = "**Quién ve a quién**, palabra por palabra, en cada familia que hay aquí."

MODEL = "**{name}: {size} de parámetros.**"
TIMES_SMALLER = " El del cuaderno es {times} veces mayor."
TIMES_LARGER = " Es {times} veces mayor que el del cuaderno."
FACTS = "Conoce {vocabulary} tokens"
FACTS_CONTEXT = " y ve {context} a la vez, contando lo que escribe."
FACTS_END = "."
PINNED = "Fijado para toda la clase: revisión {revision}, cálculo {precision}, semilla {seed}."
NO_REVISION = "sin nombre"
UNKNOWN = "—"
ROW_SIZE = "total"
