"""What a word list finds: words as people read them, however they are dressed."""

import unicodedata
from collections import defaultdict
from itertools import pairwise
from string import ascii_lowercase

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.decoding.banned_words import BannedWords
from engine.embedded import BLOCKED_WORDS_FILE, blocked_words
from engine.words import LETTER_MARKS, WordList, fold, fold_piece, settled_mark
from tests.engine.decoding.vocabularies import ListedVocabulary

LISTED = ("puta", "coño", "cabrón", "vergüenza", "hijo de tal", "ano")
SHIPPED = blocked_words(BLOCKED_WORDS_FILE)
LIST = WordList(LISTED + SHIPPED)

_EVERY = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
UNSEEN = [
    c
    for c in regex.findall(r"\p{Default_Ignorable_Code_Point}", _EVERY)
    if c not in "\u115f\u1160\u3164\uffa0"
]
ORNAMENTS = [
    c
    for c in regex.findall(r"[\p{Mn}\p{Me}]", _EVERY)
    if not set(unicodedata.normalize("NFD", c)) & set(LETTER_MARKS)
]
OTHER_FORMS = defaultdict(list)
for character in _EVERY:
    if not unicodedata.is_normalized("NFKC", character):
        plain = unicodedata.normalize("NFKC", character).casefold()
        OTHER_FORMS[plain if plain in ascii_lowercase else ""].append(character)


def decorations(word):
    """Ways of writing a word that look like it."""

    def dress(letter, form, signs, is_split):
        dressed = form or letter
        if is_split:
            dressed = unicodedata.normalize("NFD", dressed)
        return dressed + "".join(signs)

    return st.tuples(
        *(
            st.builds(
                dress,
                st.just(letter),
                st.sampled_from(["", *(OTHER_FORMS[letter] if letter in ascii_lowercase else ())]),
                st.lists(st.sampled_from(UNSEEN) | st.sampled_from(ORNAMENTS), max_size=3),
                st.booleans(),
            )
            for letter in word
        )
    ).map("".join)


decorated = st.sampled_from(LISTED + SHIPPED).flatmap(decorations)


@settings(deadline=None, max_examples=200)
@given(decorated, st.sampled_from(["", "¡", "vaya ", "™"]), st.sampled_from(["", "!", " ya", "™"]))
@example("p\u200bu\u00adt\u2060a", "", "")
@example("ＰＵＴＡ", "", "")
@example("𝓹𝓾𝓽𝓪", "", "")
@example("p\u0336u\u0336t\u0336a\u0336", "", "")
@example("Ⓟⓤⓣⓐ", "", "")
@example("con\u0336\u0303o", "", "")
@example("cabro\u200b\u0301n", "", "")
def test_a_listed_word_is_found_however_it_is_dressed(word, before, after):
    assert LIST.is_in(f"{before}{word}{after}")


@pytest.mark.parametrize(
    "text",
    [
        "computadora",
        "disputa",
        "ñoño",
        "año",
        "an\u0303o",
        "An\u0303O",
        "cono",
        "cabron",
        "verguenza",
        "pútá",
        "pu\u0301ta",
        "diputada",
        "hijo de tales",
        "p u t a",
        "hola\u3164ana",
        "Me gusta el año 2024™: 1.º, 2.ª y ½ kg…",
    ],
)
def test_other_words_pass(text):
    assert not WordList(LISTED).is_in(text)


def test_letters_of_their_own_are_kept_apart():
    for letter, other in ("ñn", "áa", "ée", "íi", "óo", "úu", "üu"):
        for form in ("NFC", "NFD"):
            assert WordList([letter]).is_in(unicodedata.normalize(form, letter.upper()))
            assert not WordList([other]).is_in(unicodedata.normalize(form, letter))
        assert not WordList([letter]).is_in(other)


def test_a_filler_as_wide_as_a_letter_divides_words():
    assert WordList(["puta"]).is_in("la\u3164puta\uffa0vida")


@pytest.mark.parametrize(
    ("entry", "text", "is_found"),
    [("Ⓐ", "viva Ⓐ", True), ("Ⓐ", "voy a casa", False), ("👩‍💻", "👩\u200d💻", True)],
)
def test_a_sign_stays_a_sign(entry, text, is_found):
    assert WordList([entry]).is_in(text) is is_found


PIECES = st.text(
    st.sampled_from("anuñáü Ａ𝓪ª" + LETTER_MARKS + "\u0336\u0323\u200b\u00ad-") | st.characters(),
    max_size=6,
)


@settings(deadline=None, max_examples=600)
@given(PIECES, PIECES)
def test_folding_two_pieces_is_folding_both(first, second):
    before, piece = fold(first), fold_piece(second)
    rest = piece.lstrip(LETTER_MARKS)
    mark = settled_mark(before, piece.removesuffix(rest))
    assert unicodedata.normalize("NFD", fold(first + second)) == unicodedata.normalize(
        "NFD", before + mark + rest
    )


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(LISTED), st.data())
def test_a_token_that_completes_a_dressed_word_is_cut(listed, data):
    """Wherever the tokens divide it, between the bytes of a character too."""
    whole = f"la {data.draw(decorations(listed))}".encode()
    cuts = data.draw(st.sets(st.integers(1, len(whole) - 1), max_size=5))
    edges = [0, *sorted(cuts), len(whole)]
    pieces = [whole[a:b] for a, b in pairwise(edges)]
    banned = BannedWords(ListedVocabulary(pieces), len(pieces), (listed,))
    ids = list(range(len(pieces)))
    assert any(i in banned.banned_after(ids[:i]) for i in ids)
