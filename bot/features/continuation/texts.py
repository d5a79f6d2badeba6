"""What /continuar and its buttons say."""

from __future__ import annotations

from collections.abc import Mapping

COMMAND = "Sigue tu texto con un modelo de lenguaje en español"
OPTION_TEXT = "El principio del texto; sin él se abre un formulario para varias líneas"
OPTION_SEED = "Número de 0 a 4294967295: la misma semilla da el mismo texto"
OPTION_PRIVATE = "Que solo lo veas tú"
MENU_CONTINUE = "Continuar este mensaje"
MENU_EXPLAIN = "Explicar este mensaje"

FORM = "Continuar un texto"
FORM_TEXT = "El principio"
FORM_TEXT_HINT = "Una frase, un poema o código con sus líneas: function isPositive(n) {"
FORM_STYLE = "Estilo"
FORM_ATTEMPTS = "Cuántos textos"
FORM_ONE = "1 texto"
FORM_COUNT = "{count} textos, para elegir"

QUESTION = "No contesto preguntas: sigo textos. Prueba «{beginning}»"
TRY = "Probarlo"

GO_ON = "Seguir"
AGAIN = "Otra"
EXPLAIN = "Explicar"
PREVIOUS = "◀ Anterior"
NEXT = "Siguiente ▶"
TRIES = "Volver a los {count}"
MORE = "Más…"
WILDER = "Otra más loca"
SANER = "Otra más cuerda"
DETAILS = "Detalles"

INVENTED = "Texto inventado por un modelo"
INVENTED_BY = "Inventado por {model}"
ATTEMPT_OF = "{number} de {count}"
PART_OF = "parte {number} de {count}"
SEED = "semilla {seed}"
PRECISION = "precisión {name}"

CURSOR = " ▌"
WRITING_UNSEEN = (
    "Escribiendo: lo verás entero al acabar, porque en este canal ya hay tres textos en directo."
)
PROGRESS = "{tokens} de {limit} tokens"
PROGRESS_SENTENCE = "{tokens} tokens: acabo la frase"
PROGRESS_TRIES = "{count} textos a la vez · {tokens} de {limit}"
PROGRESS_TRIES_SENTENCE = "{count} textos a la vez · acabo las frases"

NOTHING_WRITTEN = "(El modelo no añadió nada.)"
WHOLE_TEXT_IN_FILE = "El texto no cabe aquí: va entero en el fichero."
FILE_NAME = "continuacion.txt"
FILE_ALT = "El texto entero: el principio y lo que escribió el modelo"
TRUNCATED = "El texto no cabía en el modelo: le quité los {count} primeros tokens."
NOT_KEPT = "El mensaje original no se guarda: por eso aquí no hay «Seguir» ni «Otra»."
STOPPED: Mapping[str, str] = {
    "context": "lleno el contexto",
    "fault": "cortado por un fallo",
    "no_token_left": "los ajustes no dejaron más",
    "cancelled": "detenido",
    "deadline": "cortado por tiempo",
}
"""What ended a text before its time, in the line under it."""
ENDINGS: Mapping[str, str] = {
    "eos": "El modelo dio el texto por terminado.",
    "context": "Se llenó el contexto del modelo.",
    "stop": "Se paró en un texto de fin.",
    "fault": "Se cortó por un fallo: se queda lo escrito hasta aquí.",
    "no_token_left": "Los ajustes no dejaron más palabras: se queda lo escrito hasta aquí.",
    "cancelled": "Detenido: se queda lo escrito hasta aquí.",
    "deadline": "Se acabó el tiempo: se queda lo escrito hasta aquí.",
}
ENDING_NAMES: Mapping[str, str] = {
    "eos": "fin de texto",
    "length": "llegó a los tokens pedidos",
    "sentence": "acabó la frase",
    "function": "acabó la función",
    "context": "contexto lleno",
    "stop": "texto de fin",
    "fault": "se cortó por un fallo",
    "no_token_left": "los ajustes no dejaron más",
    "cancelled": "detenido",
    "deadline": "sin tiempo",
}

FINISHED_BY_MODEL = (
    "El modelo dio ese texto por terminado y volvería a hacerlo. Pulsa «Otra» o empieza uno nuevo "
    "con /continuar."
)
END_OF_SCALE = "Ya no hay nada más {end}: usa /continuar con otro estilo u otra temperatura."
MOVES: Mapping[str, str] = {"wilder": "loco", "saner": "cuerdo"}
SAME_AGAIN = (
    "Con {strategy} saldría el mismo texto. Para que cambie, usa /continuar con "
    "«estrategia: muestreo»."
)
NOT_KEPT_CLICK = (
    "El mensaje original no se guarda, así que no puedo seguirlo. Usa el menú «Continuar este "
    "mensaje» otra vez."
)
NO_TEXT_YET = "Ese texto no llegó a escribirse. Pulsa «Otra» para pedirlo de nuevo."
NO_MESSAGE_TEXT = "Ese mensaje no tiene texto que continuar."

DETAIL_MODEL = "**Modelo**: {model}{revision} · {precision} · {device}"
DETAIL_SETTINGS = "**Ajustes**: {settings} · {limit} tokens como mucho{more} · {seed}"
DETAIL_SENTENCE = ", y hasta {count} más para acabar la frase"
DETAIL_PROMPT = "**Texto de partida**: {tokens}"
DETAIL_CUT = " ({count} más no cabían)"
DETAIL_TIMES = "**Tiempos**: cola {queue}, lectura {prefill}, escritura {decode} ({rate} tokens/s)"
DETAIL_ATTEMPT = "**{number}.** {tokens} · {chance}{score} · repetición del {repetition} · {ending}"
DEVICE_ELSEWHERE = "fuera de aquí"
DETAIL_REMOTE = "**Fuera de aquí**: el texto de partida se envió a {host}"
DETAIL_REMOTE_MODEL = ", que dice haber usado «{model}»"
DETAIL_REMOTE_SENT = "**Enviado**: {names}"
DETAIL_REMOTE_UNSENT = (
    "**No enviado**, porque esa interfaz no lo admite: {names}. El texto se ha escrito sin eso"
)
DETAIL_REMOTE_SEED = "La semilla se envió, pero ese servidor no promete repetir el texto con ella."
DETAIL_REMOTE_NO_SEED = "La semilla no cuenta: ese servidor no la admite."
DETAIL_REMOTE_NO_CHANCES = "Ese servidor no dice las probabilidades: de este texto no hay números."
DETAIL_UNKNOWN_PROMPT = "**Texto de partida**: no se sabe en cuántos tokens"
DETAIL_UNKNOWN_CHANCE = "sin log-prob"
DETAIL_CHANCE = "log-prob {logprob} ({mean} por token)"
CUT_BY_LIST = "Se cortó antes de una palabra de la lista de palabras vetadas."
SENT_TO = "Escrito fuera de aquí: tu texto se envió a {host}"
FOREIGN_STAYS = (
    "Ese mensaje es de otra persona, y el modelo «{model}» está fuera de aquí: no lo envío a "
    "{host}. Elige con /ajustes un modelo de esta máquina."
)
DETAIL_SCORE = " · puntuación {score}"
RANKED_TITLE = "**Del más al menos probable, por token** (log-prob media)"
RANKED_LINE = "**{rank}.º · intento {number}** · {mean} por token\n{text}"

BRANCHES = "Ramas"
COLOURED = "Ver coloreado"
