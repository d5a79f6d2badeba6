"""What /comparar says."""

from __future__ import annotations

COMMAND = "Un mismo texto escrito de varias maneras, y cómo queda cada una"
OPTION_TEXT = "El principio del texto; un «␣» al final vale por un espacio"

TITLE = "### El mismo principio, {count} finales"
TITLE_ONE = "### Un principio, un solo final"
CARD = "**{names}** · *{verdict}*\n{text}"
BEAMS_IN_FULL = "{name} (beam search)"
"""The first time on a screen; «haces» alone after that."""
VERDICT_REPEATS = "se repite"
VERDICT_DELIRIOUS = "delira"
VERDICT_SANE = "sensato"
FOOTER = "Inventado por {model} · semilla {seed}"

LESSON = "La lección completa"
LESSON_TITLE = "### La lección completa · {number} de {count}"
LESSON_NOT_WRITTEN = (
    "La lección completa de este texto aún no está escrita: puede pedirla {owner}, o tú con tu "
    "propio /comparar."
)
BACK = "Volver"
PREVIOUS = "◀"
NEXT = "▶"
RESULT = "**{name}** · *{verdict}* · {tokens}, {milliseconds}\u00a0ms{ending}"
ENDING = " · {ending}"
SUMMARY = (
    "La más probable por token: **{likely}**. La que más se repite: **{repetitive}** ({rate})."
)
SUMMARY_VARIED = "La más probable por token: **{likely}**. Ninguna se repite."

LOGPROB_TITLE = "**Log-prob cruda** (más cerca de 0, más probable)"
LOGPROB_HEADER = ("", "total", "cuad.")
RATES_TITLE = "**Log-prob por token y 4-gramas repetidos**"
RATES_HEADER = ("", "/tok.", "rep.")
VARIETY_TITLE = "**Variedad**: tokens y parejas distintos"
VARIETY_HEADER = ("", "dist1", "dist2")
UNKNOWN = "—"

NOTEBOOK_NOTE = "«cuad.»: como en el cuaderno, que se deja fuera el primer token."
DIE_NOTE = "Todas con la misma semilla: las que muestrean un solo texto tiran el mismo dado."
TIME_NOTE = "Se escriben a la vez y comparten la máquina: los ms son los de cada una ahí."
BEAMS_NOTE = "«{name}»: {beams} frases a la vez."
NGRAM_NOTE = "«{name}»: haces que no repiten grupos de {size}."
BEST_OF_NOTE = (
    "«{name}»: de {count} textos con T {value}, cada uno con su dado, el más probable por token."
)
CONTRAST_NOTE = "«{name}»: va sola, detrás de las demás."
MISSING_ONE = "Falta una estrategia: este modelo no la hace, o se paró antes de escribir."
MISSING = "Faltan {count} estrategias: este modelo no las hace, o se pararon antes de escribir."

BEAMS_NGRAM = "{beams}+{size}gram"
BEST_OF = "mejor de {count}"
TEMPERATURE = "T {value}"
NAMED_BY = ("top_k", "top_p", "min_p")
"""Filters after which a strategy is named."""

RUNNING = "**{name}** · {tokens} de {limit} tokens{attempt}\n{text}"
RUNNING_ATTEMPT = " · intento {number} de {count}"
RUNNING_NOT_YET = "**{name}** · esperando"

READ_MENU = "Leer o explicar una…"
AGAIN = "Otra"
GONE = "De esa estrategia ya no guardo nada. Elige otra o repite /comparar."

ELSEWHERE = (
    "Ese modelo está fuera de aquí, y lo que se compara hay que mirarlo dentro. Usa /comparar con "
    "un modelo de esta máquina (/modelos)."
)
QUEUE_TOO_SMALL = (
    "Aquí no se puede comparar: hacen falta {count} sitios en la cola y este bot solo tiene "
    "{limit}. Pide a quien lo administra que suba MAX_QUEUE."
)

CHART_TITLE = "Probabilidad cruda de cada token"
CHART_AXIS = "token {number}"
CHART_SCALE = "de 0 a 100 %"
CHART_SCALE_MEANS = "de 0 a 100 %, media de cada {count}"
CHART_LOOP = "se repite"
ALT = "Probabilidad cruda de cada token. Media:"
ALT_LINE = "{label} {mean}"
ALT_LOOP = "{label} {mean} (bucle desde {token})"
