"""What the tree of a beam search says: «Árbol de haces»."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TREE = "Árbol de haces"
HINT = "Los textos que se compararon en este paso"
FILE = "CSV del árbol"
NO_TREE = (
    "De ese texto no guardo el árbol. Usa /explicar con `beams` de 2 a 8 y el mismo texto para "
    "verlo."
)

TITLE = "### Árbol de haces · paso {step} de {steps}"
WHAT = (
    "Los haces (beam search) son **{beams}** textos: suman {unit} de cada token y siguen los "
    "**{beams}** mejores."
)
WHAT_GROUPS = (
    "Los haces (beam search) van en **{groups}** grupos (g1…): cada uno suma {unit} y guarda "
    "**{beams}**."
)
LOGPROB = "la log-prob"
POINTS = "los puntos"
COMPARED = "Aquí comparó {count}: {fates}."
COMPARED_ONE = "Aquí solo había una continuación: {fates}."
FATES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "kept": ("1 sigue", "{count} siguen"),
        "finished": ("1 termina", "{count} terminan"),
        "pruned": ("1 se poda", "{count} se podan"),
    }
)
STANDING = "El camino ◀ iba **{rank}.º de {alive}**."
ENDED = "El camino marcado con ◀ ya había terminado en el paso {step}."
SCORE = "-# Puntuación = suma ÷ {length}."
SCORE_UNDIVIDED = "-# Puntuación = suma, porque el ajuste de longitud es 0."
POWER = "{count} tokens elevado a {power}"
PENALISED = "-# Puntos: log-prob con penalización {value}."
DIVERSIFIED = (
    "-# Puntos: log-prob menos {value} por cada haz de un grupo anterior con el mismo token."
)
GROUP = "g{group}"
GROUP_LABEL = "g{group} {label}"

STEP_ON_PATH = "{step} · {token} ◀"
STEP = "{step} · {fates}"

TABLE_HEAD = "token"
TABLE_SCORE = "puntuación"
CHOSEN_MARK = "◀"
FINISHED_MARK = "■"
TABLE_FINISHED = "■ fin"
REMOVED_MARK = "✂"
PLACE = "{place}.º"
MORE_ALIVE = "· {count} más, hasta {total}"
MORE_ALIVE_ONE = "· 1 más, {total}"
MORE_PRUNED = "✂ {count} más, hasta {total}"
MORE_PRUNED_ONE = "✂ 1 más, {total}"

CHART_TITLE = "Árbol de haces · pasos {first}–{last} de {steps}"
CHART_TITLE_ONE = "Árbol de haces · paso {first} de {steps}"
CHART_STEP = "Paso {step}"
CHART_PATH = "el camino de este texto"
CHART_KEPT = "sigue"
CHART_FINISHED = "termina (1.º gana)"
CHART_PRUNED = "podada"
CHART_HIDDEN = "y {count} más"
CHART_NUMBERS = "En cada caja: log-prob sumada"
CHART_NUMBERS_POINTS = "En cada caja: puntos sumados"

ALT = "{title}."
ALT_PATH = "Camino ◀: {tokens}, suma {total}"
ALT_NO_PATH = "El camino ◀ terminó antes"
ALT_TOKEN = "«{token}»"
ALT_COLUMN = "paso {step}: {fates}"

CSV_CONTENT = "El árbol entero: todas las continuaciones que se compararon."
CSV_NAME = "arbol.csv"
CSV_NODE = "Nodo"
CSV_PARENT = "Padre"
CSV_STEP = "Paso"
CSV_TOKEN = "Token"
CSV_ID = "Id del token"
CSV_LOGPROB = "Log-prob del token"
CSV_POINTS = "Puntos del token"
CSV_SUM = "Suma"
CSV_SCORE = "Puntuación"
CSV_FATE = "Destino"
CSV_PLACE = "Puesto"
CSV_TEXT = "Texto hasta aquí"
CSV_GROUP = "Grupo"
CSV_FATES: Mapping[str, str] = MappingProxyType(
    {"kept": "sigue", "finished": "termina", "pruned": "podada"}
)
