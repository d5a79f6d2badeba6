"""What the cells about greedy search say."""

from __future__ import annotations

BY_HAND = "**{count} veces lo mismo**: pedir el reparto, coger la primera opción y pegarla."
BY_HAND_ONE = "**Una vez basta**: la primera opción ya acaba el texto."
PICTURE = "cuaderno.png"
ENDED = "En el paso {step} salió el token que acaba un texto, y ahí se para."
ROW_STEP = "paso {step}"
ROW_SHARE = "prob. {step}"

EQUAL = "✔ **Los {count} ids son los mismos**: `generate` no hace otra cosa que ese bucle."
DIFFERENT = "✘ **A mano y con `generate` no sale lo mismo**: se separan en el token {token}."
IDS = "ids: {ids}"
RECIPE = (
    "«Explicar» lleva a la receta: un programa que lo repite con `transformers` y dice cuál es el "
    "primer id distinto, si lo hay."
)
