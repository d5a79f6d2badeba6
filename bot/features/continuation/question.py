"""A question is no beginning: the sentence that its answer would be, up to where it ends."""

from __future__ import annotations

import re
import unicodedata

from bot.storage.records import StoredReply

GENERIC = "La capital de Francia es"
_LIMIT = 80

_ENDS = " \t\n»”’\"')]*_"
_BE = r"(es|son|fue|fueron|era|eran|será|serán|sería)"
_PLACE = r"(se encuentran?|está|están|quedan?|viven?|vivió|nació|nacieron|murió|murieron)"
_TIME = r"(fue|nació|nacieron|murió|murieron|empezó|empieza|acabó|acaba|terminó|ocurrió)"
_STATE = r"((?:no )?(?:es|son|era|eran|está|están|estaba|estaban))"
_QUALITY = r"((?:(?:tan|muy|más|menos) )?\w+)"
_NOUN = r"((?:el|la|los|las|mi|mis|tu|tus|su|sus|nuestr[oa]s?) \w+(?: del? .+)?)"
_SUBJECT = r"(?:el|la|los|las|un|una|mis?|tus?|sus?|nuestr[oa]s?|es[aeo]s?|est[aeo]s?|él|ella)"
_NO_CLAUSE = r"(?:no|sí|si|yo|tú|tu|él|ella|eso|esto|aquí|ahora|entonces|tanto|a mí)"
_NO_VERB = r"(?:de|entre|sobre|ante|desde|que)"
_MEASURE = r"(cuesta|cuestan|vale|valen|mide|miden|pesa|pesan|dura|duran|tarda|tardan)"
_SHAPES: tuple[tuple[str, str], ...] = (
    (rf"cu[aá]l(?:es)? {_BE} (.+)", "{1} {0}"),
    (rf"qui[eé]n(?:es)? {_BE} (.+)", "{1} {0}"),
    (rf"qu[eé] (?:{_BE}|(significan?)) (.+)", "{2} {0}{1}"),
    (r"qui[eé]n (\w+(?:ó|zo|jo|uvo|uso|iso|io) .+)", "Quien {0} fue"),
    (rf"qui[eé]n (?!{_NO_VERB}\b)(\w+[ae] .+)", "Quien {0} es"),
    (r"qui[eé]nes (\w+[ae]ron .+)", "Quienes {0} fueron"),
    (rf"d[oó]nde {_PLACE} (.+)", "{1} {0} en"),
    (r"d[oó]nde hay (.+)", "Hay {0} en"),
    (r"cu[aá]ndo (es|será) (.+)", "{1} {0} el"),
    (rf"cu[aá]ndo {_TIME} (.+)", "{1} {0} en"),
    (r"c[oó]mo se (llaman?|hacen?|dice|escribe) (.+)", "{1} se {0}"),
    (r"c[oó]mo (funcionan?) (.+)", "{1} {0}"),
    (rf"cu[aá]nto {_MEASURE} (.+)", "{1} {0}"),
    (r"cu[aá]nt[oa]s (\w+) (tienen?|hay en) (.+)", "El número de {0} que {1} {2} es"),
    (rf"por qu[eé] {_STATE} {_QUALITY} {_NOUN}", "{2} {0} {1} porque"),
    (rf"por qu[eé] (?!{_STATE} (?:\w+ )?{_SUBJECT}\b|{_NO_CLAUSE}$)(.+)", "{1} porque"),
)
"""A question's words between its marks → the beginning of an answer."""


def is_question(text: str) -> bool:
    """Tell whether a text ends as a question does."""
    return text.rstrip(_ENDS).endswith("?")


def suggestion(reply: StoredReply) -> str | None:
    """Return the beginning to try in place of a question; None where the text is no question.

    Args:
        reply: What was written behind it; of a text that goes on from a model's words, or from
            words that are not stored, nothing is suggested.
    """
    request = reply.request
    if not reply.is_prompt_kept or request.prefix_ids or reply.kind != "continuar":
        return None
    return beginning(request.prompt) if is_question(request.prompt) else None


def beginning(question: str) -> str:
    """Turn a question into the beginning of its answer, or give an example of another."""
    question = unicodedata.normalize("NFC", question)
    asked = " ".join(question.rstrip(_ENDS).rstrip("?").split())
    asked = re.split(r"[¿.!?;:…]\s*", asked)[-1].strip()
    for shape, template in _SHAPES:
        if found := re.fullmatch(shape, asked, re.IGNORECASE):
            answer = template.format(*(group or "" for group in found.groups()))
            return answer[:1].upper() + answer[1:] if len(answer) <= _LIMIT else GENERIC
    return GENERIC
