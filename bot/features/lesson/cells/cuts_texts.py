"""What the cells about top-k and top-p say."""

from __future__ import annotations

TOP_K = "**top-k {count}: {verdict}.** Lo que queda suma, de media, el {share} del total."
PICTURE = "embudo.png"
ROW_TOP_K = "top-k"

SAME = "**Aquí el top-k escondido no cambió nada**: salen los mismos tokens."
APART = "**El top-k escondido cambia el texto** desde el token {token}, con el mismo dado."
ALONE = "solo top-p 0,5"
HIDDEN = "top-k 50 y top-p 0,5"
BOTH = "50 y sin él"
LEFT_HEADER = ("podían salir", "1.º", "media")
ROW_ALONE = "sin top-k"
ROW_HIDDEN = "con top-k 50"
