"""Chances as people count them."""

import pytest

from bot.render.chances import rounded, times_of
from bot.render.numbers import plain_spaces


@pytest.mark.parametrize(
    ("chance", "said"),
    [
        (1.0, "siempre"),
        (0.999, "casi siempre"),
        (0.99, "99 de cada 100"),
        (0.153, "15 de cada 100"),
        (0.02, "2 de cada 100"),
        (0.0149, "15 de cada 1000"),
        (0.003, "3 de cada 1000"),
        (0.0004, "menos de 1 de cada 1000"),
        (1e-9, "menos de 1 de cada 1000"),
        (0.0, "nunca"),
    ],
)
def test_a_chance_is_counted_in_what_tells_it_well(chance, said):
    assert times_of(chance) == said


def test_large_counts_are_rounded():
    assert [plain_spaces(rounded(n)) for n in (1, 139, 9999, 262_103)] == [
        "1",
        "139",
        "9999",
        "262 000",
    ]
