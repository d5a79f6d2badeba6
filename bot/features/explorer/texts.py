"""What `/explicar` itself says."""

from __future__ import annotations

COMMAND = "Escribe unas palabras y abre el explorador: por qué el modelo eligió cada una"

OPTION_TEXT = "El texto que el modelo va a continuar"

OPTION_STEPS = "Cuántos tokens genera, de 1 a 40 (12 si no dices nada)"

OPTION_SEED = "Repite el mismo dado: con los mismos ajustes sale el mismo texto"

OPTION_CANDIDATES = "Cuántas candidatas se ven en cada paso, de 1 a 25 (5 si no dices nada)"

RUNNING = "-# {tokens} de {total} tokens"
