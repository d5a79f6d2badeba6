"""What the files of an attempt are called, and what stands above them."""

from __future__ import annotations

NOTEBOOK_TITLE = "### Tabla del cuaderno"

NOTEBOOK_STEPS = (
    "-# Pasos {first}–{last} de {steps}, en crudo (T 1, sin filtros). En un recuadro, la que salió"
)

NOTEBOOK_REST = " · los demás están en el CSV"

CSV_CONTENT = "La tabla del cuaderno, con los porcentajes crudos."

JSON_CONTENT = "La traza entera: los intentos, los pasos y sus candidatas."

NOTEBOOK_OPTION = "Opción {number}"

ALT_NOTEBOOK = "Tabla de {count} pasos con sus opciones más probables, en crudo:"

ALT_NOTEBOOK_ONE = "Tabla de un paso con sus opciones más probables, en crudo:"

ALT_OPTION = "«{token}» {raw}"

ALT_ROW = "{options} (salió «{token}»)"

CSV_STEP = "Paso"

CSV_INPUT = "Entrada"

CSV_OPTION = "Opción {number}"

CSV_PERCENT = "% crudo"

CSV_CHOSEN = "Elegida"
