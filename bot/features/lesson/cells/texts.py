"""What several cells say: where our numbers stand beside the notebook's, and what did not fit."""

from __future__ import annotations

WHY = "No coinciden: {reasons}."
OTHER_MODEL = "aquí escribe {model}, que es otro modelo"
OTHER_MACHINE = "el modelo es el mismo, pero otra máquina redondea distinto"
OTHER_WORDS = "su texto de los unicornios no se conoce palabra por palabra"
OWN_DIE = "Con semilla 42, el cuaderno saca otros textos: su dado no es el nuestro."

FINAL_SPACE = "El espacio del final del principio cambia el primer token."
SMALL_CONTEXT = "Este modelo solo ve {limit} tokens a la vez: el texto va acortado."
CEILING = "Aquí se escriben como mucho {count} tokens nuevos: el texto va acortado."
LONG_PROMPT = "El principio ocupa casi los {limit} tokens que caben: se le quita el comienzo."
CUT = "Al principio se le quitaron {count}: no cabía entero."
LATE = "Se acabó el tiempo: el texto está a medias."
