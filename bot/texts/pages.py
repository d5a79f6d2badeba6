"""What every page says, whatever it shows: who sees it, what it waits for, what does not fit."""

from __future__ import annotations

NO_PICTURE = "-# No pude dibujar la imagen a tiempo. Dice: {alt}"
ONLY_YOU = "Solo lo ves tú"
INVENTED = "Texto inventado por un modelo"
PUBLISHED_BY = (
    "Solo la pasa quien la publicó; si pulsas, abres la tuya · Publicado por <@{user_id}>"
)
STARTING = "-# Empiezo ya…"
WAITING = "-# En la cola: {position}.º"
WAITING_FOR = "-# En la cola: {position}.º, unos {wait}"
WRITING = "-# Escribiendo… lo verás entero al acabar"
FILE_TOO_LARGE = (
    "Ese archivo pesa {size} y aquí solo caben {limit}. Prueba con menos tokens o menos intentos."
)
