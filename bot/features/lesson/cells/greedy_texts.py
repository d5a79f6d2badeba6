"""What the cells about greedy search say."""

from __future__ import annotations

BY_HAND = "**{count} veces la primera opción:** {text}"
BY_HAND_ONE = "**Un paso basta:** la primera opción ya acaba el texto."
PICTURE = "cuaderno.png"
ENDED = "En el paso {step} salió el token que acaba un texto, y ahí se para."
ROW_STEP = "paso {step}"
ROW_SHARE = "en %"

EQUAL = "✔ **Los {count} ids son los mismos**: `generate` no hace otra cosa que ese bucle."
DIFFERENT = "✘ **A mano y con `generate` no sale lo mismo**: se separan en el token {token}."
IDS = "ids: {ids}"
RECIPE = (
    "La receta, en «Explicar», lo repite con `transformers` y dice el primer id distinto, si lo "
    "hay."
)
