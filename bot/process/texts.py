"""What the commands of `python -m bot` say."""

from __future__ import annotations

from collections.abc import Mapping

DESCRIPTION = "Unicornio: continúa textos en español y enseña por qué salió cada palabra."
COMMANDS_TITLE = "órdenes"
NO_ENV_FILE = "No existe el archivo de configuración {path}."
NO_DEMO = "La demo necesita el extra «demo» (pip install '.[demo]', o make demo)."
HELP_RUN = "conecta el bot a Discord (lo mismo que no poner nada)"
HELP_DEMO = "el bot en tu navegador, sin token"
HELP_CHECK = "comprueba la configuración, la base de datos y los modelos"
HELP_INVITE = "escribe el enlace para añadir el bot a un servidor"
HELP_BACKUP = "copia la base de datos, también con el bot en marcha"
HELP_BACKUP_TARGET = "archivo nuevo donde se guarda la copia"
BACKED_UP = "Copia guardada en {path}."
BACKUP_EXISTS = "Ya existe {path}: elige otro nombre."
NO_BACKUP = "No he podido copiar la base de datos a {path}: {why}."
NO_BACKUP_REASONS: Mapping[str, str] = {
    "no_space": "ahí no queda espacio",
    "read_only": "ahí no puedo escribir",
    "corrupt": "la base de datos está dañada",
}
NO_BACKUP_OTHER = "no hay una base de datos SQLite que se pueda leer, o ahí no se puede escribir"
HELP_HEALTH = "dice si el bot que está en marcha se encuentra bien"
HELP_ENV_FILE = "archivo de configuración (por defecto .env)"
HELP_MODEL = (
    "nombre del catálogo, id del hub, carpeta o archivo .gguf (por defecto, el mejor instalado)"
)
HELP_PORT = "puerto local de la demo (por defecto, uno libre)"

CONFIG_PROBLEMS = "La configuración tiene {count} {noun}:"
PROBLEM_ONE = "problema"
PROBLEM_MANY = "problemas"
LOADING = "Preparando los modelos…"
ARITHMETIC = "Cálculo de {model}: {arithmetic}."
STOPPED = "Hasta luego."
INTERRUPTED = "Parado antes de terminar de arrancar."

LOG_WARNING = "Aviso de {source}: no impide seguir. Con LOG_LEVEL=DEBUG se lee entero."
LOG_ERROR = "Error en {source}: algo no ha salido. Con LOG_LEVEL=DEBUG se lee entero."
LOG_OURS = "este programa ({name})"
LOG_LIBRARY = "una biblioteca ({name})"

CHECK_TITLE = "Comprobación"
CHECK_CONFIG = "Configuración"
CHECK_DATABASE = "Base de datos"
CHECK_ENGINE = "Motor {address}"
CHECK_MODEL = "Modelo {name}"
CHECK_PORT = "Puerto de métricas"
CHECK_SHARDS = "fragmentos {ids} de {count}"
CHECK_TOKEN = "Token de Discord"
OK = "bien"
UNKNOWN = "?"
DEFAULT_MODEL = "por defecto"
TRIAL_PROMPT = "Había una vez"
FREE_SPACE = "{free} libres"
UPGRADE_DUE = "se actualizará al arrancar"
ALREADY_RUNNING = "el bot está en marcha (proceso {pid})"
ALREADY_STARTING = "el bot está arrancando (proceso {pid})"
TOKEN_SET = "puesto"
TOKEN_MISSING = "DISCORD_TOKEN: falta, y sin él no puedo conectar (la demo, make demo, no lo usa)"
PORT_FREE = "el {port} está libre"
PORT_OURS = "el {port}, que ya usa el bot en marcha"
MODEL_FACTS = (
    "{display_name} · {family} · {parameters} parámetros · contexto {context} · {arithmetic} · "
    "{seconds}"
)
CHECK_DONE = "Todo bien."
CHECK_FAILED = "Hay cosas que arreglar."

NO_HEARTBEAT = "No hay señal del bot en {data_dir}: no está en marcha o usa otra DATA_DIR."
STARTING = "El bot está arrancando (proceso {pid}): todavía no ha conectado con Discord."
STALE_HEARTBEAT = "La última señal es de hace {age_s} s."
GATEWAY_DOWN = "No está conectado a Discord."
ENGINE_DOWN = "El motor de generación no responde."
HEALTHY = "Bien: conectado y respondiendo."

PHASES = {
    "download": "descargando",
    "assemble": "juntando las piezas",
    "verify": "comprobando la suma",
    "convert": "preparando",
    "load": "cargando",
}
