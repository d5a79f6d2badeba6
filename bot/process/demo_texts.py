"""What the demo says in the terminal and in its channel."""

from __future__ import annotations

GEMMA_NOTICE = (
    "Esta demo usa Gemma 3 270M, de Google. Al usarla aceptas sus condiciones: "
    "https://ai.google.dev/gemma/terms (sin Gemma: make demo DEMO_MODEL=unicornio-9m)."
)
PREPARING = "Preparando {model}…"
OPEN = """
Unicornio está listo. Abre esta dirección en tu navegador:

    {url}

Pulsa los botones de la bienvenida, o escribe / en el cuadro de abajo.
Para terminar: Ctrl+C"""
CLOSED = "Demo terminada."
BOT = "Unicornio"
GUILD = "NLP de 0 a 100"
CHANNEL = "generación-de-texto"
ADMIN_ROLE = "Organización"
SAID = (
    "En un hallazgo impactante, un científico descubrió una manada de unicornios que vivía en un "
    "valle remoto de los Andes."
)
WELCOME = (
    "### ¡Hola! Soy Unicornio\n"
    "Sigo textos y enseño por qué salió cada palabra. Pulsa en orden, sin escribir nada:"
)
MENUS = (
    "Y con el mensaje de Luis, lo que en Discord está en el menú del mensaje (mantén pulsado → "
    "Aplicaciones):\n-# Con tus textos: escribe `/` abajo. Para verlo todo, `/ayuda`."
)
