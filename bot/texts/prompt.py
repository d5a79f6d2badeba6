"""What replies say about the form of a prompt."""

from __future__ import annotations

FINAL_SPACE = "Tu texto acaba en un espacio, y eso cambia el primer token."
SPLIT_ACCENTS = (
    "Tu texto trae los acentos sueltos (pasa al copiarlo de un PDF o de un Mac): "
    "lo dejo así, pero el modelo lo lee en otros tokens."
)
CONTROL_TOKEN = "Tu texto lleva {tokens}, que el modelo no lee como texto: es una señal de control."
CONTROL_TOKENS = "Tu texto lleva {tokens}, que el modelo no lee como texto: son señales de control."
MORE_CONTROL_TOKENS = "{count} más"
