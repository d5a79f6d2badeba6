"""What «Explicar este mensaje» says."""

from __future__ import annotations

SCORE_TITLE = "### ¿Cuánto sorprende este texto al modelo?"

SCORE_SUMMARY = (
    "Perplejidad **{perplexity}**: de media, acertar cada token le costaba como elegir a ciegas "
    "entre {perplexity}. Son **{bits} bits por carácter**."
)

SCORE_TOP = "Lo más inesperado:"

SCORE_TOKEN = "**{place}.** «{token}»: {bits} bits ({raw})."

SCORE_EXPECTED = " Esperaba «{token}» ({raw})."

SCORE_AS_EXPECTED = " Era lo que más esperaba."

SCORE_FIRST = "-# En la imagen están los primeros {count} tokens."

SCORE_FOOTER = "-# {model} · {tokens} · no guardo este texto · Solo lo ves tú"

SCORE_NO_TEXT = "Ese mensaje no tiene texto: no hay nada que explicar."

SCORE_TOO_LONG = (
    "Ese mensaje es más largo de lo que el modelo puede mirar de una vez. Prueba con uno más corto."
)

SCORE_TOO_SHORT = "Ese mensaje es tan corto que el modelo no tiene nada que puntuar."

SURPRISE_SCALE = "bits de sorpresa"

SURPRISE_MORE = "y {count} más"

ALT_SURPRISE = "Texto de {count} tokens, cada uno con un color según su sorpresa. Los que más:"

ALT_TOKEN = "«{token}» {bits} bits"
