"""What is said about a text that repeats itself, and what can be done about it."""

from __future__ import annotations

LOOP = "↻ Se repite «{unit}» desde el token {token}."
LOOP_UNQUOTED = "↻ Se repite desde el token {token}."

FIX = "Arreglar la repetición"

FIXED = (
    "Repetición arreglada: es el mismo texto hasta donde empezaba a repetirse, y ningún grupo de "
    "{size} palabras o trozos sale ya dos veces."
)
FIXED_ANEW = (
    "Repetición arreglada: ha salido otro texto, y ningún grupo de {size} palabras o trozos sale "
    "dos veces."
)
"""Said where the new text is another one before the loop already: of beams, or of the best try."""
RESAMPLED = "Escrito otra vez con un dado, para que no se repita."
UNCHANGED = "Con «{remedy}» sale el mismo texto."
