"""What the pages inside the model say: «Por dentro»."""

from __future__ import annotations

MENU = "Por dentro"
MENU_HINT = "Token, id, vector, atención y qué diría cada capa"
SUMMARY = "Resumen"
LENS = "Logit lens"
ATTENTION = "Atención"
VECTOR = "Vector"
PUBLISH = "Publicar"
OPEN = "Abrir por dentro"

TITLE = "### {page} · paso {step} de {steps}"
PAGES = (
    "Por dentro",
    "Logit lens",
    "Atención",
    "Vector",
    "Atención cruzada",
    "Atención del original",
)
"""Headings, in the order of the pages."""

SUMMARY_WHAT = (
    "El modelo no lee letras: cada token tiene un número, su **id**, y cada id, un **vector**. "
    "{layers} capas mezclan cada vector con los que tiene a su izquierda, y del último salen las "
    "**probabilidades**."
)
SUMMARY_WHAT_ONE = (
    "El modelo no lee letras: cada token tiene un número, su **id**, y cada id, un **vector**. "
    "Su única capa mezcla cada vector con los que tiene a su izquierda, y del último salen las "
    "**probabilidades**."
)
LENS_WHAT = (
    "Cada fila es lo que el modelo diría si acabara en esa capa, y cuánto le da a «{token}», el "
    "que salió. La última es su respuesta de verdad."
)
SUMMARY_WHAT_PAIR = (
    "El modelo no lee letras: cada token tiene un número, su **id**, y cada id, un **vector**. "
    "El codificador lee el original entero; aquí, {layers} capas mezclan cada vector con los que "
    "tiene a su izquierda **y con el original**, y del último salen las **probabilidades**."
)
ENCODER_WHAT = (
    "Cada fila es cuánto mira un token del original a todos los demás: **a los dos lados**, porque "
    "lo lee entero antes de escribir."
)
CROSS_WHAT = (
    "Cada fila es una palabra escrita: cuánto miró el modelo, al escribirla, a cada palabra del "
    "original (en columnas)."
)
CROSS_LOOKS = "Con {heads}, al escribir «{word}» miró sobre todo {others}."
CROSS_IN_ORDER = "Sale una **diagonal**: va palabra por palabra y en el mismo orden."
CROSS_PART = "-# Aquí ves una parte; «resto» suma lo demás del original. Con ◀ y ▶ te mueves."
OTHERS_NOTE = "-# Tokens {first} a {last} de {count}; «resto» suma los demás."
ATTENTION_WHAT = "Cada fila es cuánto mira un token a los anteriores y a sí mismo."
VECTOR_WHAT = (
    "Para el modelo, «{token}» es la fila {id} de una tabla: {size} números, los mismos en "
    "cualquier texto. Cada capa los cambia según los tokens a los que mira."
)

FAVOURITE_FROM = "«{token}» es la favorita **desde la capa {layer}** de {layers} hasta el final."
FAVOURITE_AT_END = "«{token}» no es la favorita hasta la **última capa**."
FAVOURITE_FROM_INPUT = "«{token}» ya era la favorita antes de la primera capa."
NOT_FAVOURITE = (
    "La favorita de la última capa es «{best}» ({best_prob}); «{token}» queda {rank}.ª, con un "
    "**{prob}** crudo."
)
INPUT_NOTE = (
    "-# La entrada es el token «{token}» a solas: aún no ha mirado a ningún otro, y por eso suele "
    "decir palabras parecidas a él."
)
THINNED_NOTE = "-# Son {layers} capas: aquí ves {shown} filas."

LOOKS = "Con {heads}, «{token}» mira sobre todo {others}."
LOOKS_LAST = "Con {heads}, el último, «{token}», mira sobre todo {others}."
LOOK = "a «{token}» ({share})"
LOOK_SELF = "a sí mismo ({share})"
MEAN_OF_HEADS = "la media de las cabezas de la capa {layer}"
ONE_HEAD = "la cabeza {head} de la capa {layer}"
EARLIER_NOTE = "-# Tokens {first} a {last} de {count}; «antes» suma los anteriores."
EARLIER_NOTE_START = "-# Tokens {first} a {last} de {count}."
FIRST_TOKEN_NOTE = "-# Sin nada que buscar, muchas cabezas miran al primer token."

NEAREST = "Los más parecidos en la tabla: {others}."
NEAREST_ONE = "El más parecido en la tabla: {others}."
NEAR = "«{token}» ({cosine})"
COSINE_NOTE = (
    "-# Parecido: coseno, de −1 a 1. Norma: lo largo que es el vector. Cada fila tiene su escala."
)

LAYER_MENU = "Capa… {current}"
HEAD_MENU = "Cabeza… {current}"
TOKEN_MENU = "Token… {current}"
LAYER = "Capa {number}"
HEAD = "Cabeza {number}"
MEAN = "Media de todas"
TOKEN = "{number} · {token} · id {id}"
LAYERS = "Capas {first} a {last}…"
HEADS = "Cabezas {first} a {last}…"
TOKENS = "Tokens {first} a {last}…"
EARLIER_TOKENS = "◀ {first}–{last}"
LATER_TOKENS = "{first}–{last} ▶"

PART_MENU = "Atención… {current}"
PART_NAMES = (
    ("cruzada", "Del texto al original (cruzada)", "Lo que miró al escribir cada palabra"),
    ("del original", "Del original (codificador)", "Cómo se leyó: mira a los dos lados"),
    ("del resultado", "Del resultado (decodificador)", "Lo ya escrito: solo mira a la izquierda"),
)
"""The parts of an encoder-decoder's attention: short, whole, and what each is; as in `PARTS`."""

SOURCE_TOO_LONG = (
    "Por dentro solo miro textos de hasta {limit} tokens, y el original tiene {count}. Prueba "
    "/transformar con un texto más corto."
)
TOO_LONG = (
    "Por dentro solo miro textos de hasta {limit} tokens, y hasta este paso van {count}. {advice}"
)
EARLIER_STEP = "Prueba en el paso {step} o en uno anterior."
SHORTER_TEXT = "Prueba /explicar con un texto más corto."
NOT_KEPT = (
    "De ese texto no guardo cómo empezaba, y sin eso no puedo volver a leerlo. Usa /explicar con "
    "el mismo texto."
)
UNSUPPORTED = (
    "Este modelo no me deja mirar dentro: su arquitectura no lo permite. Prueba con otro de "
    "/modelos."
)

CHART_TITLE = "{page} · paso {step} de {steps}"
CHART_TOKENS = "1 · Tokens e ids"
CHART_VECTOR = "2 · Vector de «{token}»: {size} números"
CHART_LAYERS = "3 · {layers} capas: qué diría cada una"
CHART_LAYERS_ONE = "3 · 1 capa: qué diría"
CHART_PROBS = "4 · Probabilidades del token siguiente"
CHART_ID = "id {id}"
CHART_INPUT = "entrada"
CHART_LAYER = "capa {number}"
CHART_SAYS = "diría"
CHART_FOLLOWED = "le da a «{token}»"
CHART_RANK = "{rank}.ª"
CHART_RANK_THOUSANDS = "{thousands} mil"
CHART_MEAN = "Capa {layer} · media de {heads} cabezas"
CHART_HEAD = "Capa {layer} · cabeza {head} de {heads}"
CHART_EARLIER = "antes"
CHART_OTHERS = "resto"
CHART_START = "inicio"
CHART_END = "fin"
CHART_FUTURE = "futuro: nadie lo mira"
CHART_FUTURE_INSIDE = "no mira al futuro"
CHART_SCALE = "% de atención"
CHART_FIRST_OF = "{count} de sus {size} números"
CHART_ALL_OF = "Sus {count} números"
CHART_STATES = "Su vector en cada capa"
CHART_NORM = "norma"
CHART_MORE = "…"

ALT_SUMMARY = "{title}. {tokens}; el último es «{token}», id {id}, un vector de {size} números."
ALT_CHOSEN = "Después sale {option}"
ALT_OPTION = "«{token}» {share}"
ALT_LENS = "{title}. Qué diría cada capa, de la última a la primera:"
ALT_LAYER = "{layer}, «{token}» {share}"
ALT_ATTENTION = "{title}. A quién mira más cada token, del último al primero:"
ALT_CROSS = "{title}. A qué palabra del original mira más cada palabra escrita:"
ALT_ROW = "«{token}» a «{other}» {share}"
ALT_FUTURE = "al futuro, 0 %"
ALT_VECTOR = "{title}. «{token}», id {id}: {size} números, {numbers}… Norma en cada capa:"
ALT_NORM = "{layer} {norm}"
