"""What `/rellenar` says."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.filling import FillOrder

COMMAND = "Rellena los huecos de un texto con un modelo que lee los dos lados"
OPTION_TEXT = "El texto, con ___ donde falte cada palabra"
OPTION_CANDIDATES = "Cuántas palabras se ven en cada hueco, de 1 a 10 (5 si no dices nada)"
OPTION_PRIVATE = "Que solo lo veas tú (así es si no dices nada)"

BLANK = "No me has dado ningún texto. Escribe una frase con un hueco: «{example}»"
NO_GAP = (
    "Ahí no hay ningún hueco. Pon `___` donde falte la palabra (también valen `[MASK]` y "
    "`<mask>`): «{example}»"
)
EXAMPLE = "Me gusta el café con ___ y un poco de azúcar."
TRY_EXAMPLE = "Probar el ejemplo"

FITS = "### En el hueco cabe «{word}» ({often})"
FITS_SURELY = "### En el hueco va «{word}»: {often}"
FITS_POORLY = "### En el hueco caben muchas: «{word}», {often}"
FITS_OF = "### Hueco {number} de {count}: «{word}»"
NOTHING_FITS = "### En el hueco no cabe ninguna palabra que se pueda escribir"
HIDDEN_SAME = "Con lo de la derecha tapado también habría dicho {word} ({often})."
HIDDEN_OTHER = (
    "Con lo de la derecha tapado habría dicho {word} ({often}); {chosen} sería la {rank}.ª."
)
NO_RIGHT = (
    "A la derecha no hay nada que tapar: escribe algo detrás del hueco y verás qué cambia al leer "
    "los dos lados."
)
BANNED = "La lista de palabras vetadas de este servidor quitó un {share} de lo que cabía."
CONTROL_TOKENS = "El modelo lee {names} como una orden suya, no como texto."

FOOTER = "{model} · {audience}"
ORDERED_FIRST = "Orden: {order}. Este hueco se rellenó el primero."
ORDERED = "Orden: {order}. Este hueco se rellenó el {turn}.º, con los anteriores ya puestos."
ORDER_NAMES: Mapping[FillOrder, str] = MappingProxyType(
    {
        "independent": "Independientes",
        "left_to_right": "De izquierda a derecha",
        "most_certain": "Primero el más seguro",
    }
)
ORDER_HINTS: Mapping[FillOrder, str] = MappingProxyType(
    {
        "independent": "Cada hueco sin saber con qué se llenan los demás",
        "left_to_right": "Cada hueco lee lo que se puso en los anteriores",
        "most_certain": "Rellena el que tiene más claro y vuelve a leer",
    }
)
MORE_MENU = "Más…"
COMPARE = "Comparar con {model}"
PUBLISH_HINT = "Pone una copia en el canal, para todos"
COMPARE_HINT = "En qué coinciden, cuánto ocupan y cuánto tardan"
NUMBERS = "Números"
BACK = "Volver"
BEFORE, AFTER = "◀", "▶"

NUMBERS_TITLE = "### Números del hueco"
NUMBERS_TITLE_OF = "### Números del hueco {number} de {count}"
ENTROPY = (
    "Entropía: **{bits} bits** con los dos lados, **{hidden} bits** con lo de la derecha tapado."
)
ENTROPY_ALONE = "Entropía: **{bits} bits**. A la derecha no hay nada que tapar."
BOTH_HEADER = ("dos lados", "crudo", "tap.")
HIDDEN_HEADER = ("tapado", "crudo", "dos")
ALONE_HEADER = ("", "crudo")
RANK = "{rank}.ª"
LEGEND = (
    "«crudo»: la probabilidad del modelo, sin filtros. Al lado, el puesto de esa palabra con lo de "
    "la derecha tapado («tap.») o con los dos lados («dos»). «…» sigue la palabra de antes."
)
LEGEND_ALONE = "«crudo»: la probabilidad del modelo, sin filtros."
HIDDEN_MEANS = (
    "Tapado: el mismo texto, acabado en el hueco{end}. Es lo que sabría quien lee de izquierda a "
    "derecha, aunque a este modelo no lo entrenaron para leer así."
)
HIDDEN_END = " y con su token de fin"
HIDDEN_OPEN = (
    "Como detrás no hay nada que acabe la palabra, una pieza puede ser solo su principio: «ca», de "
    "«caballo»."
)
TOKENS = "{tokens} de los {limit} que le caben: {listed}"
PSEUDO = (
    "Pseudo-log-verosimilitud del texto relleno: **{value}** nats. Tapa cada token por turno y "
    "suma; no es la probabilidad del texto, que un codificador no da."
)

COMPARE_ALL = "### {first} y {second} coinciden en los {count} huecos"
COMPARE_ONE = "### {first} y {second} dicen lo mismo"
COMPARE_ONE_NOT = "### {first} y {second} no dicen lo mismo"
COMPARE_SOME = "### {first} y {second} coinciden en {same} de {count} huecos"
COMPARE_MODEL = "**{model}**: {facts}"
PARAMETERS_MILLIONS = "{count} millones de parámetros"
PARAMETERS = "{count} parámetros"
TIME = "{time} esta vez"
COMPARE_GAP = "Hueco {number}: {first} · {second}"
COMPARE_GAP_ONE = "{first} · {second}"
COMPARE_CHOICE = "{word} ({often})"
COMPARE_SHARED = "De las {count} primeras de cada uno comparten {shared}."
COMPARE_MORE = "… y {count} huecos más."
NOTHING = "nada"

ATTENTION = "Atención"
LOOKS_TITLE = "### «{word}» mira a los dos lados"
LOOKS_TITLE_AT_AN_END = "### A quién mira «{word}»"
LOOKS_SHARES = (
    "De lo que mira de la frase, está a su izquierda el **{left}** y a su derecha el **{right}**; "
    "lo demás es ella misma. Ninguna máscara le tapa nada."
)
LOOKS_BOTH = "Cada palabra mira a todas: ninguna máscara le tapa nada."
LOOKS_MEAN = "Media de todas las capas y cabezas, con los huecos ya llenos."
LOOKS_PART = "De las {count} palabras se leen las {read} de alrededor."
LOOKS_ALT = "A quién mira cada palabra. «{word}», sobre todo a:"
LOOKS_NAME = "atencion.png"
CHART_NAME = "huecos.png"
CHART_BOTH = "con los dos lados"
CHART_HIDDEN = "con la derecha tapada"
CHART_RAW = "crudo"
CHART_RANK = " · {rank}.ª"
ALT = "{text} Con los dos lados: {both}."
ALT_HIDDEN = "{text} Con los dos lados: {both}. Con la derecha tapada: {hidden}."
ALT_BAR = "{word} {share}"
BLANK_GAP = "___"
