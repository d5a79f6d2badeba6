from dataclasses import asdict

import pytest

from engine.embedded.health import health, mean_health

PROMPT = "Había una vez"
FAULTS = ("markup", "loop", "glued", "gap")


def faults(text, prompt=PROMPT):
    found = asdict(health(prompt, text))
    return {name for name in FAULTS if found[name]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" un rey que vivía solo.", set()),
        (" un rey <b>muy</b> alto.", {"markup"}),
        (" un rey.</p>", {"markup"}),
        (" un rey [/url] alto.", {"markup"}),
        (" un rey&nbsp;alto.", {"markup"}),
        (" un rey � alto.", {"markup"}),
        (" 3 < 5 y 7 > 2.", set()),
        (" un rey y otro y otro y otro y otro y otro.", {"loop"}),
        ("s un rey.", {"glued"}),
        ("\n\nun rey.", {"gap"}),
        (" un rey.\n \nOtro.", {"gap"}),
        ("\nun rey.", set()),
    ],
)
def test_faults_are_seen(text, found):
    assert faults(text) == found


def test_markup_that_the_prompt_has_is_no_fault():
    assert faults(" negrita</b>", "Una <b>") == set()


def test_after_a_sign_nothing_is_glued():
    assert faults("que vivía solo", "Había una vez ") == set()
    assert faults(", un rey", PROMPT) == set()


@pytest.mark.parametrize(
    ("text", "is_ended"),
    [
        (" un rey.", True),
        (" «un rey.»", True),
        (" ¿un rey?\n", True),
        (" un rey…", True),
        (" un rey,", False),
        (" un rey", False),
        ("", False),
    ],
)
def test_the_end_of_a_sentence_is_known(text, is_ended):
    assert health(PROMPT, text).ended == is_ended


def test_shares_are_means():
    found = mean_health([health(PROMPT, " un rey."), health(PROMPT, "s un rey")])
    assert (found.ended, found.glued, found.loop) == (0.5, 0.5, 0.0)
