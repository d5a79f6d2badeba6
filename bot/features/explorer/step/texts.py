"""What the explorer's first page says: the verdict, its sentence, its picture."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EXPLAIN = "Explicar"

END_OF_TEXT = "fin del texto"
BLANKS: Mapping[str, str] = MappingProxyType(
    {
        "": "espacio",
        "\n": "salto de línea",
        "\r\n": "salto de línea",
        "\n\n": "línea en blanco",
        "\t": "tabulador",
    }
)
"""Names of tokens that leave no mark."""

HEADING = "### {verdict}"
FORCED = "«{word}» ya estaba decidida"
FORCED_BY_MODEL = "«{word}»: forzado"
GIVEN = "«{word}» la puso una persona"
GIVEN_OWN = "«{word}» la pusiste tú"
SURE = "No había otra que «{word}»"
TOGETHER = "«{word}»: la eligió el conjunto"
CONTRAST = "«{word}» ganó por no repetirse"
FILTER_REMOVED = "«{word}» ganó porque un filtro quitó a la favorita"
FILTER_LOWERED = "«{word}» ganó porque un ajuste bajó a la favorita"
TIE = "Casi un empate entre «{first}» {and_} «{second}»"
FAVOURITE = "«{word}» era la favorita"
LUCK = "«{word}» salió por suerte"
AND, AND_BEFORE_I = "y", "e"

SAY_FORCED = "No la eligieron ni el dado ni el orden: venía dada. {alone}"
SAY_FORCED_FIRST = (
    "No la eligieron ni el dado ni el orden: este modelo empieza siempre por ahí. Los que traducen "
    "dicen así en qué idioma escriben. Por sí sola tenía {often}."
)
SAY_FORCED_LAST = (
    "No la eligieron ni el dado ni el orden: se acabó el sitio, y este modelo cierra ahí el texto. "
    "Por sí sola tenía {often}."
)
SAY_GIVEN = "No salió del dado: alguien la cambió. {alone}"
SAY_GIVEN_OWN = "No salió del dado: la cambiaste tú. {alone}"
COMES, HAD = "sale {often}", "tenía {often}"
ALONE = "Por sí sola saldría {often}."
ALONE_NEVER = "Con estos ajustes no podía salir."
SAY_SURE = "El modelo estaba seguro: {word} {comes}."
SAY_ONLY_ONE = "{names} no dejó ninguna otra: {word} sale siempre."
SAY_SURE_AFTER = "Con estos ajustes, {word} {comes}."
SAY_TOGETHER = "Con haces (beam search) se comparan {beams} textos enteros, y este {place}."
SAY_TOGETHER_GROUPS = (
    "Con haces diversos (diverse beam search) se comparan {beams} textos enteros en {groups} "
    "grupos, y este {place}."
)
SAY_TOGETHER_DRAWN = (
    "Con haces (beam search) y dado se sortea cómo siguen {beams} textos enteros, y este {place}."
)
PLACE_WON = "ganó"
PLACE_OTHER = "quedó {place}.º"
HERE_FIRST = "Aquí {word} era la favorita."
HERE_NOT_FIRST = "Aquí la favorita era {first}."
SAY_CONTRAST = (
    "La favorita era {first}, pero se parecía más a lo ya escrito: la contrastiva resta eso."
)
SAY_FILTER_REMOVED = "La favorita era {favourite}, pero la {verb} {names}."
SAY_FILTER_BANNED = "La favorita era una palabra que este servidor no permite."
SAY_FILTER_LOWERED = "La favorita era {favourite}, pero la {verb} {names}."
REMOVED_IT = "quitó"
LOWERED_IT, LOWERED_IT_MANY = "bajó", "bajaron"
OF_THE_LEFT = "De las que quedaban, {word} era la primera: {comes}."
SAY_TIE = "{first} {comes} y {second}, {often_second}."
SAY_FAVOURITE = "El modelo la prefería: {comes}."
NEXT_ONE = "La siguiente, {rival}, {often}."
SAY_LUCK = "El modelo prefería {first} ({often_first}). {word} sale {often}, y el dado cayó ahí."
ALSO_REMOVED = "A su favorita, {favourite}, la {verb} {names}."
BY_DIE = "El dado eligió."
BY_ORDER = "Greedy toma siempre la primera."

PIECE_OF = "Es el primer trozo de {word}."
PIECE_LATER = "Es el trozo {place} de {count} de {word}."
SURPRISE_LATER = "La sorpresa viene en {piece}: pulsa ▶."

FINAL = "probabilidad final"
AMONG_THEM = "entre tus palabras"
ASKED = "¿{word}?"
REMOVED = "✂ fuera"
MORE = "y {count} más"
MORE_ALONE = "y 1 más"
OUT = "{count} se quedaron fuera{cuts}"
OUT_ALONE = "1 se quedó fuera{cuts}"
CUTS = " ({cuts})"

ALT_TEXT = "{verdict}. El texto: «{text}». Probabilidad final: {bars}"
ALT_BAR = "{word} {final}"
ALT_CHOSEN = "{word} {final} (elegida)"
ALT_ASKED = "¿{word}? {final}"
ALT_REMOVED = "fuera"
ALT_SHARE = "¿{word}? {share} entre tus palabras"
