"""What `/modelos` says."""

from __future__ import annotations

from collections.abc import Mapping

DESCRIPTION = "Los modelos que hay aquí: familia, tamaño, contexto y licencia"
TITLE = "### Modelos"
NONE = "No hay ningún modelo instalado. Avisa a quien administra el bot."
NAME = "**{name}**"
SMALL = "-# {text}"
DEFAULT_MARK = " ★ el de por defecto"
TOY = "de juguete"
LOADED = "● cargado"
NOT_LOADED = "○ se carga al usarlo"
REMOTE = "☁ fuera de aquí: tu texto se envía a {host}"
REMOTE_UNKNOWN = (
    "solo se ve lo que cuenta ese servidor: el texto y, si las da, las mejores candidatas; lo de "
    "dentro, no"
)
FAMILY = "{family}"
UNKNOWN_FAMILY = "familia: se sabrá al cargarlo"
PARAMETERS = "{count} de parámetros"
CONTEXT = "contexto de {tokens} tokens"
SOURCE = "lee {tokens} tokens"
VOCABULARY = "vocabulario de {tokens}"
LICENCE = "licencia {licence}"
UNKNOWN_LICENCE = "licencia no indicada"
SIZE = "{size} en disco"
NEEDS = "necesita ~{size} de memoria"
NEEDS_ROOM = "memoria: ~{size} y {room} más al trabajar"
FITS = "{needs}; libres {free}: cabe en {device}"
FITS_ALONE = "{needs}; libres {free}: cabe en {device} si suelto otro modelo"
TOO_LARGE = "{needs}; libres {free}: no cabe en {device}"
NEEDS_UNKNOWN = "memoria: se sabrá cuando esté descargado"
CPU = "la CPU"
GPU = "la GPU"
CHOSEN_BY = "Para usarlo: «modelo: {name}»"
REVISION = "versión {revision}"
MORE = "… y {count} más: escribe parte del nombre en la opción «modelo»."
HOW_TO_CHOOSE = (
    "-# Elige uno con la opción «modelo» de su orden, o deja fijo el que sigue textos con "
    "/ajustes cambiar."
)
TOYS = "-# De juguete: pequeño, para probar."
GROUPS: Mapping[str, str] = {
    "generate": "__Siguen textos__ · /continuar",
    "fill": "__Rellenan huecos__ · /rellenar",
    "transform": "__Transforman textos__ · /transformar",
}
"""What models are asked for → the line above those that are asked for it."""
UNKNOWN_GROUP = "__Se sabrá al cargarlos__"
KINDS: Mapping[str, str] = {
    "decoder": "decodificador",
    "encoder": "codificador",
    "encoder_decoder": "codificador-decodificador",
    "remote": "en otro servidor",
}
MILLIONS = "{count} M"
BILLIONS = "{count} mil M"
