"""The guard of letters against the rule itself, tried on every token and every text."""

import re
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decoding.same_letters import LettersIndex, SameLetters
from engine.letter_states import MOST_MARKS, SourceLetters, State
from engine.letters import SENTENCE_MARKS, WRAPPERS, bare, words_of
from engine.spellings import NOTHING_KNOWN, SMALL, Spellings, small, words_in

TEXTS = (
    " ",
    "\n",
    "a",
    "A",
    "á",
    " Á",
    "n",
    "ñ",
    " a",
    "an",
    "a,",
    ", ",
    ".",
    "?",
    "¿",
    " ¿A",
    "3",
    "5",
    ",5",
    "3,5",
    "«",
    "»",
    "».",
    "a a",
    "a. A",
    "—",
    "!",
    ":",
    "a\n",
    "(",
    ")",
    "a?»",
)
PARTS = [b"\xc3", b"\xa1", b"\xbf", b"\xc2", b"\xe2", b"\x80", b"\x94", b"\xf0\x9f", b"\xa6\x84"]
PIECES = [b"", *(text.encode() for text in TEXTS), *PARTS]
EOS = 0
VOCABULARY = SimpleNamespace(bytes_of=PIECES.__getitem__)
INDEX = LettersIndex(VOCABULARY, len(PIECES))
SOURCES = st.text("aAáÁnñÑ35 ,.¿?«»—()\n🦄", max_size=8)
WORDS = ("a", "á", "an", "án", "na", "ná", "aa", "aá", "áa", "áá", "naa", "náa", "nañ", "náñ")


def _in_cases(words):
    """The words, each free, known to be no name, or with some capitals."""
    ways = (str, str.capitalize, str.upper, lambda word: SMALL + word)
    return st.tuples(*(st.sampled_from(ways).map(lambda way, w=w: way(w)) for w in sorted(words)))


def _lines(words):
    by_letters = {}
    for word in words:
        by_letters.setdefault(bare(small(word)), []).append(word)
    return [f"\t{' '.join(forms)}\t" for forms in by_letters.values()]


KNOWN = st.builds(
    lambda words, beside: Spellings([*_lines(words), *beside]),
    st.sets(st.sampled_from(WORDS)).flatmap(_in_cases),
    st.sets(st.sampled_from(("a\tá\t", "\tán\tna", "an\taá\tan", "na\ta\t", "\tá\ta"))),
)


def can_become(source, data):
    """Whether a text that begins with some bytes can still have the letters of the source."""
    text = data.decode(errors="replace").removesuffix("\ufffd")
    letters = bare(source)
    words, written = letters.split(" "), bare(text).split(" ")
    return letters.startswith(bare(text)) or words[: len(written) - 1] == written[:-1]


def allowed(source, ids):
    scores = torch.zeros(1, len(PIECES))
    left = SameLetters(INDEX, source, [EOS])(torch.tensor([ids], dtype=torch.long), scores)
    return set((left[0] == 0).nonzero().flatten().tolist())


@settings(max_examples=60, deadline=None)
@given(SOURCES, st.lists(st.integers(0, 1000), max_size=12), st.just(NOTHING_KNOWN) | KNOWN)
def test_what_is_let_through_ends_with_the_letters_of_the_source(source, choices, known):
    letters, state, ids = SourceLetters(source, known), State(), []
    for choice in choices:
        found = sorted(set(INDEX.allowed_after(letters, state)))
        every = [
            i for i, data in enumerate(PIECES) if data and letters.after(state, data) is not None
        ]
        assert found == every
        if not found:
            break
        ids.append(found[choice % len(found)])
        state = letters.after(state, PIECES[ids[-1]])
        data = b"".join(PIECES[i] for i in ids)
        if letters.is_end(state):
            assert bare(data.decode()) == bare(source)
        else:
            assert can_become(source, data)


@settings(max_examples=60, deadline=None)
@given(SOURCES, st.data())
def test_every_text_with_the_letters_of_the_source_is_let_through(source, data):
    written = ""
    for _, word in words_of(source):
        body = "".join(
            data.draw(st.sampled_from("aá" if c in "aá" else "AÁ" if c in "AÁ" else c))
            for c in word
        )
        body = "".join(data.draw(st.sampled_from([c, c.upper()])) for c in body)
        has_letters = any(map(str.isalnum, word))
        before = data.draw(st.sampled_from(["", "¿", "¡"])) if has_letters else ""
        behind = data.draw(st.sampled_from(["", ".", ",", "?", "..."]))
        written += (data.draw(st.sampled_from(" \n")) if written else "") + before + body + behind
    assert bare(written) == bare(source)
    letters = SourceLetters(source)
    end = letters.after(State(), written.encode())
    assert end is not None
    assert letters.is_end(end)


@settings(max_examples=100, deadline=None)
@given(SOURCES, SOURCES)
def test_no_other_text_is_let_through(source, other):
    letters = SourceLetters(source)
    end = letters.after(State(), other.encode())
    if end is not None and letters.is_end(end):
        assert bare(other) == bare(source)


def forms_meant(source, known):
    """The forms of each word of a source, found without the engine's own walk; None for any."""
    words = words_in(bare(source))
    around = ["", *words, ""]
    meant = []
    for n, word in enumerate(words):
        alone = known.forms(word) if word else ()
        between = known.forms(word, around[n], around[n + 2]) if len(alone) > 1 else ()
        beside = {*known.forms(word, around[n]), *known.forms(word, "", around[n + 2])}
        is_told = len(alone) > 1 and len(beside) == 1
        meant.append(set(map(small, between or (beside if is_told else alone))) or None)
    return meant


def cased_wrongly(text, source, known):
    """The words of a text whose capitals the list or the source has otherwise."""
    around, last, wrong = SENTENCE_MARKS + WRAPPERS, 0, []
    typed = [core for _, word in words_of(source) if (core := word.strip(around))]
    cores = [m for m in re.finditer(r"\S+", text) if m[0].strip(around)]
    for asked, chunk in zip(typed, cores, strict=True):
        word = chunk[0].strip(around)
        start = chunk.start() + chunk[0].index(word)
        between = set(text[last:start])
        begins = last == 0 or bool(between & {*around, "\n"} - {*",;"})
        last = start + len(word)
        forms = known.forms(bare(word)) if word.isalpha() else ()
        form = next((form for form in forms if small(form) == word.lower()), None)
        if form is None:
            continue
        letters = form.removeprefix(SMALL)
        is_name = letters != letters.lower()
        for n, (letter, one) in enumerate(zip(word, asked, strict=True)):
            if one != one.lower():
                is_right = letter != letter.lower()
            elif is_name or (form != letters and not (n == 0 and begins)):
                is_right = letter == letters[n]
            else:
                is_right = True
            if not is_right:
                wrong.append(word)
    return wrong


@settings(max_examples=150, deadline=None)
@given(SOURCES, KNOWN, st.data())
def test_a_known_word_has_one_of_its_forms_and_a_text_can_always_end(source, known, data):
    letters, state, written = SourceLetters(source, known), State(), b""
    for _ in range(60):
        found = letters.next_characters(state)
        if letters.is_end(state) and (not found or data.draw(st.booleans())):
            break
        assert found
        character = data.draw(st.sampled_from(sorted(found)))
        written, state = written + character, found[character]
    text = written.decode()
    if not letters.is_end(state):
        return
    assert bare(text) == bare(source)
    forms = words_in(text.lower())
    assert len(forms) == len(words_in(bare(source)))
    for form, meant in zip(forms, forms_meant(source, known), strict=True):
        assert meant is None or form in meant
    assert not cased_wrongly(text, source, known)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), KNOWN)
def test_a_text_is_let_through_where_its_known_words_have_their_forms(words, known):
    letters = SourceLetters(" ".join(words), known)
    meant = forms_meant(" ".join(words), known)
    is_meant = all(forms is None or word in forms for word, forms in zip(words, meant, strict=True))
    for text in (" ".join(words), "¿" + " ".join(words).upper() + "?"):
        is_right = is_meant and not cased_wrongly(text, " ".join(words), known)
        assert (letters.after(State(), text.encode()) is not None) == is_right


@pytest.mark.parametrize(
    ("source", "text", "is_right"),
    [
        ("ana y el dia", "Ana y el día", True),
        ("ana y el dia", "Ana y el Día", False),
        ("y ana", "y ana", False),
        ("y la onu", "y la ONU", True),
        ("y la onu", "y la Onu", False),
        ("si dia", "Sí. Día", True),
        ("si dia", "Sí: Día", True),
        ("si dia", "Sí, Día", False),
        ("si dia", "Sí\nDía", True),
        ("si «dia»", "Sí «Día»", True),
        ("si dia", "Sí, ¿Día?", True),
        ("dia", "día", True),
        ("dia", "dÍa", False),
        ("el Dia", "El Día", True),
        ("el Dia", "El día", False),
        ("SI ANA", "SÍ ANA", True),
        ("el sol", "El Sol", True),
    ],
)
def test_capitals_stand_where_they_are_known(source, text, is_right):
    known = Spellings(["\tAna\t", "\t·día\t", "\tONU\t", "\tsol\t"])
    assert is_let_through(source, text, known) == is_right


def test_of_a_known_word_only_the_tokens_of_its_forms_are_left():
    known = Spellings(["\tán\t", "\ta á\t", "a\tá\t"])
    scores = torch.zeros(1, len(PIECES))

    def left(source, ids):
        guard = SameLetters(INDEX, source, [EOS], known)
        kept = guard(torch.tensor([ids], dtype=torch.long), scores)[0] == 0
        return {PIECES[i] for i in kept.nonzero().flatten().tolist()}

    assert {b"a", b"A", b"an"}.isdisjoint(left("an", []))
    assert "á".encode() in left("an", [])
    assert {b"a", b"A", "á".encode()} <= left("a", [])
    assert b" a" not in left("a a", [PIECES.index(b"a")])
    assert " Á".encode() in left("a a", [PIECES.index(b"a")])
    assert {b"a", "á".encode()} <= left("aa", [])


def test_the_end_is_let_through_when_all_is_written():
    ids = [PIECES.index(b"a"), PIECES.index(b" a")]
    assert EOS not in allowed("a a", ids[:1])
    assert EOS in allowed("a a", ids)


@pytest.mark.parametrize(("source", "piece"), [("na", b"a"), ("3,5", b"3"), ("a a", b" a")])
def test_a_letter_that_is_not_next_is_cut(source, piece):
    is_first = bare(source).encode().startswith(piece.strip())
    assert (PIECES.index(piece) in allowed(source, [])) == is_first


def test_a_mark_inside_a_number_must_come_and_another_may_not():
    three = [PIECES.index(b"3")]
    assert PIECES.index(b",5") in allowed("3,5", three)
    assert PIECES.index(b"5") not in allowed("3,5", three)
    assert PIECES.index(b".") not in allowed("35", three)


@pytest.mark.parametrize("source", ["a 🦄", "🦄 a", "a", "", "«🦄»"])
def test_marks_come_to_an_end(source):
    letters, state = SourceLetters(source), State()
    for _ in range(100):
        marks = [m for m in ("¿", ".", " ") if letters.after(state, m.encode()) is not None]
        if not marks:
            break
        state = letters.after(state, marks[0].encode())
    assert not marks
    assert len(state.marks) <= MOST_MARKS


def test_no_mark_stands_before_an_emoji_and_one_may_stand_behind():
    letters = SourceLetters("a 🦄")
    before = letters.after(State(), b"a? ")
    assert letters.after(before, "¡".encode()) is None
    end = letters.after(before, "🦄.".encode())
    assert letters.is_end(end)
    percent = SourceLetters("el 5 %")
    assert percent.is_end(percent.after(State(), b"El 5 %."))


def is_let_through(source, text, known=NOTHING_KNOWN):
    letters = SourceLetters(source, known)
    end = letters.after(State(), text.encode())
    return end is not None and letters.is_end(end)


@pytest.mark.parametrize("known", [NOTHING_KNOWN, Spellings(["\tdía\t", "\tqué que\t"])])
def test_a_capital_stays_one(known):
    assert is_let_through("QUE DIA iot", "¿QUÉ DÍA IoT?", known)
    for text in ("Qué día iot", "QUé DÍA iot", "QUÉ DíA iot"):
        assert not is_let_through("QUE DIA iot", text, known)
    # It is typed as a capital that no other text has.
    assert is_let_through("ẞ", "ß")


@pytest.mark.parametrize(
    "address",
    ["maria@correo.es", "https://ejemplo.es/que-tal", "www.mexico.mx", "<#2>", "un_dia.py", "#dia"],
)
def test_an_address_comes_as_it_is_typed(address):
    known = Spellings(["\tmaría\t", "\tdía\t"])
    assert is_let_through(f"mira {address} ya", f"Mira {address}, ¿ya?", known)
    letters = SourceLetters(address, known)
    written, state = b"", State()
    while not letters.is_end(state):
        found = letters.next_characters(state)
        character = next(c for c in found if c.decode() not in "¿¡ \n")
        written, state = written + character, found[character]
    assert written.decode() == address


@pytest.mark.parametrize(
    "text", ["¡¡Hola", "¡Hola ¡", "¡! Hola", "¡ Hola", "Hola .", "Hola¡", ". Hola", "¡.Hola"]
)
def test_marks_stand_where_they_belong(text):
    assert not is_let_through("hola", text)
    assert is_let_through("hola", "¡¿Hola?!..")


def test_marks_that_are_typed_may_stay():
    assert is_let_through("¡¡¡hola!!! .env ¿...y", "¡¡¡Hola!!! .env, ¿...y?")


def test_a_text_that_has_left_the_source_is_left_alone():
    assert allowed("a", [PIECES.index(b"n")]) == set(range(len(PIECES)))


def test_rows_are_cut_each_by_its_own_text():
    a, n = PIECES.index(b"a"), PIECES.index(b"an")
    scores = torch.zeros(2, len(PIECES))
    left = SameLetters(INDEX, "an", [EOS])(torch.tensor([[EOS, a], [EOS, n]]), scores)
    assert left[0, EOS] == -torch.inf
    assert left[1, EOS] == 0
    assert left[0, PIECES.index(b"n")] == 0
    assert left[1, PIECES.index(b"n")] == -torch.inf
