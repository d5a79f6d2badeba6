"""What the funnel of a step says: «Embudo»."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FUNNEL = "Embudo"
HINT = "Qué quitó o cambió cada ajuste, paso a paso"
PUBLISH = "Publicar"

TITLE = "### Embudo de «{token}» · paso {step} de {steps}"
CHART_TITLE = "Embudo · paso {step} de {steps} · {token}"
CHART_NOTE = "Cada barra: el 100 % de lo que llega a ella."

VOCABULARY = "vocabulario"
CHOICES: Mapping[str, str] = MappingProxyType(
    {
        "sample": "dado",
        "greedy": "el mejor",
        "beam": "haces",
        "sample_and_rank": "dado",
        "beam_sample": "haces",
        "contrastive": "contrastiva",
        "diverse_beam": "haces",
    }
)
"""What chooses among the tokens that are left, by strategy."""
CHOICE = "elección"

FINAL = "{share} final"
RESHAPES_MARK = "≈ reajusta"
REMOVED_MARK = "✂ {share}"
UNTOUCHED = "no quita"

ALL_TOKENS = "**Vocabulario**: el modelo puntúa sus {count} tokens."
MODEL_REMOVED = "**Vocabulario**: de {total} tokens, el propio modelo descarta {removed}."
RESHAPED = "**{name}** cambia el reparto; no quita ninguno."
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
    "**Contrastiva**: de las candidatas gana la de mejor nota, la que suma confianza y menos se "
    "parece a lo ya escrito: «{token}»."
)
BEAM = (
    "**Haces** (beam search): no se elige token a token; se guardan los {beams} textos con más "
    "puntos, y «{token}» sigue en uno."
)
BEAM_GROUPS = (
    "**Haces diversos** (diverse beam search): no se elige token a token; cada uno de los {groups} "
    "grupos guarda sus textos con más puntos, y «{token}» sigue en uno."
)
BEAM_SAMPLE = (
    "**Haces** (beam search) con dado: no elige token a token, sortea cómo siguen los {beams} "
    "textos a la vez, y «{token}» sigue en uno."
)
BEAM_FREELY = "No hay filtros activos: cada texto puede seguir con cualquier token."

ALT = "{title}:"
ALT_WHOLE = "{label}, {tokens}"
ALT_RESHAPES = "{label} reajusta sin quitar"
ALT_CUT = "{label} quita {share} y deja {tokens}"
ALT_UNCUT = "{label} no quita ninguno"
ALT_CHOICE = "{label}: sale «{token}» con {share} final"
