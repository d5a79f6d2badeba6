"""What the explorer says of a text that a server wrote."""

from __future__ import annotations

FAVOURITE = "«{word}» era la favorita"
OTHER = "«{word}» era la {rank}.ª del servidor"
OUTSIDE = "«{word}» no está entre las que enseña"
NO_NUMBERS = "De «{word}» no hay números"

SAY_FAVOURITE = "{host} le da un {chance}."
SAY_OTHER = "{host} le da un {chance}; a su favorita, «{first}», un {chance_first}."
SAY_OUTSIDE = (
    "{host} solo enseña sus {count} mejores, y esta venía detrás: le da un {chance}. Cuántas había "
    "antes, no lo sé."
)
SAY_NO_NUMBERS = (
    "{host} da el texto y no las probabilidades, así que aquí no hay nada que explicar."
)
BY_GREEDY = "Se le pidió siempre la más probable."
BY_SAMPLING = "Se le pidió que echara a suertes; cómo cayó el dado, no lo sé."
REST = "todas las demás juntas, {rest}: lo que falta hasta 100"
ELSEWHERE = "-# Lo escribió un modelo de fuera, en {host}: de dentro no se ve nada."

HEADER = "según el servidor"
ALT = "{verdict}. El texto: «{text}». Según el servidor: {bars}"

NUMBERS_TITLE = "### Paso {step} de {steps}: «{word}»"
COLUMN_TOKEN, COLUMN_CHANCE = "token", "servidor"
UNRANKED = "?"
REST_ROW = "· resto, inferido"
NUMBERS_WHERE = "Lo que {host} dijo de sus {count} mejores en este paso, tal como llegó."
NUMBERS_SURPRISE = "Sorpresa de la que salió: {bits} bits."
NUMBERS_UNKNOWN = (
    "-# Duda, lugar más allá de la lista, filtros, dado y si los números cuentan ya la "
    "temperatura: no lo sé, porque el servidor no lo dice."
)

NOT_SHOWN = (
    "«{page}» hace falta mirarlo dentro del modelo, y este está fuera de aquí, en {host}: no lo "
    "enseña. Para verlo, repite el texto con un modelo de esta máquina (/modelos)."
)

WORD_TITLE = "### ¿{words}?"
WORD_CHOSEN = "«{word}» es la que salió: el servidor le da un {chance}."
WORD_LISTED = "«{word}» estaba: el servidor le da un {chance} (la {rank}.ª)."
WORD_BEGINS = (
    "«{word}» podía empezar por «{piece}», que tiene un {chance}; cómo seguiría, no lo sé."
)
WORD_UNKNOWN = "«{word}»: no lo sé. {host} solo enseña sus {count} mejores y no está entre ellas."
WORD_NO_NUMBERS = "«{word}»: no lo sé. {host} no da probabilidades."
WORD_BANNED = "Una de esas palabras no se puede preguntar: está en la lista de vetadas."
