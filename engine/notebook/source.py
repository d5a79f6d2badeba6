"""How the lesson's notebook loads its model, with transformers alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError
from engine.models.catalogue import (
    EMBEDDED_FOLDER,
    FolderSource,
    GgufSource,
    HubSource,
    PackageSource,
    describe,
)
from engine.models.checkpoint import CONTENT_HASH_DIGITS
from engine.models.remote import AddressError
from engine.notebook import texts


@dataclass(frozen=True, kw_only=True)
class ModelSource:
    """What a notebook says of its model.

    Attributes:
        name: As people call it.
        address: Python expression of what is loaded: a hub id, a folder or a GGUF file.
        revision: Commit or branch of the hub; None elsewhere.
        content: Short hash of what lies in a folder or file, where it is known: to be compared by
            people, since nothing can be loaded by it.
        packages: What pip installs besides transformers and torch.
        imports: Lines of Python.
        is_gguf: Whether it is a GGUF file.
        note: Where whoever has only the notebook finds the model; "" for the hub.
    """

    name: str
    address: str
    revision: str | None = None
    content: str | None = None
    packages: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    is_gguf: bool = False
    note: str = ""


def model_source(model: str, revision: str | None = None, *, shows_paths: bool) -> ModelSource:
    """Say how to load a model.

    Args:
        model: A name of the catalogue, hub id (optionally `@revision`), folder or GGUF file.
        revision: The one that counts; None leaves the branch that the hub calls its main one.
        shows_paths: Whether the notebook stays on this machine. Elsewhere a path is worth nothing,
            and is nobody's to read: only its last part is named.

    Raises:
        EngineError: unsupported for a model of a server, or one that does not go on with texts.
    """
    try:
        entry = describe(model)
    except AddressError:
        raise EngineError("unsupported", reason="remote") from None
    if entry.kind not in (None, "decoder"):
        raise EngineError("unsupported", kind=entry.kind)
    name = entry.display_name or Path(model).name
    content = revision if len(revision or "") == CONTENT_HASH_DIGITS else None
    match entry.source:
        case HubSource() if content is not None:
            # Of a folder, whose name is the last part of its path.
            return ModelSource(
                name=name, address=repr(model), content=content, note=texts.FOLDER_NOTE
            )
        case HubSource(repo=repo, revision=stated):
            return ModelSource(name=name, address=repr(repo), revision=revision or stated)
        case FolderSource(path=path):
            note = texts.EMBEDDED_NOTE if path == EMBEDDED_FOLDER else texts.FOLDER_NOTE
            return ModelSource(
                name=name,
                address=repr(str(path.resolve()) if shows_paths else name),
                content=content,
                note="" if shows_paths else note,
            )
        case GgufSource(path=path):
            return ModelSource(
                name=name,
                address=repr(str(path.resolve()) if shows_paths else path.name),
                content=content,
                packages=("gguf",),
                is_gguf=True,
                note="" if shows_paths else texts.FILE_NOTE,
            )
        case PackageSource(file=file):
            package = file.distributions[0].rpartition("-part")[0]
            return ModelSource(
                name=name,
                address="str(assemble())",
                content=content,
                packages=("gguf", package),
                imports=(f"from {package.replace('-', '_')} import assemble",),
                is_gguf=True,
            )
        case _:
            raise EngineError("unsupported", reason="remote")
