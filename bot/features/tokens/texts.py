"""What `/tokens` says."""

from __future__ import annotations

COMMAND = "En qué piezas parte un modelo tu texto, con dos modelos lado a lado"
OPTION_TEXT = "El texto que quieres ver partido"
OPTION_OTHER = "Con cuál compararlo; si no dices nada, otro de los de aquí"
TITLE = "### Tokens"
ONE = "**{model}** parte tu texto en **{tokens}**{per_word}."
PER_WORD = ": {count} por palabra"
SAME = "**{model}** y **{other}** lo parten igual, en **{tokens}**{per_word}."
EQUAL = (
    "**{model}** y **{other}** gastan lo mismo, **{tokens}**, pero no cortan por los mismos sitios."
)
CHEAPER = (
    "Con **{model}** tu texto sale más barato: **{tokens}** frente a los **{other_count}** de "
    "**{other}**."
)
COST = "-# {model}: {facts}"
COST_WORDS = "{count} por palabra"
COST_CHARACTERS = "{count} por cada 100 letras y signos"
COST_CONTEXT = "{share} de su contexto ({positions})"
COST_ADDED_ONE = "y 1 que añade él ({names})"
COST_ADDED = "y {count} que añade él ({names})"
READ_AS = "**{model}** cambia tu texto antes de partirlo: lo lee como «{text}»."
NOT_EXACT = "**{model}** no guarda todos los espacios: sus piezas no los llevan."
UNKNOWN_ONE = "**{model}** no tiene piezas para «{texts}»: para él es un hueco."
UNKNOWN = "**{model}** no tiene piezas para {texts}: para él son huecos."
QUOTED = "«{text}»"
MORE_UNKNOWN = "y {count} más"
PARTS = "-# ⟨{byte}⟩ es un byte: una parte de «{text}», que no cabe en una sola pieza."
LEGEND = "-# Donde cambia el color empieza otra pieza: el modelo recibe su número, no sus letras."
SAME_MODEL = "«modelo» y «otro» son el mismo. Elige otro de /modelos, o deja «otro» vacío."
NO_OTHER = "-# Con otro modelo al lado se compararían: elígelo en `otro`."

CHART_NAME = "tokens.png"
CHART_TITLE = "{model} · {tokens}"
CHART_MORE = "… y {count} más"
ALT = "{model}: {tokens}, así:"
ALT_PIECE = "«{text}»"

BUTTON_LIST = "Piezas de {model}"
BUTTON_PICTURE = "Dibujo"
BUTTON_CSV = "CSV"
BUTTON_BACK = "◀"
BUTTON_ON = "▶"
LIST_TITLE = "### Piezas de {model}"
LIST_PLACE = "Del {first} al {last}, de {count}."
LIST_ALL = "{tokens}, en orden."
COLUMNS = ("pieza", "id", "bytes")
LIST_LEGEND = "-# ␣ es un espacio y ⏎ un salto de línea. En «CSV», los bytes uno por uno."
PART_OF = "{text} de {whole}"
GONE = "Ya no tengo ese texto a mano: no lo guardo. Pídelo otra vez con /tokens."
CSV_NAME = "tokens.csv"
CSV_CONTENT = "Todas las piezas, con sus números y sus bytes."
CSV_HEADER = ("modelo", "n", "pieza", "en el vocabulario", "id", "bytes", "parte de", "especial")
YES = "sí"
