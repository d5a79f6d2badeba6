"""What is said about the configuration."""

from __future__ import annotations

from collections.abc import Mapping

from bot.texts.filters import FILTERS

NO_TOKEN = (
    "DISCORD_TOKEN: falta. Copia .env.example a .env y pon ahí el token de tu bot (README, "
    "«Instalarlo en un servidor»). Para probar sin token: make demo"
)
TOKEN_SHAPE = (
    "no parece un token de Discord: tiene tres partes separadas por puntos (portal de "
    "desarrolladores, Bot, Reset Token)"
)
TOKEN_QUOTED = "sobran las comillas: pon el token solo"
TOKEN_PREFIXED = "sobra «Bot»: pon el token solo, tal como lo copia el portal de desarrolladores"
SECRET_SHAPE = "lleva espacios, comillas o signos que un token no tiene"
BAD_LINE = (
    "{path}, línea {number}: no la entiendo. Cada línea es CLAVE=valor, con el signo = y las "
    "comillas cerradas, o un comentario que empieza por #."
)
LOWER_CASE = "{key}: las claves van en mayúsculas. Escribe {right}."
UNKNOWN_KEY = (
    "{key}: no conozco esa clave. Bórrala, o ponla en el entorno si es de otro programa "
    "(.env.example tiene todas las mías)."
)
EMPTIED = "{key}: la línea {number} la repite vacía y se pierde el valor de antes. Deja solo una."
CUT = (
    "{key}: el # corta el valor en «{value}» como si empezara un comentario. Si es parte del "
    'texto, pon el valor entre comillas: {key}="FIN | ##". Si es un comentario, en otra línea.'
)
NOT_EXPANDED = "aquí no se sustituyen ~ ni variables como $HOME; escribe la ruta entera"
NOT_EXPANDED_IN = "{key}: aquí no se sustituyen variables como ${{HOME}}. Escribe el valor entero."
QUOTED = "sobran las comillas"
REMOTE_ADDRESS: Mapping[str, str] = {
    "shape": (
        "un modelo de un servidor se escribe openai:nombre@dirección, con la dirección entera "
        "(openai:gpt-3.5-turbo-instruct@https://api.openai.com/v1)"
    ),
    "scheme": "la dirección de un servidor empieza por http:// o https://",
    "secret": "la dirección lleva una contraseña, que se vería; la clave va en OPENAI_API_KEY",
    "query": "la dirección de un servidor acaba en su ruta, sin ? ni #",
}
ENGINE_ADDRESS: Mapping[str, str] = {
    "shape": "no es una dirección entera (http://10.0.0.2:8000)",
    "scheme": "la dirección del motor empieza por http:// o https://",
    "secret": "la dirección lleva una contraseña, que se vería; el motor no la pide",
    "query": "la dirección del motor acaba sin ? ni #",
}
REMOTE_KEYS: Mapping[str, str] = {
    "hosts": (
        "OPENAI_API_KEY: hay modelos de varios servidores y una sola clave. Escribe de quién es "
        "cada una: OPENAI_API_KEY=servidor=clave, otro=clave"
    ),
    "unknown": (
        "OPENAI_API_KEY: cada par es servidor=clave, con el servidor tal como está en MODELS "
        "(con su puerto, si lo lleva)."
    ),
}
KEYS_SHAPE = "lleva espacios, comillas o signos que una clave no tiene"
NEAR_MODEL = "no conozco el modelo «{name}». ¿Querías decir {near}?"
NO_SUCH_FILE = "no puedo leer el archivo {path}"
NOT_UTF8 = "{path} no está en UTF-8; guárdalo con esa codificación"
ROLE_SHAPE = "escribe el nombre del rol tal como se ve, sin @, < ni comillas, o su id"
ROLE_LONG = "un rol de Discord tiene 100 letras como mucho"
NOT_A_NUMBER = "tiene que ser un número"
NOT_A_URL = "no es una dirección de SQLite (con un archivo) ni de PostgreSQL"
SHARD_IDS_SHAPE = "son números desde 0 separados por comas, o tramos como 0-3"
SHARD_IDS_TWICE = "repite un fragmento"
SHARDS_TOGETHER = (
    "SHARD_IDS: va con SHARD_COUNT, o ninguna de las dos: los fragmentos de este proceso y cuántos "
    "hay en total. Ejemplo: SHARD_IDS=0,1 con SHARD_COUNT=4"
)
SHARD_OVER_COUNT = (
    "SHARD_IDS: con SHARD_COUNT={count}, los fragmentos van de 0 a {last}. Ejemplo: SHARD_IDS=0"
)
SHARDS_NEED_DATABASE = (
    "DATABASE_URL: falta. Los procesos de un mismo bot comparten la base de datos (PostgreSQL, o "
    "un archivo de SQLite si están en la misma máquina) y cada uno tiene su DATA_DIR. Ejemplo: "
    "DATABASE_URL=postgresql://usuario:clave@servidor/unicornio"
)
UNKNOWN_STYLE = "no conozco ese estilo; están {names}"
ONLY_COMMAS = "solo tiene comas"
OUT_OF_RANGE = "está fuera de rango ({range})"
MISSPELT = "{key}: no conozco esa clave. ¿Querías decir {near}?"
DEFAULT_OVER_MAXIMUM = (
    "DEFAULT_MAX_NEW_TOKENS: es mayor que MAX_NEW_TOKENS. Ejemplo: DEFAULT_MAX_NEW_TOKENS=60"
)

ENV_HEADER = """# Configuración de Unicornio. Copia este archivo a .env y cambia lo que necesites.
# Todo tiene un valor razonable salvo DISCORD_TOKEN. Compruébalo con: python -m bot check"""

ENV_SECTIONS: Mapping[str, str] = {
    "DISCORD_TOKEN": "Discord",
    "MODELS": "Modelos y cálculo",
    "MAX_NEW_TOKENS": "Límites y manera de responder",
    "DATA_DIR": "Datos",
    "LOG_LEVEL": "Registro y métricas",
    "DEFAULT_STYLE": "Ajustes de generación por defecto",
}
"""Heading before a key."""

HELP: Mapping[str, tuple[str, str]] = {
    "DISCORD_TOKEN": ("Token del bot (Discord Developer Portal → Bot → Reset Token).", ""),
    "DISCORD_GUILD_IDS": (
        "Servidores donde funciona, separados por comas; vacío = en todos.",
        "123456789012345678",
    ),
    "ALLOW_DMS": ("Si responde en mensajes directos; con DISCORD_GUILD_IDS, nunca.", "true"),
    "SHARD_IDS": (
        "Fragmentos (shards) de este proceso, si varios procesos sirven el mismo bot: 0,1 o 0-3. "
        "Todos comparten DATABASE_URL y cada uno tiene su DATA_DIR. Vacío = este proceso los lleva "
        "todos.",
        "0,1",
    ),
    "SHARD_COUNT": ("Cuántos fragmentos hay entre todos los procesos.", "4"),
    "MODELS": (
        "Modelos separados por comas; el primero es el de por defecto. Cada uno: nombre del "
        "catálogo, id del hub (con @revisión si quieres), carpeta o archivo .gguf (se elige por "
        "su nombre, sin la ruta), o modelo de un servidor con la interfaz de OpenAI: "
        "openai:nombre@https://dirección/v1 (los textos salen de aquí y se envían a ese servidor). "
        "Vacío = los instalados, el mejor primero: gemma-3-270m si está, "
        "y el incluido, unicornio-9m.",
        "gemma-3-270m",
    ),
    "HF_TOKEN": ("Token de Hugging Face, solo para modelos con acceso restringido.", ""),
    "OPENAI_API_KEY": (
        "Clave del servidor de los modelos openai:…, que solo se le envía a él. Con varios "
        "servidores, un par para cada uno: servidor=clave, otro=clave.",
        "",
    ),
    "ENGINE_URL": (
        "Direcciones de motores que ya están en marcha, separadas por comas (docs/scale.md). Vacío "
        "= el motor va dentro del bot. Con ellas, los modelos, DEVICE, PRECISION, WORKER_THREADS y "
        "MAX_QUEUE son los de esos motores; de MODELS solo cuentan los openai:….",
        "http://10.0.0.2:8000",
    ),
    "DEVICE": ("Dónde se calcula: auto, cpu, cuda o cuda:0.", "auto"),
    "PRECISION": (
        "Precisión de los cálculos: exact = float32; fast = productos en bfloat16, más rápido y "
        "casi igual; turbo = pesos en int8, aproximado y lo más ligero. Si el procesador no gana "
        "tiempo con ella, usa la siguiente más exacta y lo dice (/estado, check, cada respuesta).",
        "exact",
    ),
    "WORKER_THREADS": (
        "Lotes que se calculan a la vez; los núcleos se reparten entre ellos. Con 1, los modelos "
        "en uso se turnan.",
        "1",
    ),
    "MAX_NEW_TOKENS": (
        "Tokens nuevos que se pueden pedir como mucho. Para acabar la frase puede haber hasta una "
        "cuarta parte más, o 24, o DEFAULT_SENTENCE_END_TOKENS, lo que sea mayor.",
        "256",
    ),
    "MAX_QUEUE": ("Peticiones que pueden esperar; cada intento ocupa un sitio.", "64"),
    "MAX_PER_USER": ("Peticiones de una misma persona a la vez.", "2"),
    "COOLDOWN_S": ("Segundos entre dos peticiones de la misma persona; 0 = sin espera.", "3"),
    "REQUEST_TIMEOUT_S": ("Segundos que puede durar una petición, cola incluida.", "600"),
    "EDIT_INTERVAL_S": ("Segundos entre dos ediciones mientras escribe.", "1.5"),
    "REPLY_VISIBILITY": (
        "Quién ve las respuestas; auto = /continuar lo ven todos y /explicar solo tú.",
        "auto",
    ),
    "BLOCKED_WORDS_FILE": (
        "Archivo con palabras, frases o emojis vetados, uno por línea (# para comentarios). "
        "Vacío = la lista incluida (engine/embedded/blocked_words.txt); con un archivo vacío, "
        "ninguna.",
        "palabras.txt",
    ),
    "TEACHER_ROLE": (
        "Rol que puede dar clase con `/clase`, además de quien tiene «Gestionar mensajes»: su "
        "nombre o su id. Vacío = ninguno.",
        "Profesorado",
    ),
    "DATA_DIR": (
        "Carpeta de la base de datos, las copias y los modelos preparados. Vacío = la carpeta "
        "de datos del usuario.",
        "./data",
    ),
    "DATABASE_URL": (
        "Base de datos (SQLAlchemy). Vacío = SQLite dentro de DATA_DIR.",
        "sqlite+aiosqlite:///data/unicornio.db",
    ),
    "RETENTION_DAYS": ("Días que se guardan los textos y sus trazas.", "30"),
    "MAX_DATA_MB": ("Megabytes que pueden ocupar; al pasarse se borra lo más antiguo.", "500"),
    "LOG_LEVEL": ("Detalle del registro.", "INFO"),
    "LOG_FORMAT": ("Formato del registro.", "text"),
    "METRICS_PORT": ("Puerto local de métricas para Prometheus; vacío = sin métricas.", "9464"),
    "DEFAULT_STYLE": (
        "Estilo; con leccion, justo lo que se pida en cada orden y nada más. Las claves de abajo "
        "que estén vacías valen lo que diga el estilo; la que pongas manda sobre él.",
        "equilibrado",
    ),
    "DEFAULT_STRATEGY": (
        "Estrategia, por su nombre en inglés o en español (greedy, muestreo, haces…).",
        "muestreo",
    ),
    "DEFAULT_MAX_NEW_TOKENS": ("Tokens nuevos.", "60"),
    "DEFAULT_PENALTY_ALPHA": ("Alfa de la contrastiva; 0 = es greedy.", "0.6"),
    "DEFAULT_NUM_BEAMS": ("Haces (beam search) a la vez.", "1"),
    "DEFAULT_LENGTH_PENALTY": ("Exponente de longitud de los haces.", "1"),
    "DEFAULT_EARLY_STOPPING": ("Parada temprana de los haces.", "false"),
    "DEFAULT_NUM_BEAM_GROUPS": ("Grupos en que se reparten los haces diversos.", "1"),
    "DEFAULT_STOP": (
        "Textos de fin: para antes de escribir uno. Se separan con |; ⏎ es un salto de línea y ␣, "
        "un espacio al principio o al final.",
        "FIN | ⏎⏎",
    ),
    "DEFAULT_ATTEMPTS": ("Intentos por petición.", "1"),
    **{f"DEFAULT_{field.upper()}": (words.key, words.example) for field, words in FILTERS.items()},
}
"""Per key: what it means, and an example."""

_LIMITS = {
    "greater_than_equal": "tiene que ser {ge} o más",
    "less_than_equal": "tiene que ser {le} o menos",
    "int_parsing": "tiene que ser un número entero",
    "int_from_float": "tiene que ser un número entero",
    "bool_parsing": "tiene que ser true o false",
    "literal_error": "tiene que ser uno de estos valores: {expected}",
    "string_pattern_mismatch": "tiene que ser auto, cpu, cuda o cuda:N",
}


def problem(key: str, kind: str, context: Mapping[str, object]) -> str:
    """Say what is wrong with a key, from pydantic's error type, with an example."""
    if kind == "value_error":
        reason = str(context["error"])
    else:
        facts = {name: _spanish_or(value) for name, value in context.items()}
        reason = _LIMITS.get(kind, "no es un valor válido").format(**facts)
    example = HELP[key][1]
    end = "" if reason.endswith("?") else "."
    return f"{key}: {reason}{end}" + (f" Ejemplo: {key}={example}" if example else "")


def _spanish_or(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).replace(" or ", " o ").replace("'", "")


PORT_PROBLEM = "no puedo escuchar en el puerto {port}: {reason}"

PORT_TAKEN = "ya lo usa otro programa"

PORT_FORBIDDEN = "este usuario no tiene permiso"

PORT_OTHER = "el sistema no deja (error {number})"

NO_DRIVER = (
    "falta el extra «postgresql» (.venv/bin/pip install --no-deps --require-hashes -r "
    "locks/postgresql.lock; con Docker, EXTRAS=postgresql)"
)

NO_CUDA = "esta máquina no tiene esa GPU, o torch no la ve"
