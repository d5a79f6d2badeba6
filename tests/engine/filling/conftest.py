from __future__ import annotations

import pytest

from tests.engine.filling import encoders


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Give the saved folder of a tiny encoder of a family."""
    saved = {}

    def of(family):
        if family not in saved:
            saved[family] = encoders.save(family, tmp_path_factory.mktemp("encoders") / family)
        return saved[family]

    return of


@pytest.fixture(scope="session")
def encoder(folder):
    """Load a tiny encoder of a family."""
    loaded = {}

    def of(family):
        if family not in loaded:
            loaded[family] = encoders.load(folder(family))
        return loaded[family]

    return of
