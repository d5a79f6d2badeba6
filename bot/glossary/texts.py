"""The live examples of the glossary: a term's numbers, as the current model gives them."""

from __future__ import annotations

PROMPT = "El cielo es"
NEXT = " azul"
SURE_PROMPT, SURE_NEXT = "Érase una", " vez"
REPEATED_PROMPT, REPEATED_NEXT = "El cielo es azul y el mar es", " azul"
PAIR_PROMPT, PAIR_NEXT = "El cielo es azul y el cielo", " es"
SPLIT_PROMPT, SPLIT_NEXT = "El cielo", " es azul y los unicornios vuelan."
LONG_PROMPT = "El cielo es azul"
SHORT_END, LONG_END = " azul.", " azul como el mar en verano."
ENDED_PROMPT = "El cielo es azul."

HEAD = "**En vivo, con {model}**\n{text}"
COMPUTING = "-# Calculando un ejemplo con {model}…"
BUSY = (
    "-# {model} está ocupado y no he podido calcular el ejemplo en vivo. "
    "Vuelve a elegir la palabra dentro de un rato."
)
FAILED = "-# No he podido calcular el ejemplo en vivo con {model}."
NOT_LOADED = (
    "-# Aquí va un ejemplo en vivo cuando {model} está cargado. "
    "Pídele un texto con /continuar y vuelve."
)
INVENTED = "-# Lo calcula el modelo; lo que escribe es inventado."

LISTED_SHARE = "{token} {share}"
LISTED_NUMBER = "{token} {number}"
QUOTED = "«{text}»"
NOTHING = "(nada)"

TOKEN = "{text} son {count} tokens: {tokens}."
TOKEN_ONE = "{text} es un solo token: {tokens}."
VOCABULARY = (
    "Conoce {count} tokens. Detrás de {prompt}, los tres mejores ({tokens}) se llevan el {best} y "
    "los otros {others}, el {rest} (crudo)."
)
CONTEXT = "{prompt} le ocupa {tokens}."
CONTEXT_LIMIT = "{prompt} le ocupa {tokens} de los {limit} que ve a la vez."
LOGIT = (
    "Detrás de {prompt}, contando desde el mejor: {tokens}. "
    "Una diferencia de {gap} hace al segundo {times} veces menos probable."
)
SOFTMAX = (
    "Los tres mejores logits detrás de {prompt}, contando desde el mejor, y lo que hace con ellos "
    "el softmax: {tokens}."
)
RAW_FINAL = "Detrás de {prompt}, con {settings}: {tokens}."
RAW_FINAL_ITEM = "{token} {raw} crudo, {final} final"

GREEDY = "Detrás de {prompt} escribe {text}. Cada vez, el primero de la lista (crudo): {tokens}."
SAMPLES = "Tres veces detrás de {prompt}, con tres dados: {texts}."
BEAMS = (
    "Detrás de {prompt}, greedy escribe {greedy} (log-prob {greedy_logprob}) y con {beams} "
    "haces, {beam} (log-prob {beam_logprob})."
)
BEAMS_SAME = " Esta vez es el mismo texto."
DIE = "El primer token detrás de {prompt}. {die} Sale {token}."
SEED = "Con la semilla {seed}: {first}. Otra vez con la {seed}: {again}. Con la {other}: {changed}."
ENDED = "Le pido {limit} detrás de {prompt}: lo saca y acaba con {count}."
NOT_ENDED = "Le pido {limit} detrás de {prompt}: no lo saca, y escribe hasta el último."
RANKED = "Tres muestreos detrás de {prompt}, el más probable por token primero: {texts}."
RANKED_ITEM = "{text} {score}"
CONTRAST = (
    "Detrás de {prompt}, con alfa {alpha}, cada candidata con lo que vale: {tokens}. Gana {winner}."
)

TEMPERATURE = "El mejor detrás de {prompt}, {token}: {shares} (final)."
TEMPERATURE_ITEM = "T\u00a0{value}: {share}"
KEPT = "Detrás de {prompt}, {setting} deja {kept} y quita {removed}, que sumaban el {share} crudo."
KEPT_ALL = "Detrás de {prompt}, {setting} no quita ninguno."
TYPICAL = "Con una entropía de {entropy} bits, lo típico es esa sorpresa."
TYPICAL_OBVIOUS = " Fuera queda hasta {token}, el más probable, con {bits} bits: demasiado obvio."
PENALTY = (
    "{token} ya está en {prompt}. Con penalización {value} baja del {raw} crudo al {final} final."
)
PENALTY_UP = (
    "{token} ya está en {prompt}. Con penalización {value} pasa del {raw} crudo al {final} final: "
    "los demás repetidos bajan más."
)
NGRAM = (
    "Detrás de {prompt} no puede volver a venir {token}: era el {raw} crudo y con "
    "`sin_repetir:2` queda en el 0 %."
)
NGRAM_FREE = "Detrás de {prompt}, `sin_repetir:2` no le prohíbe {token}: no cierra un par repetido."
LENGTH = (
    "Detrás de {prompt}: {short} suma {short_sum} en {short_tokens}, y {long}, {long_sum} en "
    "{long_tokens}. Con 0 gana {zero}; con 1, {one}."
)
ATTENTION = "Al leer {prompt}, {token} reparte así su atención (última capa, media): {tokens}."

ENTROPY = "Detrás de {prompt}, {entropy} bits: como dudar entre {options} opciones iguales."
SURPRISE = "Detrás de {prompt}: {tokens}."
SURPRISE_ITEM = "{token} ({share} crudo) son {bits} bits"
LOGPROB = "{text} detrás de {prompt}, token a token: {tokens}. La suma, {total}."
PERPLEXITY = (
    "{text} detrás de {prompt} suma {total} en {tokens}: perplejidad {value}, como dudar entre "
    "{value} opciones iguales en cada token."
)

PANEL_RAW = "crudo"
PANEL_FINAL = "final"
PANEL_CUT = "crudo; rayado, lo que quita {setting}"
PANEL_SOFTMAX = "softmax de los tres"
PANEL_TEMPERATURE = "final con T {value}"
PANEL_ATTENTION = "a quién mira {token}"
PANEL_ENTROPY = "{number}: crudo, detrás de {prompt}"
PANEL_NEXT = "crudo, detrás de {prompt}"


ALT = "Fórmula: {spoken}."
ALT_PANEL = "{title}: {bars}"
ALT_BAR = "{label} {share}"
ALT_BAR_REMOVED = "{label} {share} (fuera)"

SPOKEN_SOFTMAX = "e elevado a cada logit, entre la suma de todos"
SPOKEN_TEMPERATURE = "softmax de los logits divididos entre T"
SPOKEN_TOP_K = "cada probabilidad, entre la suma de las k mayores"
SPOKEN_TOP_P = "las mayores hasta que sumen p"
SPOKEN_MIN_P = "se queda lo que llega a m por la mayor"
SPOKEN_PENALTY = "logit positivo entre theta, negativo por theta"
SPOKEN_LENGTH = "suma de log-probs, entre la longitud elevada a lambda"
SPOKEN_ENTROPY = "menos la suma de cada probabilidad por su logaritmo en base 2"
SPOKEN_SURPRISE = "menos el logaritmo en base 2 de la probabilidad"
SPOKEN_LOGPROB = "la suma de los logaritmos naturales"
SPOKEN_PERPLEXITY = "e elevado a menos la log-prob media"
SPOKEN_ATTENTION = "softmax de Q por K traspuesta, entre la raíz de d"
SPOKEN_CONTRAST = "(1 − alfa) por la confianza, menos alfa por el mayor parecido"
