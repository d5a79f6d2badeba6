"""The table of styles, and the way to a wilder or a saner text."""

import pytest

from bot.styles import DEFAULT, LADDER, LESSON, STYLED, STYLES, changed_settings, saner, wilder
from bot.styles import settings_of as settings
from engine import DecodingParams, GenerationRequest


def asked(style, **changes):
    params = DecodingParams(**{"max_new_tokens": 9, "stop": ("FIN",), **settings(style), **changes})
    return GenerationRequest(prompt="Hola", params=params, seed=4, style=style)


@pytest.mark.parametrize("style", STYLES)
def test_every_style_is_valid_and_decides_the_same_fields(style):
    params = DecodingParams(**settings(style))
    assert set(settings(style)) == set(STYLED)
    assert params == params.resolved()
    assert not params.inactive()


def test_names_and_labels():
    assert [style.label for style in STYLES.values()] == [
        "Preciso",
        "Equilibrado",
        "Creativo",
        "Loco",
        "Lección",
    ]
    assert [*STYLES] == [*LADDER, LESSON]
    assert DEFAULT in STYLES
    assert all(len(f"{style.label} · {style.why}") <= 100 for style in STYLES.values())


def test_the_lesson_adds_nothing():
    assert settings(LESSON) == {name: getattr(DecodingParams(), name) for name in STYLED}


def test_wilder_and_saner_walk_the_ladder_and_keep_the_rest():
    request = asked("precise")
    walked = [request.style]
    while (found := wilder(request)) is not None:
        assert found.params == DecodingParams(
            **{**settings(found.style), "max_new_tokens": 9, "stop": ("FIN",)}
        )
        assert (found.prompt, found.seed) == ("Hola", 4)
        assert saner(found).params == request.params
        request = found
        walked.append(request.style)
    assert tuple(walked) == LADDER
    assert saner(asked("precise")) is None


def test_settings_of_ones_own_are_warmed_and_cooled():
    request = asked("balanced", temperature=1.0, top_k=7)
    assert wilder(request).params.temperature > 1.0 > saner(request).params.temperature
    assert (wilder(request).style, wilder(request).params.top_k) == ("balanced", 7)
    assert wilder(asked("mad", temperature=5.0)) is None
    assert saner(asked("precise", temperature=0.2, top_k=7)) is None


@pytest.mark.parametrize(
    ("temperature", "cooled", "warmed"),
    [
        (0.05, None, 0.2),
        (0.1, None, 0.2),
        (0.2, None, 0.28),
        (0.25, 0.2, 0.35),
        (2.9, 2.07, 3.0),
        (3.0, 2.14, None),
        (4.3, 3.0, None),
        (5.0, 3.0, None),
    ],
)
def test_a_step_that_would_go_too_far_goes_to_the_edge(temperature, cooled, warmed):
    request = asked("mad", temperature=temperature)
    for move, expected in ((saner, cooled), (wilder, warmed)):
        moved = move(request)
        assert (moved and moved.params.temperature) == expected


@pytest.mark.parametrize("changes", [{"strategy": "greedy"}, {"strategy": "beam", "num_beams": 4}])
def test_without_a_die_only_a_wilder_text_is_to_be_had(changes):
    request = asked(LESSON, **changes)
    assert saner(request) is None
    assert wilder(request).params.strategy == "sample"
    assert wilder(request).params.num_beams == 1


@pytest.mark.parametrize(("temperature", "drawn"), [(0.0, 1.0), (0.4, 0.4)])
def test_the_die_that_is_thrown_instead_has_the_temperature_that_was_set(temperature, drawn):
    request = asked("balanced", strategy="greedy", temperature=temperature)
    assert wilder(request).params.temperature == drawn


def test_only_changes_with_an_effect_count():
    base = DecodingParams(**settings("balanced"))
    assert changed_settings("balanced", base) == ()
    assert "num_beams" not in changed_settings("balanced", asked("balanced", num_beams=3).params)
    assert changed_settings("balanced", asked("balanced", max_new_tokens=3).params) == ()
