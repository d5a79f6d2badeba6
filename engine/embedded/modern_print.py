"""Old print as it would be printed today: dashes of talk, and titles written out.

A third of the novels mark talk with a hyphen, others glue the dash to the word before it, and half
of them have «D. Juan» and «¿quiere V. sentarse?». A small model spends itself on such variants of
one thing. Signs of the Ortografía de la lengua española (RAE and ASALE, 2010): a dash before each
turn, an incise between dashes with a space outside and none inside.
"""

from __future__ import annotations

import re

TURNS_WITH_HYPHEN = 20
"""A document with more paragraphs that begin with a hyphen uses it as its dash."""
_TITLES = {"D": "don", "Sr": "señor", "Sra": "señora", "Srta": "señorita", "Dr": "doctor"}
_PRONOUNS = {"V": "usted", "Vd": "usted", "Ud": "usted", "Vds": "ustedes", "Uds": "ustedes"}
_BEGINS_SENTENCE = r"(?:^|(?<=[—¿¡«\n])|(?<=[.?!…] ))"
_INSIDE = r"(?<=[a-záéíóúñü,;:]\s)"
_HYPHEN_TURN = re.compile(r"^(»?)-{1,2}\s*(?=[^\s-])", re.MULTILINE)
_HYPHEN_OPENS = re.compile(r"(?<=\s)-{1,2}(?=[\w¿¡«\"])")
_HYPHEN_CLOSES = re.compile(r"(?<=[\w.,;:!?…»\"])-{1,2}(?=[\s.,;:]|$)", re.MULTILINE)
_GLUED_DASH = re.compile(r"(?<=[\w.,;:!?…»])—(?=[a-záéíóúñ])")
_UNCLOSED = re.compile(r" —([a-záéíóúñ][^—\n]{0,120}?)\.—\s?(?=[¡¿«A-ZÁÉÍÓÚÑ])")
_DOUBLE_DASH = re.compile(r"--")
_LADY = re.compile(r"\bD(?:\.\s?[ªa]\.?|[ªa]\.)(?=\s[A-ZÁÉÍÓÚÑ])")
_TITLE = re.compile(rf"\b({'|'.join(_TITLES)})\.(?=\s(?:D\.\s)?[A-ZÁÉÍÓÚÑ][a-záéíóúñü])")
_TITLE_OF_OFFICE = re.compile(r"\b(Sr|Sra)\.(?=\s(?:don|doña|de|[a-záéíóúñ]{4,})\b)")
_PRONOUN = re.compile(
    rf"({_BEGINS_SENTENCE}|{_INSIDE})({'|'.join(_PRONOUNS)})\.(?=\s?[,;:?!—…)]|\s[a-záéíóúñü¿¡])"
)
_LAST = re.compile(r"(?<=[a-záéíóúñü,;:]\s)(Vds?|Uds?)(?=\.(?:\s[¡«A-ZÁÉÍÓÚÑ—]|$))", re.MULTILINE)
_FIRST = re.compile(
    rf"{_BEGINS_SENTENCE}(?:don|doña|señora?|señorita|doctor)(?= (?:don|[A-ZÁÉÍÓÚÑ]))"
)


def in_modern_print(document: str) -> str:
    """Return a document of one paragraph a line with the dashes and titles of today's books.

    Initials («V. M.», «Carlos V.»), compound words and numbers stay as they are.
    """
    document = _DOUBLE_DASH.sub("—", document)
    if len(_HYPHEN_TURN.findall(document)) > TURNS_WITH_HYPHEN:
        document = _HYPHEN_TURN.sub(r"\1—", document)
        document = _HYPHEN_OPENS.sub("—", document)
        document = _HYPHEN_CLOSES.sub("—", document)
    document = _GLUED_DASH.sub(" —", document)
    document = _UNCLOSED.sub(r" —\1—. ", document)
    document = _LADY.sub("doña", document)
    document = _TITLE.sub(lambda found: _TITLES[found[1]], document)
    document = _TITLE_OF_OFFICE.sub(lambda found: _TITLES[found[1]], document)
    document = _PRONOUN.sub(_pronoun, document)
    document = _LAST.sub(lambda found: _PRONOUNS[found[1]], document)
    return _FIRST.sub(lambda found: found[0].capitalize(), document)


def _pronoun(found: re.Match[str]) -> str:
    word = _PRONOUNS[found[2]]
    before = found.string[: found.start(2)]
    is_first = not before or before[-1] in "—¿¡«\n" or before[-2:-1] in set(".?!…")
    return word.capitalize() if is_first else word
