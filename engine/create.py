"""Build an engine; what it needs is imported only then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import SecretStr

from engine.api import Engine
from engine.errors import EngineError
from engine.models.catalogue import entries
from engine.models.remote import AddressError, base_addresses, is_remote
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
    server_keys: Mapping[str, SecretStr] | None = None,
    url: str | Sequence[str] | None = None,
) -> Engine:
    """Build an engine, in this process unless `url` is given; nothing is loaded before `start`.

    Args:
        models: Catalogue names, hub ids (optionally `@revision`), folders, `.gguf` files, or
            `openai:<name>@<base url>` for a model of a server; the first is the default. Empty
            means the first that is installed.
        device: auto, cpu, cuda or cuda:N.
        precision: exact (float32), fast (bfloat16 matrix products, float32 elsewhere) or turbo
            (int8 weights).
        workers: Models, or batches of one, that compute at the same time; the cores are divided
            among them. Models that are written with take turns in any case.
        max_queue: Requests that may wait; each attempt takes one place.
        data_dir: Where prepared models are kept; None means the user's cache folder.
        hf_token: Token for gated repositories of the hub.
        on_preparation: Called from worker threads while a model is being prepared.
        batch_rows: Rows that a worker may decode together, for models that are proven to come out
            the same; a request takes one per attempt or beam. 1 = one request at a time.
        server_keys: The key of each server, by its host; no server ever gets another's.
        url: Address of replicas (`python -m engine.serve`), several with commas or as a list. They
            have models and settings of their own: of `models` only those of servers count then.

    Raises:
        EngineError: invalid_params.
    """
    here = tuple(model for model in models if not is_remote(str(model)))
    if url:
        elsewhere = tuple(model for model in models if is_remote(str(model)))
        served = _served(url)
        return _with_remote(served, elsewhere, server_keys, max_queue) if elsewhere else served
    from engine.runtime.local import LocalEngine

    local = LocalEngine(
        models=here,
        device=device,
        precision=precision,
        workers=workers,
        max_queue=max_queue,
        data_dir=data_dir,
        hf_token=hf_token,
        on_preparation=on_preparation,
        batch_rows=batch_rows,
    )
    if len(here) == len(models):
        return local
    return _with_remote(local if here else None, models, server_keys, max_queue)


def _served(url: str | Sequence[str]) -> Engine:
    """Return the engine behind one or several addresses."""
    from engine.remote.engine import RemoteEngine

    try:
        return RemoteEngine(base_addresses(url))
    except AddressError as error:
        raise EngineError("invalid_params", field="url", range=error.reason) from None


def _with_remote(
    local: Engine | None,
    models: Sequence[str],
    keys: Mapping[str, SecretStr] | None,
    max_queue: int,
) -> Engine:
    """Put the models of servers beside those of this machine, if there are any."""
    from engine.completions.engine import CompletionsEngine
    from engine.completions.joined import JoinedEngine

    try:
        found = entries([*map(str, models)])
    except AddressError as error:
        # Without the value, which may have a password.
        raise EngineError("invalid_params", field="models", range=error.reason) from None
    remotes = {name: entry for name, entry in found.items() if entry.kind == "remote"}
    remote = CompletionsEngine(remotes, keys=keys, max_queue=max_queue)
    return remote if local is None else JoinedEngine(local, remote, tuple(found))
