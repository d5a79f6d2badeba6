"""Where a Spanish sentence ends: one rule for when a text may stop and for what makes it stop."""

from __future__ import annotations

from engine.words import is_word_character

MARKS = ".!?…"
"""What a sentence ends with."""
CLOSERS = "\"'»”’›)]}"
"""What may stand behind its mark."""
_SHORTENED = """
    art arts av avda cap caps cf cía dep dept depto dpto dr dra dras drs dña ee ej excmo fig gral
    ilmo ing lic máx mín mr mrs ms núm núms op pp prof profa pág págs rvdo sr sra sras sres srta
    srtas ss sta sto tel tlf ud uds vd vds vol vs
"""
SHORTENED = frozenset(_SHORTENED.split())
"""Words that a dot shortens and a sentence seldom ends with; «etc.» and «UU.» do end some."""
LONGEST_SHORTENED = max(map(len, SHORTENED))
LIFT_NATS = 8.0
"""What the last of the tokens behind the limit adds to the score of what ends a sentence."""
_GROUP_DIGITS = 3
_PARAGRAPH_BREAKS = 2


def ends_sentence(text: str) -> bool:
    """Tell whether a text ends with a sentence: with its mark, and perhaps what closes it.

    A dot ends none behind a word that it shortens («Sra.»), one letter («J.», «p. ej.»), or up to
    three digits: «1.» numbers a line, and «12.» may go on to be «12.500». A year ends one.
    """
    body = without_closing(text)
    marks = body[len(body.rstrip(MARKS)) :]
    if marks != ".":
        return bool(marks)
    return not is_shortened(last_word(body[:-1]))


def ends_paragraph(text: str) -> bool:
    """Tell whether a text ends with an empty line behind something complete, as a title is."""
    stripped = text.rstrip()
    breaks = text[len(stripped) :].count("\n")
    if not stripped or breaks < _PARAGRAPH_BREAKS:
        return False
    return is_word_character(stripped[-1]) or stripped[-1] in CLOSERS


def last_word(text: str) -> str:
    """Return the letters and digits that a text ends with."""
    start = len(text)
    while start and is_word_character(text[start - 1]):
        start -= 1
    return text[start:]


def is_shortened(word: str) -> bool:
    """Tell whether a dot behind a word is part of it rather than the end of a sentence."""
    if len(word) == 1:
        return True
    return (word.isdigit() and len(word) <= _GROUP_DIGITS) or word.casefold() in SHORTENED


def without_closing(text: str) -> str:
    """Return a text without white space and closing signs behind it."""
    end = len(text)
    while end and (text[end - 1].isspace() or text[end - 1] in CLOSERS):
        end -= 1
    return text[:end]
