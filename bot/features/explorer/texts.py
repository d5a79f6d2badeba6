"""What `/explicar` says, and the controls under every page of the explorer."""

from __future__ import annotations

COMMAND = "Escribe unas palabras y abre el explorador: por qué el modelo eligió cada una"

OPTION_TEXT = "El texto que el modelo va a continuar"

OPTION_STEPS = "Cuántos tokens genera, de 1 a 40 (12 si no dices nada)"

OPTION_SEED = "Repite el mismo dado: con los mismos ajustes sale el mismo texto"

OPTION_CANDIDATES = "Cuántas candidatas se ven en cada paso, de 1 a 25 (5 si no dices nada)"

RUNNING = "-# {tokens} de {total} tokens"

GO_TO_STEP = "Ir a un paso… {current}"

PREVIOUS = "◀ Paso {step}"

NEXT = "Paso {step} ▶"

WINDOW_BEFORE = "◀◀"

WINDOW_AFTER = "▶▶"

AT_START = "◀ Primer paso"

AT_END = "Último paso ▶"

BEFORE = "◀"

AFTER = "▶"

BACK = "Volver"

MORE_MENU = "Ver más…"

MORE_FILES = (
    ("tabla", "Tabla", "La del cuaderno: entrada y opciones 1 a 5, como imagen"),
    ("csv", "CSV", "La tabla del cuaderno para una hoja de cálculo"),
    ("receta", "Receta", "Un programa de Python que escribe los mismos tokens"),
)
"""Value, label and description of the files in «Ver más…»."""
MORE_FILES_ELSEWHERE = (
    ("receta", "Receta", "Un programa de Python que pide lo mismo al mismo servidor"),
    ("json", "JSON", "Todo lo que dijo el servidor de cada paso"),
)
"""The same of a text that a server wrote."""

OTHER_ATTEMPT = "Intento {attempt} de {attempts}"

PUBLISH_HINT = "Pone una copia en el canal, para todos"

PUBLISH = "Publicar"

EXPLAIN = "Explicar"

DELETE = "Borrar"

NOT_PUBLISHER = "Esta copia la publicó otra persona: puedes leerla y explicarla, no borrarla."
