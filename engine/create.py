"""Build an engine; what it needs is imported only then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.api import Engine
from engine.status import PreparationProgress


def create_engine(
    *,
    models: Sequence[str] = (),
    device: str = "auto",
    precision: str = "exact",
    workers: int = 1,
    max_queue: int = 64,
    data_dir: Path | str | None = None,
    hf_token: str | None = None,
    on_preparation: PreparationProgress | None = None,
    batch_rows: int = 1,
) -> Engine:
    """Build an engine in this process; nothing is loaded before `start`.

    Args:
        models: Catalogue names, hub ids (optionally `@revision`), folders or `.gguf` files; the
            first is the default. Empty means the first that is installed.
        device: auto, cpu, cuda or cuda:N.
        precision: exact (float32), fast (bfloat16 matrix products, float32 elsewhere) or turbo
            (int8 weights).
        workers: Decode threads; the cores are divided among them.
        max_queue: Requests that may wait; each attempt takes one place.
        data_dir: Where prepared models are kept; None means the user's cache folder.
        hf_token: Token for gated repositories of the hub.
        on_preparation: Called from worker threads while a model is being prepared.
        batch_rows: Rows that a worker may decode together, for models that are proven to come out
            the same; a request takes one per attempt or beam. 1 = one request at a time.

    Raises:
        EngineError: invalid_params.
    """
    from engine.runtime.local import LocalEngine

    return LocalEngine(
        models=models,
        device=device,
        precision=precision,
        workers=workers,
        max_queue=max_queue,
        data_dir=data_dir,
        hf_token=hf_token,
        on_preparation=on_preparation,
        batch_rows=batch_rows,
    )
