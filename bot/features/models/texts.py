"""What `/modelos` says."""

from __future__ import annotations

DESCRIPTION = "Los modelos que hay aquí: tamaño, contexto y licencia"
TITLE = "### Modelos"
NONE = "No hay ningún modelo instalado. Avisa a quien administra el bot."
NAME = "**{name}**"
DEFAULT_MARK = " ★ el de por defecto"
TOY_MARK = " · de juguete: pequeño y rápido, para probar"
LOADED = "● cargado"
NOT_LOADED = "○ se carga al usarlo"
FAMILY = "familia {family}"
UNKNOWN_FAMILY = "familia: se sabrá al cargarlo"
PARAMETERS = "{count} de parámetros"
CONTEXT = "contexto de {tokens} tokens"
VOCABULARY = "vocabulario de {tokens}"
LICENCE = "licencia {licence}"
UNKNOWN_LICENCE = "licencia no indicada"
SIZE = "{size} en disco"
CHOSEN_BY = "-# Para usarlo: «modelo: {name}»"
REVISION = " · versión {revision}"
MORE = "… y {count} más: escribe parte del nombre en la opción «modelo»."
HOW_TO_CHOOSE = (
    "-# Elige uno con la opción «modelo» de /continuar y /explicar, o déjalo fijo con "
    "/ajustes cambiar."
)
MILLIONS = "{count} M"
BILLIONS = "{count} mil M"
