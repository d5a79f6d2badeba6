"""What «Cambiarla» says: another word, and the text goes on from it in the same message."""

from __future__ import annotations

CHANGE = "Cambiarla"
BACK_TO_ORIGINAL = "Volver al original"
OTHER_WORD = "Escribir otra…"

TITLE = "### ¿Qué pongo en vez de «{token}»?"
INVITATION = "Elige una y el texto sigue desde ahí{dice}, en este mismo mensaje."
DICE = ", con los mismos dados"
MORE = "Otras {count}…"
OPTION = "{raw} crudo · {final} final"
OPTION_REMOVED = "{raw} crudo · ✂ 0 % final"

FORM_TITLE = "¿Qué palabra pongo?"
FORM_LABEL = "En vez de «{token}»"
FORM_HINT = "Una palabra o varias: el texto sigue desde ahí."
FORM_EXAMPLE = "unicornio"

NOT_OFFERED = "Esa palabra ya no está entre las de este paso. Elige otra o escríbela."
BANNED = "Esa palabra está entre las vetadas de este servidor."
