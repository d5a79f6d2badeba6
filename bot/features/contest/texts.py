"""What the message of several tries says."""

from __future__ import annotations

READ = "Leer…"
KEEP = "Quedarme con…"
PREVIOUS = "◀"
NEXT = "▶"
NUMBER_OF = "{number} de {count}"
PART = "{label} · parte {part} de {parts}"

CARD = "**{number}.** {text}"
CARD_VOTED = "**{number} · {votes}.** {text}"
SCORE = "{score} · "
RANKED = "En orden, como Meena: log-prob media por token; cuanto más cerca de 0, más probable."
ONE_VOTE = "1 voto"
MANY_VOTES = "{count} votos"
OPTION = "{number} · {text}"
FIRST = "El más probable"
RANK = "{rank}.º más probable"
NOTHING = "(nada)"

HOW_TO_VOTE = "Vota con un número; otra vez, lo quitas."
WINNER = "**Gana el {number} con {votes}**"
TIE = "**Empatan {numbers} con {votes} cada uno**"
THE = "el {number}"

CLOSED = "{owner} ya se ha quedado con uno de estos textos: ya no se vota."
"""Said to whoever votes while the message becomes one try."""
