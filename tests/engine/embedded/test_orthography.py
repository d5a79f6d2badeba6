from collections import Counter

from engine.embedded.orthography import careful, wrong_forms

MODERN = Counter({"día": 500, "dia": 3, "el": 9000, "él": 90, "miró": 400, "miro": 1, "fue": 300})


def test_forms_that_modern_texts_do_not_have_are_wrong():
    every = MODERN + Counter({"fué": 80, "dia": 60, "miro": 40, "él": 400})
    assert wrong_forms(MODERN, every) == {"dia", "fué"}


def test_of_words_that_they_do_not_have_all_texts_tell():
    every = MODERN + Counter({"desdén": 40, "desden": 2, "raro": 1, "tén": 3, "ten": 3})
    assert wrong_forms(MODERN, every) == {"dia", "desden"}


def test_a_vowel_inside_a_word_is_no_matter_of_verbs():
    modern = Counter({"había": 900})
    assert wrong_forms(modern, modern + Counter({"habia": 9})) == {"habia"}


def test_paragraphs_with_a_wrong_form_part_documents():
    texts = {
        "prose": ["El día era largo."] * 60,
        "literature": ["Un dia.", "Un día.", "", "FUÉ un día."],
        "everyday": ["—¿Qué día?"],
    }
    found = careful(texts)
    assert found["prose"] == texts["prose"]
    assert found["literature"] == ["", "Un día.", "", "FUÉ un día."]
    assert found["everyday"] == texts["everyday"]
