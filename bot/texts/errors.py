"""What is said when something fails: what happened, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping

UNEXPECTED = (
    "Algo ha fallado por mi parte y lo he apuntado (referencia {reference}). "
    "Prueba otra vez; si se repite, dale esa referencia a quien administra el bot."
)

UNNAMED = "sin nombre"

ENGINE: Mapping[str, str] = {
    "unknown_model": (
        "No conozco el modelo «{model}». Mira con /modelos cuáles hay y elige uno de ellos."
    ),
    "out_of_memory": (
        "No me ha quedado memoria para hacerlo. Prueba con menos tokens, menos intentos o un "
        "modelo más pequeño."
    ),
    "empty_prompt": (
        "No me has dado ningún texto. Escribe el principio de una frase y la continúo."
    ),
    "cancelled": "Detenido antes de escribir nada. Cuando quieras, pídelo otra vez.",
    "deadline": (
        "Se acabó el tiempo antes de escribir nada: hay mucha gente esperando. "
        "Prueba dentro de un rato o con menos tokens."
    ),
    "invalid_logits": (
        "El modelo ha dado números que no valen (NaN o infinito) y no puedo seguir. "
        "Prueba otra vez con otros ajustes o con otro modelo."
    ),
    "unsupported": (
        "Este modelo no sabe hacer eso. Elige otra estrategia u otro modelo de /modelos."
    ),
    "closed": "Me estoy reiniciando: vuelve a pedirlo dentro de un minuto.",
}
NO_TOKEN_LEFT = (
    "Con estos ajustes no queda ninguna palabra posible: la última la ha quitado «{stage}». "
    "Cambia ese ajuste o el texto y repite la orden."
)
NO_TOKEN_LEFT_BY_LIST = (
    "La lista de palabras vetadas de este servidor no deja aquí ninguna palabra posible. Prueba "
    "con otro texto u otros ajustes."
)
OUT_OF_MEMORY_SIZES = (
    "No me cabe en la memoria: hacen falta {needed} y quedan {available}. Prueba con menos "
    "tokens, menos intentos o un modelo más pequeño."
)
QUEUE_FULL = "La cola está llena. Prueba dentro de un minuto."
QUEUE_FULL_AHEAD = "La cola está llena: hay {ahead} peticiones delante. Prueba dentro de un minuto."
INVALID_PARAMS = "«{name}» no puede valer «{value}»: admite {allowed}. Cámbialo y repite la orden."
UNKNOWN_TOKEN = (
    "El modelo no conoce «{token}», aunque su tokenizador sí. Quítalo del texto y repite la orden, "
    "o usa otro modelo de /modelos."
)
NOT_OFFERED = "Este modelo no deja elegir «{name}»: quita esa opción y repite la orden."
TEXT_REFUSED: Mapping[str, str] = {
    "no_gap": "Ahí no hay ningún hueco. Pon `___` donde falte la palabra.",
    "gap_in_word": (
        "El hueco de «{value}» está dentro de una palabra, y cada hueco es una palabra entera: "
        "sepáralo con un espacio, o quita las letras."
    ),
    "too_many_gaps": "Son {value} huecos, y caben {limit} como mucho. Quita alguno.",
    "too_long": (
        "El texto son {value} tokens y a este modelo le caben {limit}, contando los suyos. No lo "
        "corto, porque el hueco se lee con todo lo demás: acórtalo tú."
    ),
    "context_too_long": (
        "Por dentro solo puedo mirar {limit} tokens a la vez, y ese texto son {value}: prueba con "
        "uno más corto."
    ),
}
"""Why the engine refuses a text: for its gaps, or for its length."""
OTHER_FIELDS: Mapping[str, str] = {
    "task": "tarea",
    "source_language": "de",
    "target_language": "a",
    "strategy": "estrategia",
    "early_stopping": "parada",
    "seed": "semilla",
    "bad_words": "palabras vetadas",
    "trace_top_n": "candidatas",
    "deadline_s": "tiempo máximo",
}
MODEL_UNAVAILABLE: Mapping[str, str] = {
    "not_found": (
        "No encuentro el modelo «{model}»: no existe con ese nombre. Usa otro de /modelos y avisa "
        "a quien administra el bot."
    ),
    "offline": (
        "No puedo descargar el modelo «{model}» porque no hay conexión. Usa otro de /modelos o "
        "prueba más tarde."
    ),
    "unsafe_format": (
        "No cargo el modelo «{model}»: su formato puede esconder código. Solo acepto safetensors "
        "y GGUF; usa otro de /modelos."
    ),
    "unsupported_architecture": (
        "No sé usar el modelo «{model}»: su arquitectura no está entre las que conozco. Usa otro "
        "de /modelos."
    ),
    "no_language_model": (
        "El modelo «{model}» no es un modelo de lenguaje: ni sigue textos, ni los rellena o "
        "transforma. Usa otro de /modelos."
    ),
    "corrupt": (
        "Los ficheros del modelo «{model}» están dañados. Usa otro de /modelos y avisa a quien "
        "administra el bot."
    ),
    "missing_file": (
        "Al modelo «{model}» le falta algún fichero. Usa otro de /modelos y avisa a quien "
        "administra el bot."
    ),
    "no_tokenizer": (
        "El modelo «{model}» viene sin su tokenizador rápido (tokenizer.json) y sin él no puedo "
        "leer ni escribir. Usa otro de /modelos."
    ),
    "not_installed": (
        "El modelo «{model}» no está instalado. Usa otro de /modelos y avisa a quien administra "
        "el bot."
    ),
    "no_space": (
        "No queda disco para preparar el modelo «{model}». Usa otro de /modelos y avisa a quien "
        "administra el bot."
    ),
    "no_access": (
        "No tengo permiso para leer o guardar los ficheros del modelo «{model}». Usa otro de "
        "/modelos y avisa a quien administra el bot."
    ),
    "no_models": "Este bot no tiene ningún modelo instalado. Avisa a quien lo administra.",
    "gated": (
        "El modelo «{model}» pide aceptar sus condiciones y no tengo permiso. Usa otro de "
        "/modelos y avisa a quien administra el bot."
    ),
    "revision_changed": (
        "El modelo «{model}» ha cambiado desde que se escribió ese texto y ya no saldría igual. "
        "Empieza uno nuevo con /continuar."
    ),
    "failed": (
        "El modelo «{model}» ha fallado mientras escribía. Prueba otra vez; si se repite, usa otro "
        "de /modelos y avisa a quien administra el bot."
    ),
    "worker_died": (
        "El modelo «{model}» se ha parado de golpe mientras escribía. Prueba otra vez dentro de un "
        "minuto; si se repite, avisa a quien administra el bot."
    ),
    "remote_unreachable": (
        "No consigo conectar con {host}, donde está el modelo «{model}». Prueba dentro de un rato "
        "o usa otro de /modelos; si sigue igual, avisa a quien administra el bot."
    ),
    "remote_late": (
        "{host}, donde está el modelo «{model}», no ha contestado a tiempo. Prueba otra vez con "
        "menos tokens, o usa otro de /modelos."
    ),
    "remote_key": (
        "{host} no me deja usar el modelo «{model}»: mi clave falta o no le vale. Usa otro de "
        "/modelos y avisa a quien administra el bot."
    ),
    "remote_not_found": (
        "{host} dice que no tiene el modelo «{model}». Usa otro de /modelos y avisa a quien "
        "administra el bot."
    ),
    "remote_busy": (
        "{host} no acepta ahora más peticiones para el modelo «{model}»: le llegan demasiadas o se "
        "ha acabado el cupo. Prueba {wait} o usa otro de /modelos."
    ),
    "remote_refused": (
        "{host} no ha aceptado la petición para el modelo «{model}»: no le vale algún ajuste o el "
        "texto es demasiado largo. Prueba con un texto más corto, menos tokens o una temperatura "
        "de 1."
    ),
    "remote_failed": (
        "{host}, donde está el modelo «{model}», ha tenido un fallo{status}. Prueba dentro de un "
        "minuto o usa otro de /modelos."
    ),
    "remote_garbled": (
        "{host} ha contestado algo que no entiendo cuando le he pedido el modelo «{model}». Usa "
        "otro de /modelos y avisa a quien administra el bot: puede que la dirección esté mal."
    ),
    "remote_cut": (
        "{host} ha cortado la respuesta del modelo «{model}» antes de escribir nada. Prueba otra "
        "vez o usa otro de /modelos."
    ),
    "other": (
        "El modelo «{model}» no se ha podido cargar. Usa otro de /modelos y avisa a quien "
        "administra el bot."
    ),
}

REMOTE_UNSUPPORTED = (
    "El modelo «{model}» está fuera de aquí, en {host}, y de él solo se sabe lo que ese servidor "
    "cuenta: eso no. Prueba con un modelo de esta máquina (/modelos)."
)
UNKNOWN_HOST = "El servidor"
HOST_STATUS = " (código {status})"
WAIT_SECONDS = "dentro de {seconds} s"
WAIT_MINUTES = "dentro de {minutes} min"
WAIT_UNKNOWN = "dentro de un rato"

STORAGE: Mapping[str, str] = {
    "locked": (
        "Otro proceso está usando mis datos. Prueba dentro de un minuto; si sigue, avisa a quien "
        "administra el bot."
    ),
    "read_only": (
        "No puedo guardar nada: mi carpeta de datos es de solo lectura. Avisa a quien administra "
        "el bot."
    ),
    "no_space": (
        "No puedo guardar nada: no queda espacio en el disco. Avisa a quien administra el bot."
    ),
    "corrupt": "Mis datos están dañados. Avisa a quien administra el bot.",
    "newer_schema": (
        "Mis datos son de una versión más nueva que yo. Avisa a quien administra el bot."
    ),
    "unavailable": (
        "Ahora no puedo leer ni guardar mis datos. Prueba dentro de un minuto; si sigue, avisa a "
        "quien administra el bot."
    ),
}

ONLY_IN_SERVERS = "Eso solo se puede hacer dentro de un servidor."
MISSING_PERMISSIONS = (
    "Para eso hace falta el permiso «Gestionar servidor». Pídeselo a quien administra el servidor."
)
BOT_MISSING_PERMISSIONS = (
    "Me faltan permisos en este canal. Pide a quien administra el servidor que me los dé."
)
TOO_FAST = "Vas muy deprisa: espera unos segundos y vuelve a pedirlo."
BAD_OPTION = "No entiendo una de las opciones. Revísala y repite la orden."
STALE_COMMAND = "Ese comando ha cambiado. Recarga Discord (Ctrl + R) y vuelve a escribirlo."
NOT_ALLOWED = "Eso no lo puedes hacer aquí."
FORBIDDEN = (
    "Discord no me deja hacer eso aquí: me falta algún permiso. Pide a quien administra el "
    "servidor que me deje ver el canal y enviar mensajes y ficheros."
)
MESSAGE_GONE = "Ese mensaje ya no existe."
DISCORD_DOWN = "Discord está fallando ahora mismo. Prueba otra vez dentro de un minuto."


def queue_full(ahead: int | None) -> str:
    """Say that the queue is full, with its length where it is known."""
    return QUEUE_FULL_AHEAD.format(ahead=ahead) if ahead and ahead > 1 else QUEUE_FULL
