"""Tiny models that the engine's tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.models.loaded import LoadedModel
from engine.runtime.job import Job


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., LoadedModel]:
    """Build a tiny model of a family, once per set of options."""
    from transformers.utils import logging

    from tests.engine import tiny

    logging.disable_progress_bar()
    built: dict[tuple[object, ...], LoadedModel] = {}

    def model(family: str = "gpt2", **options: object) -> LoadedModel:
        key = (family, *sorted(options.items()))
        if key not in built:
            folder: Path = tmp_path_factory.mktemp(family)
            built[key] = tiny.build(family, folder, **options)
        return built[key]

    return model


@pytest.fixture
def run_out(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what lets every deadline pass now: no machine is too slow to write before it."""
    return lambda: monkeypatch.setattr(Job, "waited_s", lambda _: 1e6)
