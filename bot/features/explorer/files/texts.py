"""What the files of an attempt are called, and what stands above them."""

from __future__ import annotations

NOTEBOOK_TITLE = "### Tabla del cuaderno"

NOTEBOOK_STEPS = "-# Pasos {first}–{last} de {steps}, en crudo (T 1, sin filtros)"

NOTEBOOK_REST = " · los demás están en el CSV"

CSV_CONTENT = "La tabla del cuaderno, con los porcentajes crudos."

JSON_CONTENT = "La traza entera: los intentos, los pasos y sus candidatas."
