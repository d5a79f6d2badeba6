"""What is said about going on from another token."""

from __future__ import annotations

NOTE = "Rama: en el paso {step}, «{token}» en vez de «{written}»."

NOTE_SAME = "Rama: en el paso {step}, «{token}», lo mismo que salió."

NOT_LINKED = "Esta rama no está en el árbol. {why}"

PARENT_GONE = "El texto del que sale se borró: esta rama se queda sola."

ENDED = "Ese token es el que acaba los textos: detrás no hay nada que seguir. Elige otro."

NO_ROOM = "El texto ya llena la memoria del modelo y detrás no cabe nada más."

NOT_KEPT = (
    "El texto de partida es el mensaje de otra persona y no lo guardo, así que no puedo seguirlo "
    "por otra palabra. Usa /explicar con un texto tuyo."
)
