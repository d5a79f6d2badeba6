"""What `/estado` says."""

from __future__ import annotations

DESCRIPTION = "Cómo está el bot (para quien gestiona el servidor)"
ONLY_MANAGERS = (
    "El estado es para quien tiene el permiso «Gestionar servidor» aquí. Para ver los modelos, "
    "usa /modelos; para ayuda, /ayuda."
)
ONLY_IN_GUILD = (
    "El estado se pide dentro de un servidor que gestiones. Para ver los modelos, usa /modelos."
)
TITLE = "### Estado de Unicornio"
SECTION_BOT = "**Bot**"
SECTION_ENGINE = "**Motor**"
SECTION_DISK = "**Disco**"
LINE = "{name}: **{value}**"

VERSION = "versión"
UPTIME = "en marcha"
LATENCY = "latencia"
SHARDS = "fragmentos"
SHARDS_VALUE = "{ids} de {count}"
MODEL = "modelo por defecto"
LOADED = "cargados"
DEVICE = "dispositivo"
PRECISION = "precisión"
WORKERS = "textos a la vez"
RUNNING = "escribiendo"
QUEUE = "cola"
WAIT = "espera prevista"
SPEED = "velocidad"
CACHE = "textos retomados"
REQUESTS = "peticiones"
DATA = "datos"
DISK_FREE = "libre"

UNKNOWN = "—"
QUEUE_VALUE = "{queued} de {limit}"
SPEED_VALUE = "{speed} tokens/s"
CACHE_VALUE = "{hits} de {lookups} ({share} %)"
REQUESTS_VALUE = "{completed} servidas, {failed} fallidas"
DATA_VALUE = "{size} de {limit}"
