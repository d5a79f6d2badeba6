"""The first screen about a word: verdicts in words, shares that sum to 1, no empty promise."""

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.features.explorer.word.asked import LEAST_CHANCE, Asked, shares
from bot.features.explorer.word.asking import MOST_WORDS, WORD_LIMIT, typed_words
from bot.features.explorer.word.items import word_controls
from bot.features.explorer.word.named import words_in_title
from bot.features.explorer.word.verdict import sentence_of, title_of
from bot.messages.errors import UserError
from bot.ui.picture_page import layout
from engine.explain import Suggestion
from tests.bot.explorer_screens import plain
from tests.bot.features.explorer.word.answers import (
    AMOR,
    MAR,
    answer,
    candidate,
    fate,
    spelling,
    view_of,
)


def asked(word="mar", *fates, view=None, others=(), **facts):
    one = spelling(*(fates or (fate(MAR, "filter"),)), **facts)
    return Asked(view=view or view_of(), word=word, answer=answer(one, *others))


def said(one):
    return plain(title_of([one]).removeprefix("### ")), plain(sentence_of([one]))


def drawn(final=0.07, raw=0.06):
    return fate(candidate(3, " mar", raw, 3, final), "lost_draw")


def test_a_word_that_lost_the_draw_is_said_without_numbers():
    view = view_of(strategy="sample")
    assert said(asked("mar", drawn(), view=view)) == (
        "«mar» podía salir, pero no le tocó",
        "Sale 7 de cada 100, y esta vez el dado cayó en **amor**.",
    )


def test_a_penalised_word_says_the_chance_of_its_bar():
    one = asked("mar", fate(candidate(2, " mar", 0.1, 2, 0.05), "penalised"))
    assert said(one)[1].startswith(
        "La penalización 1 baja lo que ya está escrito: se quedó en 5 de cada"
    )


def test_several_say_together_what_they_have_before_the_settings():
    same, raised = drawn(raw=0.07, final=0.07), drawn(raw=0.1, final=0.3)
    assert "Juntas: 14 de cada 100." in sentence_of([asked("a", same), asked("b", same)])
    assert "Juntas, antes de los ajustes: 17 de cada 100." in sentence_of(
        [asked("a", same), asked("b", raised)]
    )


def test_a_word_that_hardly_ever_comes_out_can_be_written():
    view = view_of(strategy="sample")
    title, sentence = said(asked("mar", drawn(final=0.0002), view=view))
    assert title == "«mar» era casi imposible"
    assert sentence.endswith("escríbela y sigo desde ella.")


def test_a_word_that_came_out_is_titled_so():
    title, sentence = said(asked("amor", fate(AMOR, "chosen"), view=view_of(strategy="sample")))
    assert title == "«amor» es la que salió"
    assert sentence == "Era la favorita del modelo: sale 36 de cada 100."


def test_what_a_filter_removed_says_which_and_what_would_let_it_in():
    change = Suggestion(setting="top_p", value=0.93, notches=3, odds=0.0021)
    view = view_of(strategy="sample", top_p=0.9)
    one = asked("mar", fate(MAR, "filter"), view=view, suggestions=(change,))
    assert said(one) == (
        "A «mar» la quitó top-p 0,9",
        "Para el modelo era 3 de cada 100, y top-p 0,9 solo deja pasar las más probables hasta "
        "sumar un 90 %. Con top-p 0,93 sale 2 de cada 1000.",
    )


@pytest.mark.parametrize(
    ("verdict", "title"),
    [
        ("greedy_first", "«mar» no era la favorita"),
        ("ngram", "«mar» repetiría lo ya escrito"),
        ("penalised", "A «mar» le pesó estar ya en el texto"),
        ("beam_pruned", "«mar» se quedó por el camino"),
        ("outweighed", "«mar» se parecía demasiado a lo anterior"),
        ("filter", "«mar» se quedó casi a cero"),
    ],
)
def test_every_verdict_has_a_title(verdict, title):
    one = asked("mar", fate(candidate(2, " mar"), verdict))
    assert said(one)[0] == title
    assert "%" not in said(one)[1]


def test_what_no_setting_opens_is_named_before_what_greedy_left_out():
    per = fate(candidate(4, " per", 0.1, 3, 0.12), "greedy_first")
    rito = fate(candidate(5, "rito", 0.1, 40, removed_by="same_letters"), "filter")
    cut = fate(candidate(6, "s", 0.1, 40, removed_by="top_p"), "filter")
    assert said(asked("perritos", per, rito, cut)) == (
        "A «perritos» la quitó la regla de las mismas letras",
        "Para el modelo era 1 de cada 1000, y la regla de las mismas letras no deja cambiar las "
        "letras del texto de partida, ni las tildes y las mayúsculas de las palabras conocidas. "
        "Se escribe en 3 trozos y falló en el 2.º, **rito**. "
        "Ningún ajuste la haría probable: escríbela y sigo desde ella.",
    )
    assert said(asked("pers", per, cut))[0] == "«pers» no era la favorita"


def test_a_word_of_several_tokens_says_where_it_did_not_go_on():
    uni = fate(candidate(4, " uni", 0.1, 3, 0.12), "lost_draw")
    corn = fate(candidate(5, "corn", 0.01, 40, removed_by="top_p"), "filter")
    view = view_of(strategy="sample", top_p=0.9)
    one = asked("unicornio", uni, corn, view=view)
    title, sentence = said(one)
    assert title == "A «unicornio» la quitó top-p 0,9"
    assert "Se escribe en 2 trozos y falló en el 2.º, **corn**." in sentence
    assert one.raw == pytest.approx(0.001)
    assert one.final == 0.0


@given(
    odds=st.one_of(st.none(), st.floats(0, 1)),
    raw=st.floats(0, 1),
    setting=st.sampled_from([("top_p", 0.93), ("strategy", "sample"), ("temperature", 1.5)]),
)
def test_a_chance_below_one_in_a_thousand_is_never_offered(odds, raw, setting):
    name, value = setting
    change = Suggestion(setting=name, value=value, notches=1, odds=odds)
    token = fate(candidate(2, " mar", raw, removed_by="top_p"), "filter")
    one = asked("mar", token, view=view_of(strategy="sample", top_p=0.9), suggestions=(change,))
    _, buttons = word_controls("f" * 32, [one], is_public=False)
    labels = [button.item.label for button in buttons]
    is_worth = (raw if odds is None else odds) >= LEAST_CHANCE
    assert [label.startswith("Probar") for label in labels] == [True, False][not is_worth :]
    assert labels[-1] == "Escribirla y seguir"
    assert ("escríbela" in sentence_of([one])) != is_worth


@given(st.lists(st.floats(0, 1), min_size=1, max_size=MOST_WORDS))
def test_shares_sum_to_one_and_keep_the_order(chances):
    found = [asked("x", drawn(raw=raw)) for raw in chances]
    parts = shares(found)
    assert math.isclose(math.fsum(parts), 1.0, rel_tol=1e-9)
    assert all(0 <= part <= 1 for part in parts)
    pairs = sorted(zip(chances, parts, strict=True))
    assert [part for _, part in pairs] == sorted(part for _, part in pairs)


HOSTILE_WORDS = (
    "a" * WORD_LIMIT, r"\*", "a» y «b", "«vida»", "a», «b", "x\ty", "una\nlínea", "-# a",
    "-\u200b#", "@everyone", "@\u200beveryone", "<@1>", "1. a", "\u0308", "\ufe0f",
    "e\u200dx", "👩‍👩‍👧",
    "שלום", "\u2068a\u2069", "⟨U+0041⟩", "⟨U+FFFFFF⟩", "⟨U+⟨U+0041⟩", "⏎", "◌", "hola ⟨C3⟩",
    "un >\u00a05",
)  # fmt: skip
ANY_WORD = st.one_of(
    st.sampled_from(HOSTILE_WORDS),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
    st.text("«»y e,ganaU+0⟨⟩\\*@#-_<>\u200b\u2068\n", max_size=20),
)


@given(st.lists(ANY_WORD, min_size=1, max_size=MOST_WORDS).map(",".join))
def test_the_words_are_read_back_from_the_title_letter_for_letter(text):
    try:
        words = typed_words(text)
    except UserError:
        assume(False)
    found = [asked(word, drawn(raw=0.5 / (i + 1))) for i, word in enumerate(words)]
    shown = layout(f"{title_of(found)}\nMás abajo hay «otra cosa».").to_components()
    assert words_in_title(shown[0]["components"][0]["content"]) == words


@pytest.mark.parametrize("word", HOSTILE_WORDS)
def test_every_word_is_read_back_from_a_title_of_its_own(word):
    assert words_in_title(title_of([asked(word, drawn())])) == (word,)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        (
            {"strategy": "greedy", "repetition_penalty": 1.3},
            "No era la favorita del modelo: con los ajustes quedó la primera.",
        ),
        (
            {"strategy": "contrastive", "penalty_alpha": 0.6, "top_k": 4},
            "No era la favorita del modelo, pero ganó por no repetirse.",
        ),
    ],
)
def test_a_word_that_came_out_without_a_die_and_was_no_favourite_says_why(params, said):
    token = fate(candidate(AMOR.token_id, AMOR.text, 0.2, 2, 0.5), "chosen")
    assert sentence_of([asked("amor", token, view=view_of(**params))]) == said


def test_the_word_that_a_person_put_is_told_to_its_author_as_theirs():
    view = view_of()
    (attempt,) = view.completion.attempts
    steps = (replace(attempt.steps[0], is_given=True),)
    attempts = (replace(attempt, steps=steps),)
    view = replace(view, completion=replace(view.completion, attempts=attempts))
    one = asked("amor", fate(AMOR, "chosen"), view=view)
    assert sentence_of([one], is_own=True).startswith("La pusiste tú:")
    assert sentence_of([one]).startswith("La puso una persona:")


def test_titles_of_other_pages_name_no_words():
    assert words_in_title("El amor") == ()


def test_the_other_spelling_is_said_only_where_it_matters():
    view = view_of(strategy="sample")
    likelier = spelling(drawn(final=0.2))
    rarer = spelling(drawn(final=0.0005))
    assert "Con espacio delante" in sentence_of(
        [asked("mar", drawn(), view=view, others=(likelier,))]
    )
    plain_one = asked("mar", drawn(final=1e-6), view=view, others=(rarer,))
    assert "espacio" not in sentence_of([plain_one])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("perro", ("perro",)),
        ("perro, gato ,pez", ("perro", "gato", "pez")),
        ("perro,perro,", ("perro",)),
        (",", (",",)),
        ("3,5", ("3,5",)),
        ("3, 5", ("3", "5")),
        ("un perro", ("un perro",)),
    ],
)
def test_words_are_separated_by_commas(text, words):
    assert typed_words(text) == words


def test_too_many_words_are_refused():
    with pytest.raises(UserError, match="hasta 5"):
        typed_words("a,b,c,d,e,f")


def test_the_word_list_is_not_in_a_sentence():
    token = replace(MAR, removed_by="bad_words")
    one = asked("mar", fate(candidate(1, " x"), "lost_draw", winner=token))
    assert "⟨vetada⟩" in sentence_of([one])
