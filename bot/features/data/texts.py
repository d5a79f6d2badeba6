"""What `/datos` says."""

from __future__ import annotations

GROUP_DESCRIPTION = "Qué guardo de ti, y cómo borrarlo"
VIEW_DESCRIPTION = "Todo lo que guardo de ti"
DELETE_DESCRIPTION = "Borra todo lo que guardo de ti"

TITLE = "### Tus datos"
NOTHING = "No guardo nada de ti."
SETTINGS = "**Ajustes tuyos:** {settings}"
NO_SETTINGS = "**Ajustes tuyos:** ninguno"
REPLIES = "**Textos con su traza:** {count}"
REPLIES_DATES = " (del {first} al {last})"
VOTES = "**Votos por un intento:** {count}"
BATCHES = "**Lotes, con sus filas:** {count}"
JOBS = "**Peticiones en marcha:** {count}"
SIZE = "**En total ocupa:** {size}"
RETENTION = (
    "-# Los textos se borran solos a los {days} días. De los mensajes de otras personas no guardo "
    "nada. Los ajustes de un servidor son del servidor, no tuyos."
)

CONFIRM = (
    "### ¿Borro todo lo que guardo de ti?\n"
    "Tus ajustes, tus textos con sus trazas, tus votos, tus lotes y tus peticiones en marcha, "
    "que detendré antes. No se puede deshacer: los botones de tus textos dejarán de funcionar. Los "
    "mensajes que ya están en Discord siguen en Discord: bórralos antes con «Borrar» si quieres."
)
BUTTON_DOWNLOAD = "Descargar"
BUTTON_DELETE = "Borrar todo"
BUTTON_YES = "Sí, borrar todo"
BUTTON_NO = "No, dejarlo"

STILL_RUNNING = (
    "Tus peticiones en marcha tardan en detenerse y no he borrado nada. Prueba otra vez dentro de "
    "un minuto."
)
NOT_DELETED = "No he podido borrarlo todo; prueba otra vez dentro de un rato. {why}"
DELETED = "### ✓ Borrado\n{what}\n-# Ya no guardo nada de ti."
DELETED_NOTHING = "No había nada que borrar: no guardo nada de ti."
KEPT = "De acuerdo: no he borrado nada. Míralo con /datos ver."

DELETED_SETTINGS = "tus ajustes ({count})"
ONE_REPLY = "1 texto con su traza"
MANY_REPLIES = "{count} textos con sus trazas"
ONE_VOTE = "1 voto"
MANY_VOTES = "{count} votos"
ONE_BATCH = "1 lote con sus filas"
MANY_BATCHES = "{count} lotes con sus filas"
ONE_JOB = "1 petición en marcha, detenida"
MANY_JOBS = "{count} peticiones en marcha, detenidas"
DELETED_SIZE = "{size} en total"

FILE_NAME = "mis-datos.json"
FILE = (
    "Tus ajustes, tus votos, tus lotes, lo que pediste y lo que salió, sin las trazas. Solo lo ves "
    "tú."
)
FILE_LEFT_OUT = " No caben todos: faltan los {count} textos más antiguos."
FILE_VOTES_LEFT_OUT = " No caben todos los votos: faltan {count}, los de los textos más antiguos."
KEY_USER = "usuario"
KEY_SETTINGS = "ajustes"
KEY_MODEL = "modelo"
KEY_JOBS = "peticiones_en_marcha"
KEY_LEFT_OUT = "textos_que_no_caben"
KEY_TEXTS = "textos"
KEY_VOTES_LEFT_OUT = "votos_que_no_caben"
KEY_VOTES = "votos"
KEY_ATTEMPT = "intento"
KEY_BATCHES = "lotes"
KEY_FILE = "archivo"
KEY_ROWS = "filas"
KEY_ROW = "fila"
KEY_OUTCOME = "resultado"
KEY_DATE = "fecha"
KEY_COMMAND = "orden"
KEY_GUILD = "servidor"
KEY_CHANNEL = "canal"
KEY_MESSAGE = "mensaje"
KEY_PROMPT = "texto_pedido"
KEY_WRITTEN = "textos_escritos"
KEY_SEED = "semilla"
