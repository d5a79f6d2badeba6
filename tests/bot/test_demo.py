"""Which models the demo offers."""

import pytest

from bot import demo
from engine.models.catalogue import EMBEDDED, GEMMA


@pytest.mark.parametrize(
    ("here", "offered"),
    [
        ((EMBEDDED, GEMMA), ("gemma-3-270m", "unicornio-9m")),
        ((EMBEDDED,), ("unicornio-9m",)),
        ((GEMMA,), ("gemma-3-270m",)),
        ((), ()),
    ],
)
def test_the_larger_model_comes_first_where_it_is_installed(monkeypatch, here, offered):
    monkeypatch.setattr(demo, "installed", lambda: here)
    assert demo._installed_models() == offered
