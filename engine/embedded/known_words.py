"""`python -m engine.embedded.known_words`: the forms of each word, as careful texts write them.

A model sees a rare word a few times and forgets it; a list does not. Of words with the same letters
the list holds every form that careful texts have with a real share: one of «sociólogo», two of
«esta» and «está». Of a word with several forms it holds also the neighbours beside which careful
texts have nearly always the same one. A form that has its capital in the middle of sentences too is
a name; one that has none there is none. Nothing held out is read for it.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from engine.embedded.corpus import EVERYDAY, KINDS, LITERATURE, read_documents
from engine.embedded.hurry import paragraphs
from engine.embedded.orthography import careful, is_diacritic
from engine.embedded.recipe import AccentsRecipe
from engine.letters import GOES_ON, SENTENCE_MARKS, WRAPPERS, unaccented
from engine.spellings import SMALL, SPELLINGS_FILE, Spellings, words_in

MODERN_WEIGHT = 10
"""What a word of a modern text counts beside one of an old text, whose accents are less sure."""
LEAST_SHARE = 0.01
"""Of the words with the same letters; a form with less is a slip."""
FEW, LEAST_SHARE_OF_FEW = 20, 0.2
"""A form that is hardly ever seen, two times in modern texts, needs a larger share."""
LEAST_BESIDE, LEAST_SHARE_BESIDE = 10, 0.95
"""How often a word stands beside another, and in the same form, until that form is known there."""
SURE_SHARE = 0.97
"""A form with so much anyway needs no neighbour."""
LEAST_INSIDE, SURE_CASE = 4, 0.97
"""How often a form stands inside sentences, and in the same case, until its case is known."""
_OLD = (LITERATURE, EVERYDAY)
Place = tuple[str, str, str]
"""A word before, a form or its letters, and a word behind; words may be empty."""


def main() -> None:
    """Write the list into a model's folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, help="folder with *.txt.xz files")
    parser.add_argument("model", type=Path, help="folder of the encoder-decoder")
    asked = parser.parse_args()
    kinds = read_documents(asked.corpus, validation_share=AccentsRecipe.validation_share)
    texts = careful({kind: paragraphs(kinds[kind].training) for kind in KINDS})
    known_words(texts).write(asked.model / SPELLINGS_FILE)


def known_words(texts: Mapping[str, Sequence[str]]) -> Spellings:
    """Find the forms of each word.

    Args:
        texts: Kind → its careful paragraphs (`orthography.careful`).
    """
    modern = _count(text for kind, found in texts.items() if kind not in _OLD for text in found)
    counts = _count(text for kind in _OLD for text in texts.get(kind, ()))
    for form, count in modern.items():
        counts[form] += MODERN_WEIGHT * count
    by_letters: dict[str, list[str]] = {}
    for form, _ in counts.most_common():
        by_letters.setdefault(unaccented(form), []).append(form)
    words = {letters: tuple(_kept(forms, counts, modern)) for letters, forms in by_letters.items()}
    cased = _cases(texts)
    lines = [
        f"\t{' '.join(_cased(form, cased.get(form, Counter())) for form in forms)}\t"
        for forms in words.values()
    ]
    several = {letters: forms for letters, forms in words.items() if len(forms) > 1}
    return Spellings([*lines, *map("\t".join, _beside(texts, several, counts))])


def _count(texts: Iterable[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(filter(None, words_in(text.lower())))
    return counts


def _cases(texts: Mapping[str, Sequence[str]]) -> dict[str, Counter[str]]:
    """Return of each form, in small letters, how it is written inside sentences, and how often."""
    found: dict[str, Counter[str]] = {}
    for kind, paragraphs_of_kind in texts.items():
        weight = 1 if kind in _OLD else MODERN_WEIGHT
        for text in paragraphs_of_kind:
            for word in _inside(text):
                found.setdefault(word.lower(), Counter())[word] += weight
    return found


def _inside(text: str) -> Iterator[str]:
    """Yield the words of a text before which no sentence begins, nor what is in quotes."""
    is_inside = False
    for chunk in text.split():
        core = chunk.strip(SENTENCE_MARKS + WRAPPERS)
        before, _, behind = chunk.partition(core or chunk)
        if core.isalpha() and is_inside and not before:
            yield core
        is_inside = bool(core) and set(behind) <= set(GOES_ON)


def _cased(form: str, seen: Mapping[str, int]) -> str:
    """Return a form as the list has it: with its capitals, as none, or free.

    Args:
        form: In small letters.
        seen: How it is written inside sentences, and how often.
    """
    total = sum(seen.values())
    best = max(seen, key=seen.__getitem__, default=form)
    if total < LEAST_INSIDE or seen[best] < SURE_CASE * total:
        return form
    return SMALL + form if best == form else best


def _kept(
    forms: Sequence[str], counts: Mapping[str, int], modern: Mapping[str, int]
) -> Iterator[str]:
    """Yield the forms that are no slips."""
    total = sum(counts[form] for form in forms)
    least = max(LEAST_SHARE * total, min(LEAST_SHARE_OF_FEW * total, FEW))
    for form in forms:
        if counts[form] >= least or is_diacritic(form, modern.get(form, 0)):
            yield form


def _beside(
    texts: Mapping[str, Sequence[str]],
    words: Mapping[str, Sequence[str]],
    counts: Mapping[str, int],
) -> Iterator[Place]:
    """Yield the forms that words nearly always have beside another, or between two.

    What is known beside one word is not said again of it between two.
    """
    between = _places(texts, words)
    one_side: Counter[Place] = Counter()
    for (before, form, behind), count in between.items():
        if before:
            one_side[before, form, ""] += count
        if behind:
            one_side["", form, behind] += count
    unsure = {
        form
        for forms in words.values()
        for form in forms
        if counts[form] < SURE_SHARE * sum(counts[other] for other in forms)
    }
    known = {_letters(place): place for place in _same(one_side) if place[1] in unsure}
    yield from known.values()
    for place in _same(between):
        before, letters, behind = _letters(place)
        sides = {known.get((before, letters, "")), known.get(("", letters, behind))} - {None}
        is_said = {side[1] for side in sides if side} == {place[1]}
        if before and behind and place[1] in unsure and not is_said:
            yield place


def _places(
    texts: Mapping[str, Sequence[str]], words: Mapping[str, Sequence[str]]
) -> Counter[Place]:
    """Count where the words stand."""
    places: Counter[Place] = Counter()
    for kind, found in texts.items():
        weight = 1 if kind in _OLD else MODERN_WEIGHT
        for text in found:
            forms = words_in(text.lower())
            plain = ["", *map(unaccented, forms), ""]
            for form, before, letters, behind in zip(
                forms, plain, plain[1:], plain[2:], strict=False
            ):
                if form in words.get(letters, ()):
                    places[before, form, behind] += weight
    return places


def _same(places: Mapping[Place, int]) -> Iterator[Place]:
    """Yield the places at which a word has nearly always the same form."""
    for _, group in groupby(sorted(places, key=_letters), key=_letters):
        here = list(group)
        best = max(here, key=places.__getitem__)
        total = sum(map(places.__getitem__, here))
        if total >= LEAST_BESIDE and places[best] >= LEAST_SHARE_BESIDE * total:
            yield best


def _letters(place: Place) -> Place:
    return place[0], unaccented(place[1]), place[2]


if __name__ == "__main__":
    main()
