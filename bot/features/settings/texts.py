"""What `/ajustes` says."""

from __future__ import annotations

from collections.abc import Mapping

from bot.styles import STYLES
from bot.texts.filters import FILTERS, FORMS, Form

GROUP_DESCRIPTION = "Tus ajustes de generación, y los del servidor"
VIEW_DESCRIPTION = "Qué ajustes valen aquí y de dónde sale cada uno"
CHANGE_DESCRIPTION = "Cambia los ajustes: un estilo ya hecho o valor a valor"
RESET_DESCRIPTION = "Vuelve a los ajustes heredados"
OPTION_SCOPE = "Los tuyos (por defecto) o los del servidor («Gestionar servidor»)"
SCOPE_CHOICES: Mapping[str, str] = {"user": "mío", "guild": "servidor"}

ORIGINS: Mapping[str, str] = {
    "installation": "instalación",
    "guild": "servidor",
    "user": "tuyo",
    "call": "llamada",
}

TITLES: Mapping[str, str] = {"user": "### Tus ajustes", "guild": "### Ajustes de este servidor"}
NOW = "Ahora: **{style}** · {tokens} tokens · {model}"
DEFAULT_MODEL = "modelo por defecto"
FIELD_LINE = "{name}: **{value}** · {origin}"
DIFFERENCES = "**Distinto de la instalación**"
DIFFERENCE = "{name}: **{value}** · {origin} (instalación: {installed})"
MORE_DIFFERENCES = "… y {count} más: «Ver todos»."
NO_DIFFERENCES = "Todo está como en la instalación."
NEUTRAL_VALUE = "{value} ({meaning})"
NEUTRAL: Mapping[str, str] = {
    "penalty_alpha": "no pesa",
    **{field: words.neutral for field, words in FILTERS.items() if words.neutral},
}
"""What the value of a setting that does nothing means."""
NO_EFFECT = " · sin efecto en {strategy}"
PRECEDENCE = (
    "-# Manda lo más cercano: la llamada (lo que escribes en la orden) → lo tuyo → lo del "
    "servidor → lo de la instalación."
)
CHANGE_HINT = (
    "Elige un **estilo** ya hecho, o un **grupo** para poner los valores a mano. En los "
    "formularios, un campo vacío vuelve al valor heredado."
)
PRESETS_PLACEHOLDER = "Estilos: elige uno…"
GROUPS_PLACEHOLDER = "A mano: elige un grupo…"
BUTTON_VIEW = "Ver ajustes"
BUTTON_ALL = "Ver todos"
BUTTON_BACK = "Volver"
BUTTON_FIRST = "◀"
BUTTON_REST = "▶"
BUTTON_CHANGE = "Cambiar"
BUTTON_RESET = "Restablecer"
BUTTON_FIX = "Corregir"
BUTTON_YES = "Sí, restablecer"
BUTTON_NO = "No, dejarlos como están"

PRESET_SAVED = "✓ Guardado el estilo «{name}»: {why}."
SAVED = "✓ Guardado."
UNCHANGED = "No has cambiado nada."
NOT_SAVED = "No he guardado nada porque hay algo que corregir:\n{problems}"
FIX_HINT = "Pulsa «Corregir»: lo que has escrito sigue ahí."
CONFIRM_RESET: Mapping[str, str] = {
    "user": "¿Borro tus ajustes? Volverías a los del servidor y la instalación.",
    "guild": "¿Borro los ajustes de este servidor? Quien no tenga los suyos volvería a los de la "
    "instalación.",
}
RESET_DONE: Mapping[str, str] = {
    "user": "✓ Tus ajustes están como al principio.",
    "guild": "✓ Los ajustes del servidor están como al principio.",
}
RESET_CANCELLED = "De acuerdo: no he tocado nada."

ONLY_IN_GUILD = "Aquí no hay servidor. Usa «ambito: mío» o escribe la orden dentro de un servidor."
NEEDS_MANAGE_GUILD = (
    "Para los ajustes del servidor hace falta el permiso «Gestionar servidor». Los tuyos sí "
    "puedes cambiarlos: deja «ambito» en «mío»."
)

GROUPS: Mapping[str, Form] = {
    "basic": Form(
        "Lo básico",
        "modelo, estrategia, tokens (cuántos y al menos) e intentos",
        ("model", "strategy", "max_new_tokens", "min_new_tokens", "attempts"),
    ),
    **FORMS,
    "beams": Form(
        "Haces (beam search)",
        "cuántos haces, longitud, cuándo parar, grupos y diversidad",
        ("num_beams", "length_penalty", "early_stopping", "num_beam_groups", "diversity_penalty"),
    ),
    "ending": Form(
        "Principio y fin",
        "textos de fin, palabra entera, texto llano y fin de frase",
        ("stop", "whole_word_start", "plain_text", "sentence_end_tokens"),
    ),
}
"""The groups of settings, one modal each."""

FIELD_LABELS: Mapping[str, str] = {
    "model": "Modelo",
    "strategy": "Estrategia",
    "max_new_tokens": "Tokens",
    "attempts": "Intentos",
    "penalty_alpha": "Alfa (contrastiva)",
    "num_beams": "Haces (beams)",
    "length_penalty": "Penalización de longitud",
    "early_stopping": "Parada",
    "num_beam_groups": "Grupos (haces diversos)",
    "stop": "Textos de fin",
    **{field: words.title for field, words in FILTERS.items()},
}
FIELD_HINTS: Mapping[str, str] = {
    "model": "El que escribe el texto.",
    "strategy": "Cómo se elige cada palabra.",
    "max_new_tokens": "Trozos de palabra nuevos: {range}.",
    "attempts": "Textos distintos para elegir: {range}.",
    "penalty_alpha": "Cuánto pesa parecerse a lo ya escrito; 0 = nada: {range}.",
    "num_beams": "Frases que se siguen a la vez: {range}.",
    "length_penalty": "Más de 0 prefiere frases largas; 1 = media por token: {range}.",
    "early_stopping": "Cuándo deja de buscar frases mejores.",
    "num_beam_groups": "Partes iguales en que se reparten los haces: {range}.",
    "stop": "Para antes de escribirlos. Sepáralos con |; ⏎ es otra línea; solo | = ninguno.",
    **{field: words.hint for field, words in FILTERS.items()},
}
INHERITED = "Heredado: {value} ({origin})"
INHERIT_OPTION = "Heredar: {value} ({origin})"

PRESETS: Mapping[str, tuple[str, str]] = {
    **{name: (style.label, style.why) for name, style in STYLES.items()},
    "greedy": ("Greedy", "siempre la palabra más probable; suele repetirse"),
    "beam": ("Haces de 5", "busca la frase más probable entre 5 a la vez"),
    "beam_no_repeat": ("Haces sin repetir", "5 haces y ningún par de trozos dos veces"),
    "notebook": ("Cuaderno", "T 1, top-p 0,5 y el top-k 50 escondido de transformers"),
    "top_k": ("Top-k 200", "T 1 y las 200 más probables, como en el cuaderno"),
    "plain": ("Tal cual", "T 1 y sin ningún corte; el dado del modelo puro"),
    "inherit": ("El heredado", "ninguno mío: el del servidor o, si no tiene, el de la instalación"),
}
"""Preset → its name and one line of explanation."""
