"""What is said of programs and of models that write them."""

from __future__ import annotations

ONE_GAP = "Solo puedo rellenar un hueco (___) cada vez: deja uno."
FILLS_NO_GAPS = (
    "{model} solo sigue hacia delante: no sabe rellenar huecos. Quita el ___ y lo que va detrás."
)
GAPS_NOT_KNOWN = (
    "{model} aún no está cargado y no sé si rellena huecos. Pídele antes cualquier texto sin ___ y "
    "prueba otra vez."
)
INVENTED_FROM = "Inventado desde la línea {line} por {model}"
FILLED = "El hueco de la línea {line}, inventado por {model}"
FILLED_LINES = "El hueco (líneas {first} a {last}), inventado por {model}"
MEAN = "{mean} por token"
FILE_NAME = "programa.txt"
IN_FILE = "No cabe entero aquí, o lleva comillas de bloque: va en el fichero, tal cual."
ENDINGS = {
    "function": "acabó la función",
    "eos": "acabó él solo",
    "length": "llegó a los tokens pedidos",
}
