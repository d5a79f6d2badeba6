"""What the lesson says."""

from __future__ import annotations

from collections.abc import Mapping

GROUP = "La sesión del taller, celda por celda"
START = "Empieza una clase en un hilo: tú la llevas con botones y todos la siguen"
START_MODEL = "El modelo de toda la clase (por defecto, el primero)"
START_THREAD = "En un hilo nuevo (por defecto) o en este canal"
GO_ON = "Trae aquí abajo los botones de la clase; otra persona puede seguirla"
GO_TO = "Lleva la clase a una celda"
GO_TO_CELL = "Su número o su nombre"
END = "Termina la clase de este canal"

RUN = "Ejecutar"
NEXT = "Siguiente"
BACK = "Atrás"
REPEAT = "Repetir"
FINISH = "Terminar"
DOUBTS = "Dudas"
DOUBTS_COUNT = "Dudas · {count}"
TAKE_OVER = "Seguir yo la clase"
REOPEN = "Reabrir la clase"
HERE = "Darla en este canal"

EXPLAIN = "Explicar"
TRY = "Hacerlo yo"
DOUBT = "Duda ✋"
DOUBT_COUNT = "Duda ✋ {count}"

THREAD_NAME = "Clase · {model}"

CONTROL_TITLE = "### Clase · {number} de {count} · {title}"
CONTROL_LOST = "### Clase"
CONTROL_OWNER = "La lleva {owner}. {facts}"
FACTS = "{model} · Lección · semilla {seed}"
LINK = "[Ir a la celda]({url})"
STATES: Mapping[str, str] = {
    "shown": "Lista: pulsa «Ejecutar».",
    "running": "Calculando…",
    "done": "Hecha.",
    "failed": "No ha salido. {why} «Repetir» la calcula otra vez.",
}
BUSY_ELSEWHERE = "Se está calculando la celda {number}."
RESUMED_RUNNING = "Me reinicié a media celda: la calculo otra vez, con la misma semilla."
RESUMED_DONE = "Hecha. Me reinicié a media celda y la he calculado otra vez: el texto es el mismo."
UNKNOWN_CELL = "Esta versión ya no tiene la celda donde ibas. Ve a otra con `/clase ir`."
FOR_TEACHER = "-# Estos botones son de quien lleva la clase. Los de cada celda son de todos."
ENDED = "### Clase terminada"
ENDED_SUMMARY = "{done} de {count} celdas calculadas. {doubts}{facts}"
ENDED_DOUBTS: Mapping[bool, str] = {
    True: "Queda 1 duda sin resolver. ",
    False: "Quedan {count} dudas sin resolver. ",
}
ENDED_NOTE = "-# Las celdas siguen aquí: «Explicar» y «Hacerlo yo» funcionan igual."

CELL_TITLE = "### {number} · {title}"
QUESTION = "**Para la clase:** {question}"
RUNNING = "*Calculando…*"
RUNNING_PART = "*Calculando… {done} de {count}*"
STATE_PART = "Calculando… {done} de {count}."
NOT_YET = "*Aún sin calcular.*"
FAILED = "*No ha salido.* {why}"
ROWS_HEADER = ("", "cuad.", "aquí")
"""«cuad.»: the notebook's, as in the lesson of /comparar."""
NOT_STORED = "—"
WHY = "-# {why}"
RESOLVED: Mapping[bool, str] = {
    True: "-# ✋ 1 duda resuelta",
    False: "-# ✋ {count} dudas resueltas",
}
FOOTER = "-# {facts}"
INVENTED = "-# Inventado por {facts}"

WHICH_TRACE = "¿Cuál te explico?"
NO_TRACE = "Esta celda no ha escrito ningún texto: no hay nada que explicar paso a paso."

OWN_TITLE = "Hacerlo yo"
OWN_TEXT = "Tu texto"
OWN_HINT = "El principio de una frase"
OWN_NOTE = "Como la celda {number}: {settings}."
OWN_GONE = "Esa celda ya no está en esta versión: usa /continuar con tu texto."

DOUBT_RAISED = "Apuntada: quien lleva la clase la ve. Si se te resuelve, pulsa otra vez y la quito."
DOUBT_TAKEN_BACK = "Quitada: ya no tienes ninguna duda apuntada en esta celda."
DOUBTS_TITLE = "### Dudas sin resolver"
DOUBTS_NONE = "### Dudas\nNo hay ninguna sin resolver."
DOUBT_LINE = "{number}. <@{person}> · {cell}"
DOUBTS_MORE = "-# Y {count} más: aparecen según resuelvas estas."
DOUBTS_CHOOSE = "Marcar como resuelta…"
DOUBT_OPTION = "{number} · {cell}"
DOUBTS_ALL = "Todas estas"
CELL_NAME = "{number} · {title}"
CELL_GONE = "otra celda"

MENTION_DONE = "<@{owner}>, la celda {number}, «{title}», ya está. {link}"
MENTION_FAILED = "<@{owner}>, la celda {number}, «{title}», no ha salido. {link}"

STARTED_THREAD = "Clase empezada en {place}. Ahí tienes tus botones."
STARTED_HERE = "Clase empezada aquí abajo."
MOVED_DOWN = "Ahí abajo tienes los botones de la clase."
MOVED_TO = "La clase va ahora por la celda {number}."
ENDED_SAID = "Clase terminada. Con «Reabrir la clase», en su último mensaje, se sigue."
TAKEN_OVER = "La clase es tuya: los botones te hacen caso a ti."
ASK_TAKE_OVER = "Esta clase la lleva {owner}. ¿La sigues tú?"

NO_THREAD = (
    "Aquí no puedo abrir un hilo: {why}. Puedo dar la clase en este mismo canal, a la vista de "
    "todos. ¿La empiezo?"
)
NO_THREAD_KIND = "este tipo de canal no los tiene"
NO_THREAD_PERMISSION = "me falta el permiso «{permission}»"
PERMISSIONS: Mapping[str, str] = {
    "view_channel": "Ver canal",
    "create_public_threads": "Crear hilos públicos",
    "send_messages_in_threads": "Enviar mensajes en hilos",
    "send_messages": "Enviar mensajes",
    "attach_files": "Adjuntar archivos",
}
NO_SENDING = (
    "En este canal no puedo dar la clase: me falta el permiso «{permission}». Pídeselo a quien "
    "lleva el servidor y repite la orden."
)

ONLY_IN_SERVERS = "La clase se da en un canal de un servidor, no por mensaje privado."
NOT_TEACHER = (
    "Dar clase pueden quienes tienen el permiso «Gestionar mensajes»{role}. Tú puedes seguirla y "
    "usar los botones de cada celda."
)
NOT_TEACHER_ROLE = " o el rol «{role}»"
NOT_YOURS = (
    "Los botones de la clase son de {owner}, que la lleva. Los tuyos están en cada celda: "
    "«Explicar», «Hacerlo yo» y «Duda ✋»."
)
NOT_YOURS_TEACHER = "Esta clase la lleva {owner}. Si la sigues tú, pulsa «Seguir yo la clase»."
YOURS_ALREADY = "Esta clase ya la llevas tú."
ALREADY_OPEN = (
    "En este canal ya hay una clase, en {place}. Síguela con `/clase seguir`, o termínala con "
    "`/clase terminar` y empieza otra."
)
NONE_OPEN = "En este canal no hay ninguna clase abierta. Empieza una con `/clase empezar`."
GONE = "Esa clase ya no la guardo: se borró o pasó su plazo. Empieza otra con `/clase empezar`."
ENDED_ALREADY = "Esa clase ya ha terminado."
CANNOT_REOPEN = "En este canal ya hay otra clase abierta: termínala antes con `/clase terminar`."
NO_SUCH_CELL = "No hay ninguna celda «{typed}». Elige una de la lista: van de la 1 a la {count}."
MOVED_MEANWHILE = "La clase se ha movido justo ahora. Mírala y repite la orden si hace falta."
NOT_RUN = "Esa celda aún no está calculada."
MODEL_GONE = (
    "El modelo de esta clase, «{model}», ya no está aquí. Termínala y empieza otra con uno de "
    "/modelos."
)
PRECISION_CHANGED = (
    "La clase se empezó con el cálculo {before} y el bot usa ahora otro ({now}): los números no se "
    "podrían comparar. Termínala y empieza otra, o vuelve al de antes (PRECISION)."
)

THREAD_LOCKED = (
    "El hilo de la clase está bloqueado y no puedo escribir en él. Desbloquéalo y pulsa otra vez: "
    "no se ha perdido nada."
)
THREAD_ARCHIVED = (
    "El hilo de la clase está archivado y no puedo abrirlo. Escribe algo en él y pulsa otra vez: "
    "no se ha perdido nada."
)
PLACE_FORBIDDEN = (
    "No puedo escribir donde se da la clase: me falta algún permiso («Ver canal», «Enviar "
    "mensajes», «Enviar mensajes en hilos», «Adjuntar archivos»). Dámelo y pulsa otra vez: no se "
    "ha perdido nada."
)
PLACE_GONE = (
    "El hilo o el canal donde se daba la clase ya no existe, así que la he terminado. Empieza otra "
    "con `/clase empezar`; con `/clase ir` llegas a la celda donde ibas."
)
CELL_LATE = "Ha tardado demasiado y la he dejado. Prueba otra vez, o con un modelo más pequeño."
