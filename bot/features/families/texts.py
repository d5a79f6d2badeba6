"""What `/familias` says."""

from __future__ import annotations

from collections.abc import Mapping

COMMAND = "Tu frase en las tres familias de modelos: quién ve a quién y qué dice cada una"
OPTION_TEXT = "Una frase corta, de 3 a 12 palabras: «El gato duerme en el tejado de casa»"
TOO_SHORT = (
    "Escribe una frase de al menos {words} palabras, para que haya algo a los dos lados: por "
    "ejemplo, «El gato duerme en el tejado»."
)
HAS_GAP = "Escribe la frase entera, sin huecos: la palabra la tapo yo, y luego eliges otra."
NO_WRITER = (
    "Para comparar hace falta un modelo que escriba y que esté aquí: de los de otro servidor no se "
    "ve lo de dentro. Si hay uno que rellena huecos, prueba /rellenar."
)
CUT = "De tu texto uso el principio: «{text}»."
RUNNING = "-# Leo la frase con cada modelo…"
NOT_OF_FAMILIES = "Ese texto no se pidió con /familias. Pídelo con /familias y tu frase."

NAMES: Mapping[str, str] = {
    "encoder": "Codificador",
    "decoder": "Decodificador",
    "encoder_decoder": "Codificador-decodificador",
}
SYSTEMS: Mapping[str, str] = {
    "encoder": "BERT, DistilBERT, RoBERTa",
    "decoder": "GPT-1, GPT-2, GPT-3, CTRL, GPT-Neo, GPT-J",
    "encoder_decoder": "transformer original, T5, M2M100",
}

TITLE = "### El decodificador no ve lo que viene; los otros, sí"
TITLE_WITHOUT_DECODER = "### Estos leen la frase entera, a los dos lados"
TITLE_ALONE = "### El decodificador no ve lo que viene"
TITLES: Mapping[str, str] = {
    "encoder": "### El codificador (encoder) ve los dos lados",
    "decoder": "### El decodificador (decoder) solo ve la izquierda",
    "encoder_decoder": "### Lee la frase entera y escribe otra",
}

AHEAD = "De lo que mira cada palabra, está a su derecha {shares}."
AHEAD_OF = "el **{share}** en el {name}"
ZEROS = (
    "Encima de la diagonal, entre todas sus capas, hay {count} casillas, y las {count} valen "
    "**exactamente 0**: una máscara las tapa."
)
ENCODER_AHEAD = (
    "Cada palabra mira a todas: el **{share}** de lo que mira de la frase está a su derecha. No "
    "hay máscara."
)
CROSS = (
    "Cada palabra que escribe (una fila) mira a todas las de tu frase (las columnas): es la "
    "atención cruzada."
)
ENCODER_GUESS = "En el hueco, con los dos lados, pone **{word}** ({share})."
DECODER_GUESS = "En el hueco, con solo «{left}» delante, pone **{word}** ({share})."
DECODER_NEXT = "Tras la frase entera escribe: «{text}»"
WROTE = "Escribió: «{text}»"
NOTHING = "(nada)"
COMMANDS: Mapping[str, str] = {
    "encoder": "/rellenar",
    "decoder": "/continuar",
    "encoder_decoder": "/transformar",
}
TRY = "-# Pruébalo con {command} · {systems}"
NO_MODEL = "No hay ninguno aquí: en /modelos está lo que hay."
NO_SUCH_MODEL = "Aquí no hay ningún **{name}**: en /modelos está lo que hay."
PROBLEM = "{name}: {why}"
NO_GUESS = "—"

ALL = "Las tres"
PUBLISH = "Publicar"
PUBLISH_HINT = "Una copia para todo el canal"
OPEN = "Abrir la mía"
MORE_MENU = "Otra palabra · Publicar"
HIDE = "Tapar «{word}»"

SEES_LINES: Mapping[str, tuple[str, str]] = {
    "encoder": ("todas ven", "a todas"),
    "decoder": ("nadie ve lo", "que viene"),
    "encoder_decoder": ("lo escrito ve", "toda la frase"),
}
NAME_LINES: Mapping[str, tuple[str, str]] = {
    "encoder": ("", "Codificador"),
    "decoder": ("", "Decodificador"),
    "encoder_decoder": ("Codificador-", "decodificador"),
}
CHART_QUESTION = "Tapo «{word}»: ¿qué pone cada uno?"
CHART_WRITES = "{name} · lee y escribe entera"
CHART_NONE = "no hay"

ALT_TITLE = "Quién ve a quién en «{text}»."
ALT_ENCODER = "codificador: todas las palabras se ven, {share} de lo que miran está a su derecha"
ALT_DECODER = "decodificador: un triángulo, 0 % a la derecha"
ALT_CROSS = "codificador-decodificador: cada palabra escrita ve toda la frase"
ALT_NONE = "{name}: no hay"
ALT_GUESS = "en el hueco pone «{word}»"
ALT_ROW = "«{word}» mira sobre todo a «{other}» ({share})"
