"""The three families of models: what they are called, what they do, and which command asks them."""

from __future__ import annotations

from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "generate": "/continuar",
    "fill": "/rellenar",
    "transform": "/transformar",
}
"""What a kind is asked for (`engine.models.kinds.CALLS`) → the command that asks it."""
DOES: Mapping[str, str] = {
    "generate": "sigue textos",
    "fill": "rellena huecos",
    "transform": "transforma textos",
}
DOES_NOT: Mapping[str, str] = {
    "generate": "no sigue textos",
    "fill": "no rellena huecos",
    "transform": "no transforma textos",
}
DOES_NOT_THAT = "no hace otra cosa"
WRONG_KIND = "El modelo «{model}» {does}, {refusal}: prueba {command}."
WRONG_STORED_KIND = (
    "El modelo «{model}» de los ajustes {does}, {refusal}; uso el de por defecto. Para él está "
    "{command}."
)
NONE_OF: Mapping[str, str] = {
    "generate": "Aquí no hay ningún modelo que siga textos. Mira en /modelos lo que hay.",
    "fill": "Aquí no hay ningún modelo que rellene huecos. Mira en /modelos lo que hay.",
    "transform": "Aquí no hay ningún modelo que transforme textos. Mira en /modelos lo que hay.",
}
