"""What the cells about beam search say."""

from __future__ import annotations

BETTER = "**Más probable que greedy**: {beam} frente a {greedy}."
WORSE = "**Menos probable que greedy aquí**: {beam} frente a {greedy}. Los haces podaron su camino."
ALIKE = "**Lo mismo que greedy**: los dos suman {beam}. Aquí no había nada mejor cerca."
PICTURE = "arbol.png"
BEAM_LABEL = "haces de 5"
GREEDY_LABEL = "greedy"
NGRAM_LABEL = "haces sin parejas"

NGRAM = "**Sin la regla, {before}; con ella, {after}.**"
PAIRS = "{count} parejas repetidas"
PAIR = "una pareja repetida"
NO_PAIR = "ninguna"
COST = "Cuesta {cost} de log-prob: para no repetir hay que coger tokens menos probables."
NO_COST = "Y no cuesta nada de log-prob: aquí la regla apenas tuvo que quitar."
