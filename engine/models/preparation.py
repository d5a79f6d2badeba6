"""Makes a checkpoint folder out of any source: hub, folder, GGUF file or installed package."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from engine.errors import ModelUnavailable
from engine.models import hub
from engine.models.catalogue import (
    EMBEDDED_FOLDER,
    Entry,
    FolderSource,
    GgufSource,
    HubSource,
    PackageSource,
    has_embedded,
)
from engine.models.checkpoint import Checkpoint, inspect
from engine.models.conversion import Conversion, Report, read_manifest
from engine.models.failures import typed_failures
from engine.models.remote import RemoteSource


def prepare(
    entry: Entry, *, data_dir: Path, hf_token: str | None, device: str, report: Report
) -> Checkpoint:
    """Fetch or convert a model so that it can be loaded; what is ready is only checked.

    Args:
        entry: What the configured string means.
        data_dir: Converted models are kept in its folder `models`.
        hf_token: Token for gated repositories of the hub.
        device: Torch device that the model will run on.
        report: Called as (phase, share done or None).

    Raises:
        ModelUnavailable: See its reasons.
        EngineError: out_of_memory.
    """
    match entry.source:
        case HubSource() as source:
            download = partial(report, "download")
            folder, commit = hub.fetch(
                entry.name, source, token=hf_token, device=device, report=download
            )
            return _inspect(entry, folder, commit)
        case FolderSource(path=folder):
            if folder == EMBEDDED_FOLDER and not has_embedded():
                raise ModelUnavailable(entry.name, "not_installed", path=str(folder))
            return _inspect(entry, folder)
        case PackageSource() as source:
            return _from_package(entry, source, data_dir / "models", report)
        case GgufSource(path=path):
            return _from_gguf(entry, path, data_dir / "models", report)
        case RemoteSource():
            # Nothing of it can be fetched; `create_engine` never asks a store for one.
            raise ModelUnavailable(entry.name, "not_found")


def _inspect(entry: Entry, folder: Path, revision: str | None = None) -> Checkpoint:
    with typed_failures(entry.name):
        return inspect(entry.name, folder, revision=revision, display_name=entry.display_name)


def _from_package(
    entry: Entry, source: PackageSource, models_dir: Path, report: Report
) -> Checkpoint:
    file = source.file
    if not file.is_installed:
        raise ModelUnavailable(entry.name, "not_installed", packages=file.distributions)
    revision = file.sha256[:8]

    def join(target: Path, report: Report) -> None:
        file.join(target, partial(report, "join"))

    conversion = Conversion(
        model=entry.name,
        folder=models_dir / f"{entry.name}-{revision}",
        revision=revision,
        origin={"sha256": file.sha256},
        obtain=join,
        obtained_bytes=file.size_bytes,
    )
    conversion.ensure(report)
    return _inspect(entry, conversion.folder, revision)


def _from_gguf(entry: Entry, path: Path, models_dir: Path, report: Report) -> Checkpoint:
    if not path.is_file():
        raise ModelUnavailable(entry.name, "not_found", path=str(path))
    path = path.resolve()
    status = path.stat()
    origin = {"path": str(path), "bytes": status.st_size, "mtime_ns": status.st_mtime_ns}
    folder, revision = _known_conversion(models_dir, origin) or (None, None)
    if folder is None or revision is None:
        with typed_failures(entry.name):
            revision = _digest(path, partial(report, "join"), status.st_size)[:8]
        folder = models_dir / f"{path.stem}-{revision}"

    def link(target: Path, _report: Report) -> None:
        target.symlink_to(path)

    manifest = Conversion(
        model=entry.name,
        folder=folder,
        revision=revision,
        origin=origin,
        obtain=link,
        obtained_bytes=0,
    ).ensure(report)
    name = manifest.get("name") or path.stem
    quantisation = manifest.get("quantisation")
    with typed_failures(entry.name):
        return inspect(
            entry.name,
            folder,
            revision=revision,
            display_name=f"{name} ({quantisation})" if quantisation else name,
        )


def _known_conversion(models_dir: Path, origin: Mapping[str, Any]) -> tuple[Path, str] | None:
    """Return folder and revision of a GGUF file converted earlier, without hashing it again."""
    for folder in models_dir.glob("*/"):
        manifest = read_manifest(folder)
        if manifest is not None and manifest.get("origin") == origin:
            return folder, manifest["revision"]
    return None


def _digest(path: Path, report: Callable[[float], None], size: int) -> str:
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(16 * 1024**2):
            digest.update(block)
            done += len(block)
            report(done / size)
    return digest.hexdigest()
