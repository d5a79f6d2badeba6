"""Which forms of a word the list holds, and beside which neighbours."""

from engine.embedded.corpus import LITERATURE, PROSE
from engine.embedded.known_words import known_words
from engine.spellings import small


def test_a_slip_is_left_out_and_what_both_kinds_of_text_have_stays():
    old = ["Un sociólogo leyó."] * 30 + ["Un sociologo leyó.", "Esta casa está lejos."] * 3
    known = known_words({LITERATURE: old, PROSE: ["Esta casa está cerca."] * 3})
    assert known.forms("sociologo") == ("·sociólogo",)
    assert set(map(small, known.forms("esta"))) == {"esta", "está"}
    assert known.forms("casa") == ("·casa",)
    assert known.forms("perro") == ()


def test_a_form_of_modern_texts_outweighs_old_ones():
    known = known_words({LITERATURE: ["fué"] * 9, PROSE: ["fue"] * 90})
    assert known.forms("fue") == ("fue",)


def test_a_short_word_that_its_accent_makes_another_stays_though_it_is_rare():
    known = known_words({PROSE: ["se va"] * 5000 + ["lo sé"] * 15})
    assert known.forms("se") == ("se", "·sé")


def test_neighbours_beside_which_a_word_has_one_form_are_known():
    texts = ["Mi papá come.", "El papa reza.", "Mi papá reza.", "El papa come."] * 9
    known = known_words({PROSE: texts})
    assert known.forms("papa", "mi") == ("papá",)
    assert known.forms("papa", "el") == ("papa",)
    assert known.forms("papa", "", "reza") == ()
    assert known.forms("papa", "el", "reza") == ()
    assert known.places("mi papa y el papa") == {
        0: ("mi",),
        3: ("·papá",),
        10: ("el",),
        13: ("·papa",),
    }


def test_two_neighbours_decide_where_neither_does_alone():
    texts = ["a papá b", "c papa b", "a papa d", "c papá d"] * 5
    known = known_words({PROSE: texts})
    assert known.forms("papa", "a") == ()
    assert known.forms("papa", "a", "b") == ("papá",)
    assert known.forms("papa", "c", "b") == ("papa",)


def test_a_name_has_its_capital_in_the_middle_of_sentences_and_no_other_word_has():
    texts = [
        "Vi a Sofía, Sofía y otra. Luego hablé con ella.",
        "Vi el sol. Ella dijo: Luego.",
        "La ONU y el Sol. «Bien», dijo —Bien— ella.",
        "«Ella» fue. Sofía fue; luego fue ella.",
    ]
    known = known_words({PROSE: texts})
    cased = {"sofia": "Sofía", "onu": "ONU", "ella": "·ella", "luego": "·luego", "fue": "·fue"}
    for word, form in cased.items():
        assert known.forms(word) == (form,)
    # Both ways, and never inside a sentence.
    assert known.forms("sol") == ("sol",)
    assert known.forms("bien") == ("bien",)
    assert known_words({LITERATURE: ["Vi a Sofía.", "Vi a Sofía."]}).forms("sofia") == ("sofía",)
