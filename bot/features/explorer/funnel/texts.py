"""What the funnel of a step says: «Embudo»."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FUNNEL = "Embudo"
BACK_TO_STEP = "◀ Volver al paso"
PUBLISH = "Publicar"

TITLE = "### Embudo de «{token}» · paso {step} de {steps}"
CHART_TITLE = "Embudo · paso {step} de {steps} · {token}"
CHART_NOTE = "Cada barra es el 100 % de lo que llega a esa etapa."
NOTE = "-# Los % de cada etapa son de lo que llega a ella; el de lo elegido es el final."

VOCABULARY = "vocabulario"
CHOICES: Mapping[str, str] = MappingProxyType(
    {
        "sample": "dado",
        "greedy": "el mejor",
        "beam": "beams",
        "sample_and_rank": "dado",
        "beam_sample": "beams",
        "contrastive": "contraste",
        "diverse_beam": "beams",
    }
)
"""What chooses among the tokens that are left, by strategy."""
CHOICE = "elección"
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "repetition_penalty": "penalización {value}",
        "no_repeat_ngram_size": "sin repetir grupos de {value}",
        "bad_words": "palabras vetadas",
        "min_new_tokens": "al menos {value} tokens",
        "temperature": "temperatura {value}",
        "top_h": "top-h {value}",
        "top_k": "top-k {value}",
        "top_p": "top-p {value}",
        "min_p": "min-p {value}",
        "typical_p": "typical-p {value}",
        "epsilon_cutoff": "épsilon {value}",
        "eta_cutoff": "eta {value}",
        "diversity_penalty": "diversidad {value}",
    }
)
SHORT_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "repetition_penalty": "penal. {value}",
        "no_repeat_ngram_size": "n-grama {value}",
        "bad_words": "vetadas",
        "min_new_tokens": "mínimo {value}",
        "temperature": "temp. {value}",
        "typical_p": "typical {value}",
    }
)
"""Names narrow enough for the table, where they differ."""

COLUMN_STAGE = "etapa"
COLUMN_KEPT = "quedan"
COLUMN_REMOVED = "quita"
RESHAPES = "reajusta"
REST = "resto"
CHOSEN_MARK = "◀"

FINAL = "{share} final"
RESHAPES_MARK = "≈ reajusta"
REMOVED_MARK = "✂ {share}"
UNTOUCHED = "no quita"

ALL_TOKENS = "**Vocabulario**: el modelo puntúa sus {count} tokens."
MODEL_REMOVED = "**Vocabulario**: de {total} tokens, el propio modelo descarta {removed}."
PENALISES = "**Penalización {value}** baja los tokens que ya están en el texto; no quita ninguno."
REWARDS = "**Penalización {value}** sube los tokens que ya están en el texto; no quita ninguno."
COOLS = "**Temperatura {value}** da más a los favoritos y menos al resto; no quita ninguno."
WARMS = "**Temperatura {value}** quita ventaja a los favoritos y la reparte; no descarta ninguno."
DIVERSIFIES = (
    "**Diversidad {value}** baja los tokens que los grupos anteriores acaban de elegir, una vez "
    "por cada beam; no quita ninguno."
)
RESHAPED = "**{name}** cambia el reparto; no quita ninguno."
CUTS: Mapping[str, str] = MappingProxyType(
    {
        "no_repeat_ngram_size": (
            "**Sin repetir grupos de {value}** prohíbe lo que repetiría {value} tokens seguidos"
        ),
        "bad_words": "**Palabras vetadas** quita las que este servidor no permite",
        "min_new_tokens": (
            "**Al menos {value} tokens** no deja acabar el texto mientras no estén escritos"
        ),
        "top_h": (
            "**top-h {value}** deja los más probables mientras su entropía no pase del {share} de "
            "la de los 100 primeros"
        ),
        "top_k": "**top-k {value}** deja los {value} más probables",
        "top_p": "**top-p {value}** deja los más probables hasta sumar el {share}",
        "min_p": "**min-p {value}** deja los que llegan al {share} de lo que tiene el favorito",
        "typical_p": (
            "**typical-p {value}** deja los de sorpresa más cercana a la media, hasta sumar el "
            "{share}"
        ),
        "epsilon_cutoff": "**Épsilon {value}** quita los que no llegan al {share}",
        "eta_cutoff": (
            "**Eta {value}** quita los que no llegan a un mínimo, más bajo cuanto más duda el "
            "modelo"
        ),
    }
)
CUT = "**{name}** quita tokens"
CUT_TOP_1 = "**top-k 1** deja solo el más probable"
REMOVED_SOME = "{does}: quitó {removed} ({share}) y dejó {kept}."
REMOVED_NONE = "{does}: aquí no quitó ninguno."
TIE_KEPT = " Hay un empate en el corte, y top-k deja a todos los empatados."
TIE_SPLIT = " Hay un empate en el corte: entre iguales decide el orden."

DRAWN = "**Dado**: {die} «{token}» salió con un {share} final."
DRAWN_FREELY = "No hay filtros activos: el dado se tiró sobre todo el vocabulario."
GREEDY = "**El mejor**: greedy no tira dados, toma el más probable de los que quedan: «{token}»."
GREEDY_FREELY = (
    "No hay filtros activos: greedy no tira dados, toma el más probable de todo el vocabulario: "
    "«{token}»."
)
CONTRAST = (
    "**Contraste**: de las candidatas gana la de mejor nota, la que suma confianza y menos se "
    "parece a lo ya escrito: «{token}»."
)
BEAM = (
    "**Beams**: beam search no elige token a token: guarda los {beams} textos con más puntos, y "
    "«{token}» sigue en uno."
)
BEAM_GROUPS = (
    "**Beams**: con beams diversos no se elige token a token: cada uno de los {groups} grupos "
    "guarda sus textos con más puntos, y «{token}» sigue en uno."
)
BEAM_SAMPLE = (
    "**Beams**: el dado no elige token a token, sortea cómo siguen los {beams} textos a la vez, y "
    "«{token}» sigue en uno."
)
BEAM_FREELY = "No hay filtros activos: cada texto puede seguir con cualquier token."

ALT = "{title}:"
ALT_WHOLE = "{label}, {tokens}"
ALT_RESHAPES = "{label} reajusta sin quitar"
ALT_CUT = "{label} quita {share} y deja {tokens}"
ALT_UNCUT = "{label} no quita ninguno"
ALT_CHOICE = "{label}: sale «{token}» con {share} final"
