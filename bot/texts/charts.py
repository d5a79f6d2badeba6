"""What the pictures and their alt texts say."""

from __future__ import annotations

TOKEN = "token"
RAW = "crudo"
FINAL = "final"
ALONE = "probabilidad"
MORE = "{count} más"
CUT = "Fuera por {cuts}"
CUT_UNNAMED = "Fuera por los filtros"

NOTEBOOK_INPUT = "Entrada"
NOTEBOOK_OPTION = "Opción {number}"
NOTEBOOK_NOTE = "% crudo (T 1, sin filtros). El recuadro marca la elegida."

SURPRISE_SCALE = "bits de sorpresa"
SURPRISE_MORE = "y {count} más"

ALT_STEP = "{title}. Barras:"
ALT_ALONE = "«{token}» {raw}"
ALT_CHOSEN_ALONE = "elegido «{token}» {raw}"
ALT_REST_ALONE = "{count} más: {raw}"
ALT_BAR = "«{token}» {raw} crudo, {final} final"
ALT_CHOSEN = "elegido «{token}» {raw} crudo, {final} final"
ALT_REMOVED = "«{token}» {raw} crudo, quitado"
ALT_REST = "{count} más: {raw} crudo, {final} final"
ALT_REMOVED_REST = "{count} quitados: {raw} crudo"
ALT_NOTEBOOK = "Tabla de {count} pasos con sus opciones más probables, en crudo:"
ALT_NOTEBOOK_ONE = "Tabla de un paso con sus opciones más probables, en crudo:"
ALT_OPTION = "«{token}» {raw}"
ALT_ROW = "{options} (salió «{token}»)"
ALT_SURPRISE = "Texto de {count} tokens, cada uno con un color según su sorpresa. Los que más:"
ALT_TOKEN = "«{token}» {bits} bits"

NO_PICTURE = "-# No pude dibujar la imagen a tiempo. Dice: {alt}"

CSV_STEP = "Paso"
CSV_INPUT = "Entrada"
CSV_OPTION = "Opción {number}"
CSV_PERCENT = "% crudo"
CSV_CHOSEN = "Elegida"
