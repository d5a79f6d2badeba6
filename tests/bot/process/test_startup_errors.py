"""What the admin reads when the bot cannot start."""

from pathlib import Path

import pytest

from bot.process import startup_texts as texts
from bot.process.startup_errors import startup_text
from bot.storage import STORAGE_ERROR_CODES, StorageError
from engine import UNAVAILABLE_REASONS, EngineError, ModelUnavailable

WHILE_IT_RUNS = {"failed", "worker_died"}


@pytest.mark.parametrize("code", STORAGE_ERROR_CODES)
def test_every_storage_code_says_where_and_what_to_do(code):
    error = StorageError(code, path=Path("/datos/unicornio.db"), reason="motivo", pid=42)
    text = startup_text(error)
    assert "/datos/unicornio.db" in text or "motivo" in text
    assert text.endswith(".")
    assert "None" not in startup_text(StorageError(code))


def test_the_other_process_is_named():
    assert "proceso 42" in startup_text(StorageError("locked", path=Path("/d"), pid=42))


def test_a_damaged_database_is_told_with_the_commands_that_bring_a_copy_back():
    text = startup_text(StorageError("corrupt", path=Path("/d/unicornio.db"), reason="page 5"))
    assert "/d/unicornio.db está dañada (page 5)" in text
    assert "python -m bot backup" in text
    assert "cp COPIA /d/unicornio.db" in text


@pytest.mark.parametrize("reason", UNAVAILABLE_REASONS)
def test_every_reason_of_an_unavailable_model(reason):
    text = startup_text(ModelUnavailable("mi-modelo", reason, error="two\nlines"))
    assert text.startswith("MODELS: ")
    assert "\n" not in text
    assert reason == "no_models" or ("«mi-modelo»" in text and "(two lines)" in text)


def test_every_reason_has_its_own_words():
    assert set(texts.MODEL) == set(UNAVAILABLE_REASONS) - WHILE_IT_RUNS - {"no_models"}


def test_other_failures_are_said_as_to_everybody():
    error = EngineError("out_of_memory", needed_bytes=2_000_000_000, available_bytes=1)
    assert startup_text(error).startswith("No me cabe en la memoria")
