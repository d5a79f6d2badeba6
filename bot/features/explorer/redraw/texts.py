"""What the page says that draws a step again with another temperature or other cuts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.texts.filters import FILTERS
from bot.texts.options import LINE_NAMES

OPEN = "¿Y con otra temperatura?"
OPEN_HINT = "El mismo dado con otra temperatura, top-k o top-p"
BACK_TO_STEP = "Volver"
RESTORE = "Volver a lo original"
WRITE = "Generar así"
PUBLISH = "Publicar"

TITLE = "### ¿Y con otra temperatura?"
CHART_TITLE = "Paso {step} de {steps} · {settings}"

MENUS: Mapping[str, str] = MappingProxyType(
    {
        "temperature": "Temperatura: {value}",
        "top_k": "top-k: {value}",
        "top_p": "top-p: {value}",
    }
)
OWN_VALUE = "{value} (la suya)"
OWN_VALUE_MASCULINE = "{value} (el suyo)"
OWN_UNUSED = "sin usar aquí"
NO_CUT = "sin corte"
TOP_KS: Mapping[float, str] = MappingProxyType(
    {
        0: "todas pueden salir",
        1: "solo la más probable: no hay nada que sortear",
        2: "la primera o la segunda",
        5: "muy pocas",
        10: "pocas",
        20: "prudente",
        50: "el que transformers pone sin decirlo",
        100: "abierto",
        200: "el del cuaderno",
        1000: "quita solo la cola",
    }
)

CHANGES: Mapping[str, str] = MappingProxyType(
    {field: f"{LINE_NAMES[field]} {{value}}" for field in MENUS}
)
DRAWN = "muestreo"
WITH = "Con {settings}"
OFF: Mapping[str, str] = MappingProxyType(
    {field: f"sin {FILTERS[field].name}" for field in ("top_k", "top_p")}
)
"""How the value is said that switches a cut off."""

ROLLED = "El dado sacó **{u}** y salió «{token}» (su tramo: {low}–{high})."
CHOOSE = "Elige abajo otra temperatura u otro corte: el dado es el mismo."
WOULD_ROLL = "{change} habría salido «{token}» (su tramo: {low}–{high})."
WOULD_ROLL_SAME = "{change} habría salido lo mismo, «{token}», aunque su tramo sería {low}–{high}."
WOULD_ROLL_ALIKE = "{change} habría salido lo mismo: el reparto de este paso no cambia."
WOULD_TAKE = (
    "{change} no hay dado: greedy toma siempre la más probable, «{token}». "
    "Tampoco usa cortes: lo de «ahora» es el reparto sin ellos."
)
NO_DIE: Mapping[str, str] = MappingProxyType(
    {
        "greedy": "Este texto no tiró dados: greedy toma siempre la más probable, y era «{token}».",
        "beam": (
            "Este texto no tiró dados: con haces (beam search) se comparan textos enteros, y el "
            "que ves sigue con «{token}»."
        ),
        "beam_sample": (
            "Aquí el dado no elige token a token: sortea cómo siguen los haces, y el texto que "
            "ves sigue con «{token}»."
        ),
        "contrastive": (
            "Este texto no tiró dados: la contrastiva compara candidatas, y ganó «{token}»."
        ),
    }
)
NO_DIE_OTHER = "Este texto no tiró dados token a token; en este paso salió «{token}»."
CHOOSE_DRAWN = "Elige abajo una temperatura o un corte y te digo qué habría salido con muestreo."
CHOOSE_SHARES = "Elige abajo otra temperatura u otro corte y verás cómo cambia el reparto."
IF_ROLLED = (
    "{change}, el dado de su semilla sacaría **{u}**: saldría «{token}» (su tramo: {low}–{high})."
)
SHARES_ONLY = "{change}, este es el reparto del que saldría cada continuación."
UNCHANGED = " El reparto de este paso no cambia."
LEFT = "-# Podían salir {before}; ahora, {now}."
LEFT_NOW = "-# Podían salir {now}."
LEFT_ONE = "-# Solo podía salir 1."

CHART_BARS = "Probabilidad final"
CHART_BEFORE = "antes"
CHART_REMOVED = "✂ fuera"
CHART_CUTS = "Corta: {cuts}"
CHART_CAME_OUT = "salió"
CHART_WOULD_COME_OUT = "saldría"
CHART_DIE = "El dado: {u}"
CHART_SAME_DIE = "El mismo dado: {u}"
CHART_STRIP = "{settings}: {token}"
CHART_STRIP_BEFORE = "antes"
CHART_STRIP_NOW = "ahora"
CUT_LABEL = "{name} → {rank}.ª"

ALT = "{title}. Barras y dado:"
ALT_CAME_OUT = "salió «{token}»"
ALT_WOULD_COME_OUT = "saldría «{token}»"
ALT_DIE = "dado {u}"
ALT_TOKEN = "«{token}» {now} (antes {before})"
ALT_TOKEN_OWN = "«{token}» {now}"

NOT_KEPT_WRITE = (
    "El texto de partida es el mensaje de otra persona y no lo guardo, así que no puedo escribirlo "
    "otra vez con otros ajustes. Usa /explicar con un texto tuyo."
)
NOT_KEPT = (
    "El texto de partida es el mensaje de otra persona y no lo guardo, así que no puedo volver a "
    "calcular este paso. Usa /explicar con un texto tuyo."
)
