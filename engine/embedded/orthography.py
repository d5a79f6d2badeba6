"""Paragraphs whose accents can be learned from: those without a form that good texts do not have.

Old prints, quick transcriptions and machine translations leave accents out, or put them where they
are put no more («dia», «fué», «jóven»). Whoever learns from them leaves accents out as well. What
is right is not in a list: it is what modern texts write nearly always, or, of words that they do
not have, all texts together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from engine.embedded.corpus import EVERYDAY, LITERATURE
from engine.letters import unaccented

LEAST_MODERN, MOST_MODERN_SHARE = 10, 0.02
"""Of so many words with the same letters in modern texts, a form with a smaller share is wrong."""
LEAST_ANY, MOST_ANY_SHARE = 5, 0.1
"""The same in all texts, of words that modern ones hardly have."""
LONG_WORD, LEAST_SHORT = 4, 15
"""Letters of a long word; how often modern texts have a short one that is right."""
_LAST_VOWELS = "aeoáéó"
_WORD = re.compile(r"[^\W\d_]+")
_OLD = (LITERATURE, EVERYDAY)


def careful(texts: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the paragraphs of each kind, those with a wrong form emptied.

    Args:
        texts: Kind → its paragraphs; an empty one parts documents, and an emptied one does too.
    """
    modern = _forms(text for kind, found in texts.items() if kind not in _OLD for text in found)
    every = modern + _forms(text for kind in _OLD for text in texts.get(kind, ()))
    wrong = wrong_forms(modern, every)
    return {
        kind: [text if wrong.isdisjoint(_WORD.findall(text.lower())) else "" for text in found]
        for kind, found in texts.items()
    }


def wrong_forms(modern: Mapping[str, int], every: Mapping[str, int]) -> frozenset[str]:
    """Return the forms that good texts write otherwise.

    Args:
        modern: Words in lower case and how often modern texts have them.
        every: The same of all texts.
    """
    modern_totals, modern_best = _totals(modern)
    totals, best = _totals(every)
    wrong = set()
    for form, count in every.items():
        letters = unaccented(form)
        total = modern_totals.get(letters, 0)
        usual = modern_best[letters] if total >= LEAST_MODERN else best[letters]
        if total >= LEAST_MODERN:
            is_wrong = modern.get(form, 0) < MOST_MODERN_SHARE * total
        else:
            total = totals[letters]
            is_wrong = total >= LEAST_ANY and count < MOST_ANY_SHARE * total
        if is_wrong and not _may_be_rare(form, usual, modern.get(form, 0)):
            wrong.add(form)
    return frozenset(wrong)


def _may_be_rare(form: str, usual: str, modern_count: int) -> bool:
    """Tell of a form that good texts of some kinds seldom have.

    Manuals say neither «miro» nor «miró»: whether the last vowel of a verb has an accent tells
    nothing. Nor does it of the short words that an accent makes others: «él», «sé», «dé».
    """
    if len(form) >= LONG_WORD:
        return form[:-1] == usual[:-1] and form[-1] in _LAST_VOWELS
    return is_diacritic(form, modern_count)


def is_diacritic(form: str, modern_count: int) -> bool:
    """Tell of a short word that its accent makes another, and that modern texts have."""
    is_short = len(form) < LONG_WORD
    return is_short and form != unaccented(form) and modern_count >= LEAST_SHORT


def _forms(texts: Iterable[str]) -> Counter[str]:
    forms: Counter[str] = Counter()
    for text in texts:
        forms.update(_WORD.findall(text.lower()))
    return forms


def _totals(forms: Mapping[str, int]) -> tuple[dict[str, int], dict[str, str]]:
    """Return how often letters come in any form, and in which most often."""
    totals: dict[str, int] = {}
    best: dict[str, str] = {}
    for form, count in forms.items():
        letters = unaccented(form)
        totals[letters] = totals.get(letters, 0) + count
        if letters not in best or count > forms[best[letters]]:
            best[letters] = form
    return totals, best
