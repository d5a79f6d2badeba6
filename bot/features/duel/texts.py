"""What /comparar says."""

from __future__ import annotations

COMMAND = "Un mismo texto con varias estrategias, lado a lado: texto, log-prob, repetición y tiempo"
OPTION_TEXT = "El principio del texto; un «␣» al final vale por un espacio"

TITLE = "### Duelo: {count} estrategias para un mismo texto"
TITLE_ONE = "### Duelo: solo una estrategia llegó a escribir"
RESULT = "**{settings}** · {tokens}, {milliseconds} ms{ending}"
ENDING = " · {ending}"
SUMMARY = (
    "La más probable por token: **{likely}**. La que más se repite: **{repetitive}** ({rate})."
)
SUMMARY_VARIED = "La más probable por token: **{likely}**. Ninguna se repite."

LOGPROB_TITLE = "**Log-prob cruda** (cuanto más cerca de 0, más probable)"
LOGPROB_HEADER = ("", "total", "cuad.", "/token")
VARIETY_TITLE = "**Repetición** (4-gramas) **y variedad** (tokens y parejas distintos)"
VARIETY_HEADER = ("", "repite", "dist-1", "dist-2")
UNKNOWN = "—"

NOTEBOOK_NOTE = "«cuad.»: como en el cuaderno, que se deja fuera el primer token."
DIE_NOTE = "Todas con la misma semilla: las que muestrean un solo texto tiran el mismo dado."
TIME_NOTE = "Se escriben a la vez y comparten la máquina: los ms son los de cada una ahí."
BEST_OF_NOTE = (
    "«mejor de {count}»: de {count} textos con T {value}, cada uno con su dado, el más probable "
    "por token."
)
CONTRAST_NOTE = "«contraste»: la búsqueda contrastiva; va sola, detrás de las demás."
MISSING_ONE = "Falta una estrategia: este modelo no la hace, o se paró antes de escribir."
MISSING = "Faltan {count} estrategias: este modelo no las hace, o se pararon antes de escribir."

GREEDY = "greedy"
BEAMS = "beam {beams}"
BEAMS_NGRAM = "beam+{size}gram"
BEST_OF = "mejor de {count}"
CONTRAST = "contraste"
TEMPERATURE = "T {value}"
NAMED_BY = ("top_k", "top_p", "min_p")
"""Filters after which a strategy is named."""

RUNNING = "**{settings}** · {tokens} de {limit} tokens{attempt}\n{text}"
RUNNING_ATTEMPT = " · intento {number} de {count}"
RUNNING_NOT_YET = "**{settings}** · esperando"

EXPLAIN_MENU = "Explicar una… (se abre el explorador)"
READ_MENU = "Leer una entera…"
OPTION = "{name} · log-prob {logprob}"
AGAIN = "Otra"
GONE = "De esa estrategia ya no guardo nada. Elige otra o repite /comparar."

QUEUE_TOO_SMALL = (
    "Aquí no se puede comparar: hacen falta {count} sitios en la cola y este bot solo tiene "
    "{limit}. Pide a quien lo administra que suba MAX_QUEUE."
)

CHART_TITLE = "Probabilidad cruda de cada token"
CHART_AXIS = "token {number}"
CHART_MEAN = "media {mean}"
CHART_SCALE = "de 0 a 100 %"
CHART_SCALE_MEANS = "de 0 a 100 %, media de cada {count} tokens"
CHART_LOOP = "rayado: se repite"
ALT = "Probabilidad cruda de cada token. Media:"
ALT_LINE = "{label} {mean}"
ALT_LOOP = "{label} {mean} (bucle desde {token})"
