"""What computes is named; what was asked for is only named beside it."""

from dataclasses import replace

import pytest

from bot.render.arithmetic import arithmetic_text
from tests.bot.scripted import ScriptedEngine

INFO = ScriptedEngine().models()[0]


@pytest.mark.parametrize(
    ("asked", "here", "kernels", "text"),
    [
        ("exact", "exact", "oneDNN float32", "exacto (oneDNN float32)"),
        ("turbo", "turbo", "oneDNN int8", "aproximado (oneDNN int8)"),
        (
            "turbo",
            "fast",
            "torch bfloat16",
            "rápido (torch bfloat16); PRECISION=turbo (aproximado) aquí no iría más deprisa",
        ),
        ("fast", None, None, "rápido"),
    ],
)
def test_the_name_is_of_what_computes(asked, here, kernels, text):
    assert arithmetic_text(replace(INFO, precision=here, kernels=kernels), asked) == text
