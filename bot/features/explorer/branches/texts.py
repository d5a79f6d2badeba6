"""What the tree of a text's branches says: «Rama»."""

from __future__ import annotations

BRANCH = "Ramas"
HINT = "Sigue el texto por otra palabra y mira el árbol de ramas"
BACK_TO_STEP = "◀ Volver al paso"
OTHER_WORD = "Otra palabra…"
REFRESH = "Actualizar"

TITLE = "### Ramas desde «{token}» · paso {step} de {steps}"
CHOSEN = (
    "Aquí salió «{token}» ({raw} crudo, {final} final). Elige otra candidata, o escribe una "
    "palabra, y sigo desde ella con los mismos ajustes{dice}."
)
DICE = ", la misma semilla y los mismos dados"
PATH = "**Camino:** {path}"
PATH_STEP = "paso {step} «{token}»"
PATH_START = "inicio"
PATH_JOINT = " → "
PATH_CUT = "… → "
NO_BRANCHES = "-# Este texto aún no tiene ramas: la primera la abres tú."
COUNT = "-# El árbol tiene {texts}."
COUNT_HERE = "-# El árbol tiene {texts}; {here} de este paso."
TEXTS = "{count} textos"
HERE_ONE = "1 sale"
HERE = "{count} salen"
HIDDEN_ONE = " Falta 1: para verlo, ve a uno del borde."
HIDDEN = " Faltan {count}: para verlos, ve a uno del borde."
PRIVATE_NOTE = (
    "-# Las ramas que abras aquí solo las ves tú. «Publicar» enseña este texto y las ramas que ya "
    "son públicas; las tuyas, publícalas una a una."
)
PUBLIC_NOTE = "-# Elige tú también: tu rama saldrá en un mensaje tuyo, a la vista de todos."

CHOOSE = "Seguir por otra candidata… ({count} anotadas)"
CHOOSE_ONE = "Seguir por otra candidata… (1 anotada)"
OPTION = "{rank} · {token}"
OPTION_CHOSEN = "{rank} · {token} ◀"
OPTION_SHARES = "{raw} crudo · {final} final"
OPTION_REMOVED = "{raw} crudo · ✂ 0 % final"
OPTION_CHOSEN_HINT = " · la que salió"

WALK = "Estás en el {number}… ir a otro"
NODE = "{number} · {label}"
NODE_HERE = "{number} · {label} ◀"
NODE_WORDS = "{label} · {words}"
NODE_FROM = "Sale del {parent}, paso {step}"
NODE_CUT = "Sale del paso {step} de un texto que aquí no está"
NODE_START = "El texto del que salen los demás"
NODE_YOURS = " · tuyo"
NODE_PRIVATE = " · solo lo ves tú"

CHART_TITLE = "Árbol de ramas · {texts}"
CHART_TITLE_PART = "Árbol de ramas · {shown} de {texts}"
CHART_START = "inicio"
CHART_STEP = "paso {step}"
CHART_HERE = "estás aquí"
CHART_PATH = "el camino hasta aquí"
CHART_ENDED = "(nada más)"

ALT = "{title}."
ALT_HERE = "Estás en el {node}"
ALT_NODE = "{number}, del {parent}, paso {step}: «{label}» {words}"
ALT_TOP = "{number}: «{label}» {words}"

NOT_OFFERED = "Esa candidata ya no está en este paso. Abre «Rama» otra vez y elige de la lista."
