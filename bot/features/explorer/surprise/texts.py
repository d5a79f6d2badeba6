"""What «Explicar este mensaje» and «Ver coloreado» say."""

from __future__ import annotations

LITTLE, SOME, MUCH = (
    "### Este texto casi no sorprende al modelo",
    "### Este texto sorprende al modelo de vez en cuando",
    "### Este texto sorprende mucho al modelo",
)

SCORE_TOP = "Lo que menos esperaba:"

SCORE_TOKEN = "**{place}.** «{word}»"

SCORE_EXPECTED = ", donde esperaba «{token}»"

SCORE_SUMMARY = (
    "-# Perplejidad {perplexity}: como elegir cada token a ciegas entre {perplexity}. "
    "Son {bits} bits por carácter."
)

SCORE_FOOTER = "-# {model} · {tokens} · no guardo este texto · solo lo ves tú"

SCORE_NO_TEXT = "Ese mensaje no tiene texto: no hay nada que explicar."

SCORE_TOO_LONG = (
    "Ese mensaje es más largo de lo que el modelo puede mirar de una vez. Prueba con uno más corto."
)

SCORE_TOO_SHORT = "Ese mensaje es tan corto que el modelo no tiene nada que puntuar."

SURPRISE_MORE = "… y {count} palabras más"

ALT_SURPRISE = "Texto de {count} palabras, cada una con un color según su sorpresa. Las que más:"

ALT_TOKEN = "«{word}»"

COLOURED = "Ir a una palabra"
COLOURED_HINT = "El texto coloreado: elige la palabra que quieres entender"
TITLE = "### El texto, coloreado"
ABSOLUTE = "Cuanto más naranja, menos esperaba el modelo esa palabra. La más rara: «{word}»."
RELATIVE = (
    "Cuanto más naranja, más prefería el modelo otra cosa en ese sitio; en azul, las favoritas o "
    "casi. La que más: «{word}»."
)
GO_TO = "Ir a una palabra…"
GO_TO_FROM = "De «{first}» a «{last}»…"
TO_ABSOLUTE = "Sorpresa total"
TO_RELATIVE = "Frente a la favorita"
EARLIER, LATER = "◀ Antes", "Después ▶"
CALM, RARE = "🟦", "🟧"
