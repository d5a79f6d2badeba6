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

Escribe / en el cuadro de abajo y prueba /continuar o /explicar.
Para terminar: Ctrl+C"""
CLOSED = "Demo terminada."
BOT = "Unicornio"
GUILD = "NLP de 0 a 100"
CHANNEL = "generación-de-texto"
ADMIN_ROLE = "Organización"
WELCOME = (
    "¡Hola! Prueba `/continuar` con: «En un hallazgo impactante, un científico descubrió una "
    "manada de unicornios que vivía en un valle remoto de los Andes»."
)
