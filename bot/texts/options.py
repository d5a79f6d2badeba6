"""What is said about decoding settings: their names, their values, what was ignored and why."""

from __future__ import annotations

from collections.abc import Mapping

from bot.texts.filters import FILTERS

FIELD_NAMES: Mapping[str, str] = {
    "style": "estilo",
    "model": "modelo",
    "strategy": "estrategia",
    "max_new_tokens": "tokens",
    "stop": "textos de fin",
    "attempts": "intentos",
    "penalty_alpha": "alfa",
    "num_beams": "beams",
    "length_penalty": "longitud",
    "early_stopping": "parada",
    "num_beam_groups": "grupos",
    **{field: words.name for field, words in FILTERS.items()},
}
"""Short Spanish name of every setting (≤ 14 characters)."""

LINE_NAMES: Mapping[str, str] = {
    **FIELD_NAMES,
    **{field: words.in_line for field, words in FILTERS.items() if words.in_line},
}
"""Their names in the line under a reply."""

FEMININE = frozenset(
    {
        "strategy",
        "penalty_alpha",
        "length_penalty",
        "early_stopping",
        *(field for field, words in FILTERS.items() if words.is_feminine),
    }
)
PLURAL = frozenset({"max_new_tokens", "attempts", "num_beams", "num_beam_groups", "stop"})

STRATEGY_NAMES: Mapping[str, str] = {
    "greedy": "greedy",
    "sample": "muestreo",
    "beam": "haces",
    "sample_and_rank": "mejor de varios",
    "beam_sample": "haces con dado",
    "contrastive": "contrastiva",
    "diverse_beam": "haces diversos",
}
"""The one name of each strategy, in every text, chart, table and file."""
STRATEGY_SYNONYMS: Mapping[str, str] = {
    "voraz": "greedy",
    "codiciosa": "greedy",
    "beam search": "beam",
    "busqueda por haces": "beam",
    "muestreo y orden": "sample_and_rank",
    "beams con dado": "beam_sample",
    "busqueda contrastiva": "contrastive",
    "beams diversos": "diverse_beam",
}
"""Other Spanish names, lower case and without accents, that an admin may write."""
STRATEGY_CHOICES: Mapping[str, str] = {
    "greedy": "greedy · siempre la más probable",
    "sample": "muestreo · se tira un dado",
    "beam": "haces (beam search) · varias frases a la vez",
    "sample_and_rank": "mejor de varios · escribe varios y se queda con el más probable",
    "beam_sample": "haces con dado · varias frases a la vez, a suerte",
    "contrastive": "contrastiva · lo probable que menos se parece a lo anterior",
    "diverse_beam": "haces diversos · grupos de frases que no se copian",
}
EARLY_STOPPING_NAMES: Mapping[bool | str, str] = {
    False: "heurística",
    True: "temprana",
    "never": "completa",
}
EARLY_STOPPING_CHOICES: Mapping[str, str] = {
    "false": "heurística · para cuando mejorar es improbable",
    "true": "temprana · en cuanto hay bastantes frases",
    "never": "completa · hasta que nada pueda mejorar",
}

EARLY_STOPPING_LINES: Mapping[bool | str, str] = {
    True: "parada temprana",
    "never": "parada completa",
}
SWITCH_NAMES: Mapping[bool, str] = {True: "sí", False: "no"}
SWITCH_CHOICES: Mapping[str, str] = {"true": "sí", "false": "no"}
STYLE_LESSON = "{style}: {settings}"
STYLE_WITH = "con {settings}"
STYLE_WITHOUT = "sin {name}"
STYLE_MANY = "{style}, con {count} ajustes cambiados"
NO_STOP = "ninguno"
STOP_LINE = "{count} textos de fin"
STOP_LINE_ONE = "1 texto de fin"
RANKED_LINE = "mejor de {count}"
BEAMS_LINES: Mapping[str, str] = {
    "beam": "haces de {beams}",
    "beam_sample": "{beams} haces con dado",
    "diverse_beam": "{beams} haces diversos en {groups} grupos",
}

OPTION_STYLE = "Cómo de loco; lo que pongas abajo manda sobre él"
OPTION_MODEL = "Con qué modelo (mira /modelos)"
OPTION_STRATEGY = "Cómo se elige cada palabra"
OPTION_TEMPERATURE = "0 a 5: baja es fiel, alta es loca. Implica muestreo"
OPTION_TOP_K = "Solo las k más probables; 0 = sin corte. Implica muestreo"
OPTION_TOP_P = "Las más probables hasta sumar p (0 a 1). Implica muestreo"
OPTION_BEAMS = "1 a 8 frases a la vez. Más de 1 implica haces (beam search)"
OPTION_NO_REPEAT = "Ningún grupo de n palabras o trozos sale dos veces; 0 = sin límite"
OPTION_TOKENS = "Cuántos trozos de palabra escribe como mucho"
OPTION_ATTEMPTS = "1 a 10 textos distintos, para elegir"

TEMPERATURES: Mapping[str, str] = {
    "0": "greedy: siempre la más probable",
    "0,3": "la de Preciso",
    "0,5": "la de Equilibrado",
    "0,75": "la del cuaderno",
    "0,8": "la de Creativo",
    "1": "tal como salió del modelo",
    "1,2": "muy creativa",
    "1,5": "la de Loco",
    "2": "delira, la otra del cuaderno",
}
TOP_PS: Mapping[str, str] = {
    "0,5": "solo lo muy probable, el del cuaderno",
    "0,8": "prudente",
    "0,9": "el de Equilibrado",
    "0,95": "el de Creativo",
    "0,99": "quita solo la cola",
    "1": "sin corte",
}
PROPOSAL = "{value} · {why}"
YOUR_VALUE = "{value} · lo que has escrito"
REMOTE_MODEL = "{name} · fuera de aquí: tu texto se envía a {host}"
DEFAULT_MODEL = "{name} · el de por defecto"

BETWEEN = "un número entre {low} y {high}"
BETWEEN_INTEGERS = "un número entero entre {low} y {high}"
INTEGER_FROM = "un número entero, {low} o más"
ABOVE_UP_TO = "un número mayor que {low} y como mucho {high}"
FROM_BELOW = "un número desde {low} y menor que {high}"
OUT_OF_RANGE = "«{name}» tiene que ser {allowed}; has escrito «{typed}»."
TRY_AGAIN = " Cámbialo y prueba otra vez."
UNKNOWN_STYLE = "No conozco el estilo «{typed}». Hay: {names}."
UNKNOWN_MODEL = "No tengo ningún modelo llamado «{typed}». Aquí hay: {names}. Míralos con /modelos."

MODEL_GONE = "El modelo «{name}» de los ajustes ya no está aquí; uso el de por defecto."
TEMPERATURE_ZERO = "Temperatura 0 es greedy: siempre sale la palabra más probable."
BEAMS_UNSAID = "No has dicho cuántos haces: uso {value}."
SAMPLES_UNSAID = "No has dicho cuántos intentos: escribo {value} y los ordeno."
CANDIDATES_UNSAID = "No has dicho cuántas candidatas: top-k {value}."
ALPHA_UNSAID = "No has dicho cuánto pesa el parecido: alfa {value}."
GROUP_ATTEMPTS_UNSAID = "No has dicho cuántos intentos: te doy {value}, tantos como grupos."
EQUAL_GROUPS = "{beams} haces no se reparten en {asked} grupos iguales: hago {possible}."
ONE_ATTEMPT = "En {strategy} todos los intentos saldrían iguales: hago uno."
BEAM_ATTEMPTS = "Con {beams} haces hay como mucho {beams} intentos: te doy {beams}."
SENTENCE_LOWERED = "Aquí hay como mucho {limit} tokens de más para acabar la frase: te doy {limit}."
SINGLE_BEAM = "Con un solo haz, haces (beam search) es greedy."
SINGLE_GROUP = "Con 1 grupo, haces diversos es lo mismo que haces (beam search)."
SINGLE_DRAWN_BEAM = "Con 1 haz, haces con dado es muestreo."
NO_DIE = "Con temperatura 0 el dado no cuenta: es haces (beam search)."
NO_CONTRAST = "Sin alfa, o con menos de 2 candidatas (top-k), la contrastiva es greedy."
OTHER_STRATEGY: Mapping[tuple[str, str], tuple[str, str]] = {
    ("sample", "greedy"): ("temperature", TEMPERATURE_ZERO),
    ("sample_and_rank", "greedy"): ("temperature", TEMPERATURE_ZERO),
    ("beam", "greedy"): ("num_beams", SINGLE_BEAM),
    ("beam_sample", "greedy"): ("temperature", TEMPERATURE_ZERO),
    ("beam_sample", "sample"): ("num_beams", SINGLE_DRAWN_BEAM),
    ("beam_sample", "beam"): ("temperature", NO_DIE),
    ("contrastive", "greedy"): ("penalty_alpha", NO_CONTRAST),
    ("diverse_beam", "greedy"): ("num_beams", SINGLE_BEAM),
    ("diverse_beam", "beam"): ("num_beam_groups", SINGLE_GROUP),
}
"""Strategy named, strategy meant → the setting that makes the difference, and what is said."""


def without_effect(strategy: str, names: tuple[str, ...]) -> str:
    """Say which settings of the call do nothing: «En greedy la temperatura no cuenta; …»."""
    subject = joined(tuple(f"{_article(name)} {FIELD_NAMES[name]}" for name in names))
    is_plural = len(names) > 1 or names[0] in PLURAL
    verb = "no cuentan" if is_plural else "no cuenta"
    pronoun = "la" if all(name in FEMININE for name in names) else "lo"
    pronoun += "s" if is_plural else ""
    return f"En {STRATEGY_NAMES[strategy]} {subject} {verb}; {pronoun} he ignorado."


def _article(name: str) -> str:
    if name in PLURAL:
        return "los"
    return "la" if name in FEMININE else "el"


def joined(parts: tuple[str, ...]) -> str:
    """List some parts: «a, b y c»."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} y {parts[-1]}"
