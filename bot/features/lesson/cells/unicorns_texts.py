"""What the cells about the unicorns and their log-probability say."""

from __future__ import annotations

LOOP = "**{loop}**"
REPEATED = "**Aquí greedy no se atasca del todo**, pero repite el {rate} de sus grupos de 4 tokens."
VARIED = "**Aquí greedy no se repite**: ningún grupo de 4 tokens sale dos veces."
ROW_LENGTH = "max_length"
COUNTS_PROMPT = "`max_length` cuenta también los {prompt} tokens del principio: nuevos son {new}."
ENDED = "Salió antes el token que acaba un texto: en total son {total}."

SUM = "**Log-prob {total}**: lo que suman los {tokens} tokens que escribió greedy."
SHIFTED = (
    "Como en el cuaderno, {shifted}: su cuenta se deja fuera el primer token nuevo, que vale "
    "{first}."
)
MEAN = "Por token, {mean}: así se comparan textos de distinto largo."
ROW_LOGPROB = "entera"
ROW_SHIFTED = "sin 1.º"
