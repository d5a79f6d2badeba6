"""The control codes of CTRL, as people choose them."""

from __future__ import annotations

from collections.abc import Mapping

CHOOSE = "Código: elige de qué escribe"
NOW = "{what} (ahora)"
HINTS: Mapping[str, str] = {
    "Wikipedia": "como un artículo de enciclopedia",
    "Books": "como una novela",
    "Reviews": "como una reseña de un producto",
    "Links": "como la página de un enlace",
    "News": "como una noticia",
    "Questions": "como pregunta y respuesta",
    "Translation": "como una traducción",
    "Horror": "como un cuento de miedo",
    "Science": "como un foro de ciencia",
    "Joke": "como un chiste",
    "Legal": "como un foro de leyes",
    "Politics": "como un foro de política",
    "Movies": "como un foro de cine",
    "Gaming": "como un foro de videojuegos",
    "Fitness": "como un foro de deporte",
    "Finance": "como un foro de dinero",
    "Relationships": "como un consultorio de parejas",
    "Confessions": "como una confesión",
    "Opinion": "como una columna de opinión",
    "Writing": "como un taller de escritura",
}
"""What a model writes behind each, in a few words."""
