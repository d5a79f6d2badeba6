"""What `/adivina` says."""

from __future__ import annotations

COMMAND = "Juego: el canal adivina la siguiente palabra y el modelo enseña sus cartas"
OPTION_TEXT = "El principio del texto; sin él, elijo uno yo"
OPTION_ROUNDS = "Cuántas palabras se adivinan (de 1 a 20; 5 si no dices nada)"
OPTION_SECONDS = "Segundos para votar (de 15 a 120); sin ellos, la palabra se ve cuando tú digas"

OPENINGS = (
    "En un hallazgo impactante, un científico descubrió una manada de unicornios que vivía en",
    "Había una vez un unicornio que quería",
    "Cuando abrió la puerta de la cocina, la abuela encontró",
    "El tren llegó tarde a la estación y los viajeros",
    "Dentro de cien años, las ciudades serán",
    "La mejor manera de aprender un idioma es",
    "En un lugar de la Mancha, de cuyo nombre no quiero",
    "Más vale tarde que",
)

LETTERS = "ABCDE"
TITLE = "### ¿Qué palabra sigue? · {number} de {rounds}"
QUOTE = "> {before} **¿…?**\n"
OPTION = "**{letter}** · {word}"
NOBODY = "Sin votos todavía"
ONE_VOTE = "**1** voto"
VOTES = "**{count}** votos"
ENDS_AT = "{votes} · se ve <t:{time}:R>"
HOST_ENDS = "{votes} · se ve cuando diga {host}"
HOW = "-# Voto secreto: nadie ve el tuyo y puedes cambiarlo. Juega {model}, con un dado de verdad."
PREPARING = "-# {model} piensa la siguiente palabra…"

OTHER = "Otra palabra…"
REVEAL = "Ver ya"
NEXT = "Siguiente palabra"
END = "Terminar"
MY_PLACE = "Mi puesto"

FORM_TITLE = "Otra palabra"
FORM_LABEL = "¿Qué palabra crees que sigue?"
FORM_HINT = "Una sola palabra. Solo la ves tú."
FORM_EXAMPLE = "unicornios"

VOTED = "Has votado **{letter}** (**{word}**); puedes cambiarla hasta que se vea."
VOTED_OTHER = "Has votado **{word}**; puedes cambiarla hasta que se vea."

RESULT = "### Salió «{word}» · {number} de {rounds}"
RESULT_QUOTE = "> {before}{gap}**{word}**\n"
WAS_FAVOURITE = "Era la favorita del modelo: sale {often}."
WAS_LUCK = (
    "El modelo prefería **{favourite}** ({favourite_often}); **{word}** sale {often}, y el dado "
    "cayó ahí."
)
WAS_OTHER = (
    "No estaba en la lista: **{word}** sale {often}. De las cinco, el modelo prefería "
    "**{favourite}** ({favourite_often})."
)
PIECE = "El dado sacó **{token}**, y la palabra siguió hasta **{word}**."
NO_VOTES = "Nadie ha votado."
HIT_ONE = "Acertó **1** de {count} (+2)"
HIT_MANY = "Acertaron **{hits}** de {count} (+2)"
HIT_NONE = "No acertó nadie de {count}"
FAVOURED_ONE = "1 votó la favorita (+1)"
FAVOURED = "{count} votaron la favorita (+1)"
BEST = "**Van ganando:** {names}"
BEST_ONE = "{place}.º {who} ({points})"

FINAL_TITLE = "**Clasificación** (puntos · sorpresa media)"
RANK = "{place}.º {who} · **{points}** · {bits} bits"
MORE = "-# y {count} más: mira «Mi puesto»."
NO_PLAYERS = "Nadie ha votado en esta partida."
ENTROPY = (
    "-# Un bit es cara o cruz; cada bit más, la mitad de probable. Con el dado del modelo serían "
    "{bits}; menos es ir sobre seguro."
)
FORECAST = (
    "-# Lo que salió sorprendió {room} bits a la sala, por sus votos, y {model} al modelo. A la "
    "larga nadie le gana: sabe cuánto duda."
)
FOOTER = "-# Texto inventado por {model} · semilla {seed}"

PLACE = "Vas **{place}.º de {count}** con **{points}**."
POINT, POINTS = "1 punto", "{points} puntos"
PLACE_COUNTS = "Palabras que salieron: {hits} de {choices}. Votos a la favorita: {favourites}."
PLACE_BITS = (
    "Tus palabras le dan al modelo **{bits} bits** de sorpresa de media. Con su propio dado, él se "
    "da **{model}**: {verdict}"
)
SAFER = "has elegido más sobre seguro que su dado."
WILDER = "has elegido más raro que su dado."
ALIKE = "has elegido como su dado."
BITS_HINT = (
    "-# Sorpresa: 1 bit es cara o cruz; cada bit más, la mitad de probable. La media de su dado se "
    "llama entropía."
)
NOT_PLAYED = "Aún no tienes puntos: vota en una ronda y mira aquí cuando se vea."
POINTS_HINT = "-# 2 puntos si sale tu palabra; si no, 1 si era la favorita del modelo."

CHART_ROOM = "la sala (votos)"
CHART_MODEL = "el modelo (%)"
CHART_OTHER = "otra"
CHART_DIE = "El dado cayó en {u}"
CHART_CAME_OUT = "salió"
ALT = "Salió «{word}»."
ALT_ROW = "{letter} {word}: {votes}, el modelo {share}"

CLOSED = "Esa palabra ya se ha visto: tu voto no ha contado. Espera a la siguiente."
GONE = "Esa partida ya no está. Empieza otra con /adivina."
MOVED_ON = "Esa partida ya ha terminado, o sigue en otro mensaje más abajo."
ONLY_HOST = "Eso lo hace {host}, que empezó la partida, o quien modera. Tú puedes votar."
ONE_WORD = "Tiene que ser una sola palabra."
BLOCKED = "Esa palabra no se permite en este servidor. Prueba con otra."
TOO_LONG = "Ese texto es muy largo para un juego: que no pase de {limit} caracteres."
NO_ROOM = "El texto ya es tan largo que al modelo no le cabe otra palabra. Termina y empieza otra."
NOTHING_TO_GUESS = (
    "Detrás de ese texto el modelo no espera palabras que se puedan adivinar. Prueba con el "
    "principio de una frase."
)
NO_MODEL = "Aquí no hay ningún modelo que enseñe sus cartas: hace falta uno de esta máquina."
ALREADY = "En este canal ya hay una partida{link}. Únete, o que la termine {host}."
LINK = ": {url}"
ITS_HOST = "quien la empezó"
ENDED = "He terminado la partida."
