"""What is said about a text that repeats itself, and what can be done about it."""

from __future__ import annotations

LOOP = "↻ Se repite «{unit}» desde el token {token}."
LOOP_UNQUOTED = "↻ Se repite desde el token {token}."

NO_REPEAT = "Sin repetir {size}"
SAMPLING = "Con muestreo"
OF = "{remedy}: {name}"

CURED = (
    "Con «{remedy}» cambia desde el token {token}: repetición del {before} al {after}, {scores}."
)
CURED_FROM_START = (
    "Con «{remedy}» cambia desde el principio: repetición del {before} al {after}, {scores}."
)
SCORES = "log-prob por token de {before} a {after}"
UNCHANGED = "Con «{remedy}» sale el mismo texto."
