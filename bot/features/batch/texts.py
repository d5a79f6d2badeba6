"""What `/lote` says."""

from __future__ import annotations

from collections.abc import Mapping

COMMAND = "Un archivo de textos (CSV, JSONL, TXT): los sigo todos y te aviso al acabar"
OPTION_FILE = "CSV, JSONL o TXT, con un texto en cada fila o línea"
OPTION_COLUMN = "En qué columna están los textos; si no lo dices, la busco"
OPTION_SEED = "Con la misma semilla sale lo mismo, fila por fila"
OPTION_PRIVATE = "Si solo lo ves tú"

ONE_AT_A_TIME = (
    "Ya tienes un lote en marcha: espera a que acabe, o pulsa «Detener» en su mensaje y te doy lo "
    "que lleve."
)
KIND_UNKNOWN = (
    "De «{name}» no sé leer filas. Mándame un .csv, un .jsonl o un .txt con un texto por línea."
)
NOT_TEXT = "«{name}» no es un archivo de texto. Guárdalo otra vez como CSV, JSONL o TXT."
NOT_FETCHED = "Discord no me ha dado el archivo. Vuelve a mandarlo."
EMPTY = "«{name}» no tiene ninguna fila."
BROKEN = "«{name}» no se deja leer como {kind}: {why}."
TOO_MANY_ROWS = "«{name}» tiene {count} filas y en un lote caben {limit}. Pártelo en varios."
TOO_MANY_COLUMNS = "tiene {count} columnas y leo hasta {limit}"
NO_COLUMN = "En «{name}» no hay ninguna columna «{typed}». Las que hay: {columns}."
WHICH_COLUMN = (
    "¿En qué columna están los textos? En «{name}» hay: {columns}. Repite la orden con "
    "`columna: {first}`, por ejemplo."
)
QUOTED = "«{text}»"
KINDS: Mapping[str, str] = {"csv": "CSV", "jsonl": "JSONL", "txt": "TXT", "parquet": "Parquet"}
NO_PARQUET = "esta instalación no tiene el extra «datasets». Guárdalo como CSV o JSONL"
NO_TABLE = "no tiene filas que se puedan leer"
TOO_LARGE = "«{name}» tiene {count} filas o desempaquetado es enorme, y en un lote caben {limit}."
LINE_COLUMN = "texto"
NUMBERED_COLUMN = "columna {number}"
BROKEN_CSV = "hay una celda enorme: quizá falta cerrar unas comillas"
NOT_AN_OBJECT = "la línea {line} no es un objeto de JSON"

TITLE = "**Lote** · {name}"
RUNNING = "{done} de {count}{left}"
LEFT = " · quedan unos {time}"
ERRORS_ONE = " · 1 fila con error"
ERRORS = " · {count} filas con error"
FACTS = "-# {model} · {style} · semilla {seed} · {column}"
COLUMN = "columna «{name}»"
NO_COLUMN_FACT = "una línea, un texto"
ELSEWHERE = "-# Escribe un modelo de fuera: tus textos se envían a {host}."
ENCODING = "-# El archivo no está en UTF-8: lo he leído como Windows-1252 (Latin-1)."
WITHOUT_HEADER = "-# La primera fila cuenta como un texto más: no parece una cabecera."
POLITE = "-# Cedo el turno a quien pida algo; al acabar te aviso."
DONE = "Acabado: {done} de {count}"
STOPPED = "Detenido: {done} de {count}"
FAILED = "Se paró: {done} de {count}. {why}"
RESUMED = "-# Me reinicié y he seguido donde iba."

MENTION_DONE = "<@{owner}>, tu lote «{name}» ha acabado: {done} de {count}{errors}."
MENTION_STOPPED = "<@{owner}>, tu lote «{name}» está detenido: {done} de {count}{errors}."
MENTION_FAILED = "<@{owner}>, tu lote «{name}» se paró: {done} de {count}{errors}. {why}"
INVENTED = "-# Las continuaciones las ha inventado un modelo."
FILE_TOO_LARGE = "-# El resultado pesa {size} y aquí solo caben {limit}: no te lo puedo mandar."
BUTTON_DOWNLOAD = "Descargar"
GONE = "Ya no guardo ese lote: se borró o pasó su plazo."
NOT_RUNNING = "Ese lote ya no está en marcha."
NOT_YOURS = "Ese lote es de {owner}."
HERE = "Lo que hay hasta ahora."

ROW_EMPTY = "fila vacía"
ROW_TOO_LONG = "texto demasiado largo: {count} letras y signos, y caben {limit}"
ROW_BLOCKED = "lleva una palabra que este servidor no permite"
ROW_UNREADABLE = "la fila no se deja leer"
ROW_NOT_TEXT = "no es un texto"
ROW_NOT_WRITTEN = "no se llegó a escribir"

RESULT_NAME = "{stem}-continuado{suffix}"
RESULT_TEXT = "continuacion"
RESULT_MODEL = "modelo"
RESULT_STYLE = "estilo"
RESULT_SEED = "semilla"
RESULT_TOKENS = "tokens"
RESULT_FINISH = "final"
RESULT_ERROR = "error"
FINISHES: Mapping[str, str] = {
    "eos": "fin del modelo",
    "length": "límite de tokens",
    "function": "fin de la función",
    "context": "contexto lleno",
    "no_token_left": "los ajustes no dejan ningún token",
    "stop": "texto de fin",
    "sentence": "fin de frase",
    "cancelled": "detenido",
    "deadline": "sin tiempo",
}
