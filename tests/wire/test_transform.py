"""/transformar on the wire: written, cut off by a crash, written again, explained."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.engine import pairs
from tests.wire.asking import is_explained, is_running

SOURCE = "el hidalgo no quiere acordarse"
LONG = {"texto": SOURCE, "tokens": 250, "intentos": 10, "estrategia": "sample", "semilla": 3}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> str:
    """The decoder of the other tests and, behind it, a Marian that takes a while."""
    folder = tmp_path_factory.mktemp("pareja")
    pairs.save(
        "marian",
        folder,
        d_model=256,
        encoder_layers=4,
        decoder_layers=6,
        encoder_ffn_dim=1024,
        decoder_ffn_dim=1024,
        max_position_embeddings=512,
    )
    return f"{model_folder},{folder}"


def is_transformed(result: Any) -> bool:
    return "Convertido por" in result.text


async def test_after_a_crash_in_the_middle_it_is_written_again(wire, start_bot, models, problems):
    d = wire
    await start_bot(MODELS=models)
    done = await d.slash("transformar", {"texto": SOURCE, "tokens": 6}, until=is_transformed)
    assert done.text.startswith(f"> {SOURCE}\n\n")
    undisturbed = await d.slash("transformar", LONG, until=is_transformed, timeout=150)
    running = await d.slash("transformar", LONG, user=2, until=is_running)
    await d.stop_bot(signal.SIGKILL)
    await start_bot(MODELS=models)
    await d.wait(running, until=is_transformed, timeout=200)
    assert running.text == undisturbed.text
    assert len(running.messages) == 1
    again = await d.click(running, label="Otra", user=2, until=is_running)
    assert again.text.startswith(f"> {SOURCE}\n\n")
    assert is_explained(await d.click(done, label="Explicar", user=5, until=is_explained))
    asked = {"texto": SOURCE, "a": "en"}
    refused = await d.slash("transformar", asked, user=6, until=lambda r: "no deja" in r.text)
    assert "no deja elegir" in refused.text
    assert await problems() == []
