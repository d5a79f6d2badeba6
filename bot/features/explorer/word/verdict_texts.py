"""What the first screen of «¿Y mi palabra?» says."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TITLES: Mapping[str, str] = MappingProxyType(
    {
        "written": "### «{word}» es la que salió",
        "lost_draw": "### «{word}» podía salir, pero no le tocó",
        "rare": "### «{word}» era casi imposible",
        "greedy_first": "### «{word}» no era la favorita",
        "filter": "### A «{word}» la quitó {filter}",
        "vanished": "### «{word}» se quedó casi a cero",
        "forced": "### Ahí no cabía «{word}»",
        "ngram": "### «{word}» repetiría lo ya escrito",
        "penalised": "### A «{word}» le pesó estar ya en el texto",
        "beam_pruned": "### «{word}» se quedó por el camino",
        "outweighed": "### «{word}» se parecía demasiado a lo anterior",
        "cut_short": "### «{word}» no cupo entera",
        "other_path": "### «{word}» perdió más adelante",
    }
)
TITLE_SEVERAL = "### {first} gana a {others}"
JOINTS = ("» gana a «", "», «", "» y «", "» e «")
TITLE_BANNED = "### Esa palabra no se puede preguntar"
BANNED = "Está entre las palabras vetadas de este servidor, y ningún ajuste la deja pasar."
BANNED_SOME = "-# Alguna de tus palabras está entre las vetadas de este servidor: no la comparo."

WHY: Mapping[str, str] = MappingProxyType(
    {
        "lost_draw": "Sale {often}, y esta vez el dado cayó en **{winner}**.",
        "rare": "Sale {often}; el dado cayó en **{winner}**.",
        "greedy_first": "Greedy toma siempre la más probable, y era **{winner}**.",
        "filter": "Para el modelo era {often}, y {filter} {keeps}.",
        "vanished": "Para el modelo era {often}, y los ajustes la dejaron en nada.",
        "ngram": "La quitó {rule}: con ella se repetiría algo que ya está en el texto.",
        "forced": "El modelo exige ahí **{winner}**, y ningún ajuste lo cambia.",
        "penalised": "La {penalty} baja lo que ya está escrito: se quedó en {often}.",
        "beam_pruned": (
            "Los haces (beam search) no eligen palabra a palabra: comparan {beams} textos enteros. "
            "{fate}"
        ),
        "outweighed": (
            "La contrastiva resta lo que cada una se parece a lo ya escrito, y ganó **{winner}**."
        ),
        "cut_short": "El texto acabó antes de que saliera entera.",
        "other_path": "Nada la quitaba, pero el texto que ganó siguió por otro camino.",
    }
)
BEAM_FATES: Mapping[str, str] = MappingProxyType(
    {
        "unknown": "El que seguía con la tuya puntuaba menos.",
        "unseen": "El que seguía con la tuya no estuvo ni entre los mejores.",
        "pruned": "El que seguía con la tuya se miró y se podó aquí mismo.",
        "kept": "El que seguía con la tuya perdió más adelante.",
        "finished": "El que seguía con la tuya llegó a su fin, pero otro puntuó más.",
    }
)
KEEPS_OTHERS = "la dejó fuera"

CAME_GIVEN = "La puso una persona: ni el dado ni el modelo la eligieron."
CAME_GIVEN_OWN = "La pusiste tú: ni el dado ni el modelo la eligieron."
CAME_BEAM = "Los haces (beam search) comparan textos enteros, y ganó uno con ella."
CAME_FIRST = "Era la favorita del modelo."
CAME_FIRST_AFTER = "No era la favorita del modelo: con los ajustes quedó la primera."
CAME_CONTRAST = "No era la favorita del modelo, pero ganó por no repetirse."
CAME_FAVOURITE = "Era la favorita del modelo: sale {often}."
CAME_DRAWN = "Sale {often}, y esta vez le tocó."

PIECES = "Se escribe en {count} trozos y falló en el {place}.º, **{piece}**."
PROMISE = "{change} sale {often}."
PROMISE_BEAM = "{change} volvería a competir con los demás textos."
WRITE_IT = "Ningún ajuste la haría probable: escríbela y sigo desde ella."
OTHER_SPACED = "-# Con espacio delante sería {often}."
OTHER_JOINED = "-# Sin espacio delante sería {often}."

NUMBERS: Mapping[int, str] = MappingProxyType(
    {2: "estas dos", 3: "estas tres", 4: "estas cuatro", 5: "estas cinco"}
)
AMONG = "Entre {count}: {listed}."
SHARE = "**{word}** {share}"
TOGETHER = "Juntas: {often}."
TOGETHER_BEFORE = "Juntas, antes de los ajustes: {often}."
WRITTEN_ONE = "La que salió es **{word}**."
LEAST_SHARE = 0.005
TINY_SHARE = "menos del 1\u00a0%"
