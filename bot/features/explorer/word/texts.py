"""What «¿Por qué no X?» says."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OPTION = "¿Por qué no salió esta palabra? O varias, separadas por comas, y las compara"
BUTTON = "¿Y mi palabra?"
FORM_TITLE = "¿Por qué no salió tu palabra?"
FORM_LABEL = "Tu palabra en el paso {step} de {steps}"
FORM_HINT = "O varias, separadas por comas: las comparo entre sí."
FORM_EXAMPLE = "unicornio"

RAW = "un **{raw}** crudo ({rank}.ª de {vocabulary})"
CHOSEN = "Sí salió: es lo que el modelo escribió en este paso. Tenía {raw} y un **{final}** final."
LOST_DRAW = (
    "Podía salir: tenía {raw} y un **{final}** final. El dado sacó {u} y su tramo era "
    "{low}–{high}: tocó «{winner}»."
)
LOST_DRAW_ALONE = (
    "Podía salir: tenía {raw} y un **{final}** final, pero el dado cayó en el tramo de «{winner}»."
)
GREEDY_FIRST = (
    "Greedy no tira dados: toma siempre la más probable, y era «{winner}» (**{best}** crudo). "
    "La tuya tenía {raw}."
)
GREEDY_FIRST_FINAL = (
    "Greedy no tira dados: toma siempre la más probable tras los ajustes, y era «{winner}» "
    "(**{best}** final). La tuya tenía {raw} y un **{final}** final."
)
FILTER = "La quitó {name}{why}{kept}. El modelo le daba {raw}; tras el corte, un **0 %** final."
KEPT = ": aquí quedaron {count}"
KEPT_ONE = ": aquí quedó una sola"
VANISHED = (
    "Los ajustes hicieron su probabilidad tan pequeña que cuenta como cero. El modelo le daba {raw}"
    "; final, un **0 %**."
)
NGRAM = (
    "La quitó {name}: con ella se repetiría algo que ya está en el texto. El modelo le daba {raw}; "
    "tras la regla, un **0 %** final."
)
PENALISED = (
    "Ya está en el texto, y la {name} baja lo que se repite: de {raw} se quedó en un "
    "**{final}** final. Sin penalización habría entrado."
)
BEAM = (
    "Con haces (beam search) no se elige palabra a palabra: se comparan {beams} textos enteros. "
    "{fate} Tenía {raw}."
)
OUTWEIGHED = (
    "Estaba entre las candidatas, pero la contrastiva resta lo que cada una se parece a "
    "lo ya escrito, y ganó «{winner}». La tuya tenía {raw}."
)
BEAM_FATES: Mapping[str, str] = MappingProxyType(
    {
        "unknown": "El que seguía con la tuya puntuaba menos que los que quedaron.",
        "unseen": "El que seguía con la tuya no estuvo ni entre los mejores candidatos.",
        "pruned": "El que seguía con la tuya se miró, pero se podó en este mismo paso.",
        "kept": "El que seguía con la tuya pasó este paso, pero perdió más adelante.",
        "finished": "El que seguía con la tuya llegó a su fin, pero otro puntuó más.",
    }
)

SEVERAL = (
    "Son {count} tokens, que tienen que salir uno detrás de otro: en total, un **{raw}** crudo."
)
WRITTEN = "Sí salió: son {count} tokens, del paso {first} al {last}."
CUT_SHORT = "El texto acabó antes de que saliera entera."
OTHER_PATH = "Nada la quitaba, pero el texto que ganó siguió por otro camino."
OBSTACLE = "Se quedó fuera en el {place}.º, «{token}». {reason}"
TOKEN = "-# {place}. «{token}» · {raw} crudo ({rank}.ª) · {final} final · {fate}"
MORE_TOKENS = "-# … y {count} tokens más"
TOKEN_FATES: Mapping[str, str] = MappingProxyType(
    {
        "chosen": "saldría",
        "lost_draw": "podía salir",
        "greedy_first": "no es la primera",
        "forced": "✂ hay otra forzada",
        "ngram": "✂ se repite",
        "beam_pruned": "podada",
        "outweighed": "pesó menos",
        "penalised": "penalizada",
        "filter": "✂ {name}",
    }
)
CAME_OUT = "salió"
VANISHED_SHORT = "✂ casi cero"
OTHER_SPELLING = "-# Escrita sin espacio delante («{word}»): {raw} crudo."
OTHER_SPELLING_SPACED = "-# Escrita con espacio delante («{word}»): {raw} crudo."

WITH = "Con {setting}"
SETTING = "{name} {value}"
LETS_IN = "{change} entraría con un **{final}** final: saldría {often}."
LETS_IN_SEVERAL = "{change} podría salir entera: {often}."
LETS_IN_ALWAYS = "{change} saldría siempre."
LETS_IN_BEAM = (
    "{change} volvería a competir; si gana lo decide la puntuación del texto entero, no un dado."
)
NOTHING_HELPS = "Ningún ajuste la deja entrar si solo cambias uno."
OTHER_SEED = "Con otra semilla saldría {often}."
OFTEN = "unas {count} de cada {times} veces"
OFTEN_ONCE = "más o menos una de cada {times} veces"
ALMOST_ALWAYS = "casi siempre"
ALMOST_NEVER = "menos de una vez por millón"

TRY = "Probar {setting}"
FORCE = "Escribirla y seguir"
FORCE_ONE = "Escribir una y seguir…"
NUMBERS = "Números"
BACK_TO_ANSWER = "Sin números"
OTHER_WORD = "Otra palabra"
COLUMNS = ("", "crudo", "entre sí")
LEGEND = "-# De varios trozos: lo de todos, uno tras otro. Entre sí: del crudo."
TOO_MANY = "Son demasiadas palabras: comparo hasta {count} a la vez."
TRIED = "Desde el paso {step} de antes: {setting}. Lo anterior y la semilla son los mismos."

EMPTY = "No has escrito ninguna palabra. Escribe una, por ejemplo «unicornio»."
TOO_LONG = (
    "Eso es demasiado largo: sigo palabras de hasta 16 tokens (trozos de palabra). "
    "Prueba con una sola palabra."
)
NO_ROOM = (
    "El texto ya llena la memoria del modelo y tu palabra no cabe. Prueba en un paso anterior."
)
NOT_KEPT_TRY = (
    "El texto de partida es el mensaje de otra persona y no lo guardo, así que no puedo escribirlo "
    "otra vez con otro ajuste. Usa /explicar con un texto tuyo."
)
NOT_KEPT = (
    "El texto de partida es el mensaje de otra persona y no lo guardo, así que no puedo volver a "
    "mirar este paso. Usa /explicar con un texto tuyo y la opción «palabra»."
)
