"""What «Receta» says, the script that writes a text again."""

from __future__ import annotations

RECIPE = "Receta"
SCRIPT_NAME = "receta.py"
TRACE_NAME = "traza.json"
CONTENT = "La receta: un programa de Python que vuelve a escribir este texto, token a token."
CONTENT_WITH_TRACE = f"{CONTENT} Al lado va la traza entera."
NOT_KEPT = (
    "No hay receta de este texto: empieza en un mensaje que no se guarda, y sin él no se puede "
    "volver a escribir. Con /continuar o /explicar y un texto tuyo, sí la hay."
)
UNSUPPORTED = (
    "De este texto no guardo lo bastante para hacer su receta. Pídelo otra vez y la tendrá."
)
