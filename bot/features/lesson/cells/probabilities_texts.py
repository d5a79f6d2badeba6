"""What the cell about a step's probabilities says."""

from __future__ import annotations

VERDICT = (
    "**De {count} tokens, {few} ya suman el {half}**: el primero, «{token}», tiene un {share}."
)
VERDICT_ONE = "**De {count} tokens, uno ya suma el {half}**: «{token}» tiene un {share}."
READ = (
    "Debajo de cada línea, lo que deja su corte a la izquierda. Las columnas se aprietan hacia la "
    "derecha para que quepan todas."
)
PICTURE = "reparto.png"

CHART_SORTED = "De mayor a menor (la mayor, {share})"
CHART_CUMULATIVE = "Lo que suman (arriba, 100 %)"
CHART_FIRST = "1.ª"
CHART_CUT = "{name}: deja {count}, que suman {share}"

ALT = "Las probabilidades de un paso, de mayor a menor, y lo que suman. La mayor, {share}."
ALT_CUT = "{name} deja {count}, que suman {share}"
