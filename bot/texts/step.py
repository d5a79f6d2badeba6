"""What is said of a step wherever it is explained: its sentence, its table, its footer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.texts import filters

TITLE_ATTEMPT = " · intento {attempt} de {attempts}"

RAW = "El modelo le daba un **{raw}** crudo ({rank}.ª de {vocabulary})."
RAW_ALONE = "El modelo le daba un **{raw}** ({rank}.ª de {vocabulary})."
UNFILTERED = "Ningún ajuste lo cambió."
RESHAPED_BY = "Con {names}"
BANNED_ONE = "{names} quitó {count}"
BANNED_MANY = "{names} quitaron {count}"
KEPT_ONE = "{names} dejó {kept}"
KEPT_MANY = "{names} dejaron {kept}"
UNCUT_ONE = "{names} no quitó ninguna candidata"
UNCUT_MANY = "{names} no quitaron ninguna candidata"
CANDIDATE = "1 candidata"
CANDIDATE_LEFT = "una sola candidata"
CANDIDATES = "{count} candidatas"
ROSE = "su probabilidad subió al **{final}** final"
FELL = "su probabilidad bajó al **{final}** final"
STAYED = "su probabilidad se quedó en el **{final}** final"
AND = " y "

TIMES = "{count} de cada {times}"
ALWAYS = "siempre"
NEARLY_ALWAYS = "casi siempre"
NEVER = "nunca"
RARELY = "menos de 1 de cada 1000"

EXPECTED = "esperada"
SURPRISING = "sorpresa"
YOU_ARE_HERE = "estás aquí"

DIE = "El dado sacó {u}: su tramo era {low}–{high}."
GREEDY_FIRST = "Greedy no tira dados: toma siempre la más probable, y era esta."
GREEDY_LEFT = "Greedy no tira dados: toma siempre la más probable tras los ajustes, y era esta."
CONTRAST = (
    "Contrastiva: ganó entre {count} candidatas con {score} puntos, {share} de su "
    "confianza ({confidence}) menos {alpha} de su parecido con lo anterior ({penalty})."
)
BEAM = (
    "Con haces (beam search) no se elige token a token: se comparan {beams} textos enteros y aquí "
    "ves el que {place}."
)
BEAM_GROUPS = (
    "Con haces diversos no se elige token a token: se comparan {beams} textos enteros, en {groups} "
    "grupos, y aquí ves el que {place}."
)
BEAM_SAMPLE = (
    "Aquí el dado no elige token a token: sortea cómo siguen {beams} textos enteros, y ves el que "
    "{place}."
)
BEAM_WINNER = "ganó"
BEAM_OTHER = "quedó {place}.º"
BEAM_RANK = "En este paso iba {rank}.º de {kept}."

DOUBT = "-# Duda: {bits} bits, como elegir a ciegas entre {choices}"
DOUBT_FINAL = "; tras los ajustes, {bits} bits"
SURPRISE = "sorpresa\u00a0{bits}\u00a0bits"


STAGES: Mapping[str, str] = MappingProxyType(
    {name: words.in_sentence or words.label for name, words in filters.STAGES.items()}
)

LOWER_CASE_NAMES = tuple(words.name for words in filters.FILTERS.values() if "-" in words.name)
"""Names that keep their small letter at the start of a sentence."""

COLUMN_TOKEN = "token"
COLUMN_ALONE = "prob."
COLUMN_RAW = "crudo"
COLUMN_FINAL = "final"
CHOSEN_MARK = "◀"
REMOVED_MARK = "✂"
MORE = "· {count} más"
REMOVED = "✂ {count}"

REVISION = "@{revision}"
SEED = "semilla {seed}"
SOURCE = "-# Del original: «{source}»"
SOURCE_CUT_ONE = "-# El original no cabía: leyó todo menos el último token."
SOURCE_CUT = "-# El original no cabía: leyó todo menos los {count} últimos tokens."
TRUNCATED_ONE = "-# El texto no cabía: el modelo no vio el primer token."
TRUNCATED = "-# El texto no cabía: el modelo no vio los primeros {count} tokens."
ENDS: Mapping[str, str] = MappingProxyType(
    {
        "cancelled": "-# Se detuvo antes de acabar.",
        "deadline": "-# Se acabó el tiempo; esto es lo que dio tiempo a escribir.",
        "context": "-# El modelo llegó al final de su memoria.",
        "no_token_left": "-# Los ajustes no dejaron más palabras.",
    }
)

ELSEWHERE = (
    "Ese texto lo escribió un modelo de fuera de aquí, en {host}, que no enseña eso. Para verlo, "
    "repite el texto con un modelo de esta máquina (/modelos)."
)
NO_STEPS_ELSEWHERE = (
    "El servidor que escribió ese texto no dio sus probabilidades, y no puedo explicarlo. Repítelo "
    "con un modelo de esta máquina (/modelos)."
)
NO_STEPS = (
    "De ese texto no guardo los pasos y no puedo explicarlo. Usa /explicar con el mismo texto."
)
