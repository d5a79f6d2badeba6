"""What «Números» says."""

from __future__ import annotations

NUMBERS = "Números"
HINT = "Probabilidad cruda y final, puestos, bits y el dado"
TITLE = "### Los números de «{token}» · paso {step} de {steps}"
NOTE = "-# Crudo: lo que daba el modelo. Final: tras los ajustes, que es lo que ve el dado."
MORE_MENU = "Más candidatas, JSON…"
JSON = "JSON"
JSON_HINT = "La traza entera: todos los pasos y candidatas"
CANDIDATES = "{count} candidatas"
CANDIDATES_HINT = "Cuántas se ven en cada paso"
