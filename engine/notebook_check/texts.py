"""What the comparison says, for whoever reads it in a terminal: Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STRATEGIES: Mapping[str, str] = MappingProxyType(
    {
        "greedy": "greedy",
        "beam": "haces",
        "beam_ngram": "haces sin parejas",
    }
)

PARAMETERS = "Parámetros"
STEP = "Greedy, paso {number}"
AS_NOTEBOOK = "Log-prob. {strategy}"
WHOLE = "  entera"
REPEATS = "Greedy se repite"
HIDDEN = "top-k escondido"
YES, NONE, ENDED = "sí", "—", "ya había acabado"
LOOP_FROM = "desde el token {token}"
NO_LOOP = "no"

WHY: Mapping[str, str] = MappingProxyType(
    {
        "agrees": "igual",
        "other_model": "otro modelo",
        "other_prompt": "el principio (1)",
        "unknown": "la versión (2)",
        "no_room": "no cabe (3)",
        "unstored": "todos los tokens (4)",
    }
)
NOTES: Mapping[str, str] = MappingProxyType(
    {
        "other_prompt": (
            "(1) Del principio de los unicornios solo sabemos que acaba en un espacio. Si tienes "
            "el cuaderno, pásalo tal cual: --unicorn-prompt «texto»."
        ),
        "unknown": (
            "(2) El modelo del cuaderno da ahora otro número: la revisión, torch o transformers "
            "han cambiado. El número de aquí es el bueno para tu versión."
        ),
        "no_room": (
            "(3) El principio tiene {tokens} tokens, y entre principio y texto caben {limit}."
        ),
        "unstored": (
            "(4) El cuaderno suma desde el segundo token nuevo, porque corta un sitio tarde una "
            "lista que ya iba corrida; para compararlo, encima se hace igual. «Entera» los suma "
            "todos."
        ),
    }
)

HEADERS = ("", "cuaderno", "aquí", "diferencia", "por qué")
TITLE = "El cuaderno del taller y {model} (revisión {revision})"
VERSIONS = "torch {torch} · transformers {transformers} · float32 en la CPU"
TOLERANCES = (
    "Cuenta como igual: parámetros a ±{parameters} M, probabilidades a ±{percent} puntos, "
    "log-probabilidades a ±{logprob}."
)
ALL_AGREE = "Todo sale igual que en el cuaderno."
SOME_DIFFER = "Distintos del cuaderno: {count} de {total} números."
OTHER_MODEL = (
    "Este modelo no es el del cuaderno ({notebook}): sus números tienen que ser otros. Si lo es, "
    "y está en una carpeta, dilo con --is-notebook-model."
)
BOTH_AGREE = "Nuestro motor y transformers: lo mismo en todo."
BOTH_DIFFER = "Nuestro motor y transformers no dan lo mismo:"
OTHER_TABLE = "los tokens de greedy"
OTHER_GENERATED = "los tokens de greedy a mano y los de generate()"
OTHER_PERCENTS = "las probabilidades de greedy"
OTHER_TEXT = "el texto de {strategy}"
OTHER_SUM = "la log-probabilidad de {strategy}"

DESCRIPTION = (
    "Calcula otra vez los números que guarda el cuaderno del taller, con nuestro motor y con "
    "transformers, y dice en qué se diferencian. Acaba con 0 si todo es igual, 1 si algo no lo "
    "es, 2 si no se pudo calcular y 3 si el modelo es otro."
)
HELP_MODEL = "id del hub, carpeta o nombre del catálogo; si no, el del cuaderno"
HELP_REVISION = "rama, etiqueta o commit del hub"
HELP_PROMPT = "el principio de los unicornios tal como está en tu cuaderno, con su espacio al final"
HELP_IS_NOTEBOOKS = "la carpeta tiene el modelo del cuaderno"

CANNOT_LOAD = "No se ha podido cargar {model}: {why}."
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "offline": (
            "hay que descargarlo y no se llega al hub de Hugging Face. Repítelo con conexión, o "
            "da una carpeta que ya tengas: --model carpeta"
        ),
        "not_found": "no existe, o no existe esa revisión",
        "gated": "su acceso está restringido: acepta sus condiciones en el hub y entra en él",
        "unsafe_format": (
            "sus pesos no están en safetensors. Prueba una revisión que los tenga (--revision), o "
            "guárdalo una vez con save_pretrained() de transformers y da esa carpeta con --model y "
            "--is-notebook-model"
        ),
        "no_space": "no cabe en el disco",
        "missing_file": "le falta algún archivo",
        "not_installed": "no está instalado",
    }
)
OTHER_REASON = "el motor dice «{reason}»"
NOT_DECODER = "no es un modelo que siga textos"


def number(value: float, decimals: int) -> str:
    """Write a number with a decimal comma and a real minus."""
    return f"{value:.{decimals}f}".replace(".", ",").replace("-", "−")


def signed(value: float, decimals: int) -> str:
    """Write a difference; what rounds to nothing is 0."""
    said = number(value, decimals)
    if not said.strip("−0,"):
        return "0"
    return said if said.startswith("−") else f"+{said}"


def millions(value: float) -> str:
    """Write a count in millions."""
    return f"{number(value, 1)} M"


def choice(token: str, percent: float) -> str:
    """Write a token and its chance."""
    shown = token.replace("\n", "⏎") or "␣"
    return f"«{shown}» {number(percent, 2)} %"
