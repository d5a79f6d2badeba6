"""What `/transformar` says."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

COMMAND = "Convierte un texto en otro: pone tildes y puntuación, traduce o resume"
OPTION_TEXT = "El texto entero que quieres convertir"
OPTION_TASK = "Qué hacer con él, si el modelo sabe hacer varias cosas"
OPTION_SOURCE = "El idioma del texto, si el modelo lo pregunta"
OPTION_TARGET = "El idioma al que traducirlo, si el modelo deja elegirlo"
OPTION_MODEL = "Qué modelo lo hace; los de traducir y resumir están en /modelos"
OPTION_SEED = "Número de 0 a 4294967295: solo cuenta si hay muestreo"
OPTION_PRIVATE = "Que solo lo veas tú"

MENU = "Poner tildes a este mensaje"
NO_MESSAGE_TEXT = "Ese mensaje no tiene texto al que poner tildes."
NO_ACCENTS = (
    "Aquí no está `unicornio-tildes`, el modelo que pone tildes. Pide a quien administra el bot "
    "que lo añada a MODELS."
)

DONE_BY = "Convertido por {model}"
CUT = "cortado al llegar a {limit}: «Seguir» continúa"
NOT_STORED = "no guardo este texto"
CUT_UNKEPT = "cortado al llegar a {limit}"
TRUNCATED_ONE = "El texto no cabía en el modelo: el último token se quedó fuera."
TRUNCATED = "El texto no cabía en el modelo: los {count} últimos tokens se quedaron fuera."
REST = "Seguir con lo que falta"

FILE_NAME = "resultado.txt"
FILE_ALT = "El resultado entero"

UNCHANGED = "Sin cambios: ya estaba así."
CHANGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "accents": ("1 tilde", "{count} tildes"),
        "enyes": ("1 eñe", "{count} eñes"),
        "diaereses": ("1 diéresis", "{count} diéresis"),
        "capitals": ("1 mayúscula", "{count} mayúsculas"),
        "commas": ("1 coma", "{count} comas"),
        "stops": ("1 punto", "{count} puntos"),
        "questions": ("1 signo de pregunta", "{count} signos de pregunta"),
        "exclamations": ("1 signo de exclamación", "{count} signos de exclamación"),
        "signs": ("otro signo", "otros {count} signos"),
        "gone": ("1 signo menos", "{count} signos menos"),
        "words": ("1 palabra distinta", "{count} palabras distintas"),
    }
)
"""Kind of change → one of them, and more."""
MORE_WORDS = "y {count} más"

NO_MODEL = (
    "Aquí no hay ningún modelo que convierta un texto en otro. Pide a quien administra el bot que "
    "añada uno a MODELS: `unicornio-tildes` pone tildes; los de Marian, M2M100 y T5 traducen y "
    "resumen."
)
OWN_BEAMS = "Quien hizo {model} usa {beams} haces (beam search): pruébalo con `beams:{beams}`."
NO_TASK = "{model} solo sabe hacer una cosa: «tarea» no cuenta."
NO_LANGUAGES = "{model} no deja elegir idiomas: «de» y «a» no cuentan."
LANGUAGES_OF_TASK = "En {model} los idiomas van en la tarea: «de» y «a» no cuentan."
NEEDS_TARGET = (
    "{model} traduce a varios idiomas: di a cuál con «a» (por ejemplo, «a: inglés»), y con «de» el "
    "del texto, si no es español."
)
NEEDS_TASK = "{model} sabe hacer varias cosas: di cuál con «tarea» (por ejemplo, «{example}»)."
UNKNOWN_LANGUAGE = (
    "{model} no conoce el idioma «{typed}». Elige uno de la lista que sale al escribir."
)
NO_SOURCE = "{model} reconoce solo el idioma del texto: «de» no cuenta."
NO_TARGET = "No dijiste a qué idioma con «a»: {model} ha escrito en el que le ha salido."

TASK_TRANSLATION = "Traducir de {source} a {target}"
TASK_SUMMARY = "Resumir"
LANGUAGE = "{name} ({code})"
