"""Texts that several commands share."""

from __future__ import annotations

from collections.abc import Mapping

PRECISIONS: Mapping[str, str] = {
    "exact": "exacto",
    "fast": "rápido",
    "turbo": "aproximado",
    "remote": "sin decir con qué precisión",
}
"""Badge of each arithmetic."""
ARITHMETIC = "{precision} ({kernels})"
ELSEWHERE = "fuera de aquí, en {host}: no dice cómo"
NOT_FASTER = "; PRECISION={asked} ({name}) aquí no iría más deprisa"
REPLY_GONE = (
    "Ya no guardo los datos de ese texto: se borraron o pasó su plazo. "
    "Pídelo otra vez con /continuar o /explicar."
)
CHOOSE = "Elige una opción"
STALE_ITEM = (
    "Ese botón o menú lleva un valor que ya no existe: es de otra versión o de otro texto. "
    "Pide el texto otra vez con el comando."
)
NOT_YOURS = "Este texto es de {owner}: puedes leerlo y explicarlo. Para cambiarlo, usa /continuar."
NOT_RUNNING = "Esa respuesta ya no está en marcha."
WRONG_SERVER = (
    "Aquí no puedo responder: quien administra este bot lo ha limitado a otros servidores."
)
NO_DIRECT_MESSAGES = "No respondo por mensaje privado: escríbeme en un canal del servidor."
CLOSING = "Me estoy reiniciando: vuelve a pedirlo dentro de un minuto."
COOLDOWN = "Vas muy deprisa: puedes pedir otro texto dentro de {wait}."
TOO_MANY = (
    "Ya tienes {limit} peticiones en marcha, que es el máximo. "
    "Espera a que acabe una o pulsa «Detener»."
)
TOO_MANY_ONE = (
    "Ya tienes una petición en marcha, que es el máximo. Espera a que acabe o pulsa «Detener»."
)
INTERRUPTED = "Se interrumpió: me reinicié antes de acabar. Vuelve a pedirlo."
INTERRUPTED_AGAIN = (
    "Se interrumpió: me reinicié antes de acabar. Pulsa «Otra» para pedirlo de nuevo."
)
WRITING_AGAIN = "Me reinicié antes de acabar: lo escribo otra vez."
RESTARTING = "Me estoy reiniciando: el texto se queda aquí."
STOP = "Detener"
BLANK_PROMPT = (
    "No me has dado ningún texto. Escribe el principio de una frase y la continúo: "
    "por ejemplo, «Había una vez un unicornio»."
)
BLOCKED_PROMPT = "Ese texto lleva una palabra que este servidor no permite."
UNKNOWN_COMPONENT = (
    "Me reinicié y ese botón ya no sabe a qué se refería. Pide el texto otra vez con el comando."
)
UNKNOWN_FORM = "Me reinicié y perdí ese formulario."
YOUR_TEXT = "{sentence} Tu texto: {text}"
YOUR_TEXT_IN_FILE = "{sentence} Tu texto va entero en el fichero."
YOUR_TEXT_ALT = "El texto que escribiste"
UNKNOWN_FORM_EMPTY = "Me reinicié y perdí ese formulario. Ábrelo otra vez con el comando."
NOT_STORED = (
    "El texto está escrito, pero no está guardado: no lleva los botones que lo necesitan. Copia lo "
    "que quieras conservar. {why}"
)
PART_MISSING = "Una parte no llegó a escribirse. {why}"

BANNED_TOKEN = "⟨vetada⟩"

DELETE = "Borrar"
DELETED = "Borrado."
UNDO = "Deshacer"
UNDO_NOT_YOURS = "Solo puede deshacerlo quien lo ha borrado."
UNDO_TOO_LATE = "Ya no se puede deshacer: el texto está borrado del todo."


def tokens(count: str) -> str:
    """Count tokens: «1 token», «60 tokens»."""
    return f"{count} token" if count == "1" else f"{count} tokens"
