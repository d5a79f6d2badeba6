"""A file that installed packages carry in pieces, found by their metadata; no package code runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

BLOCK_BYTES = 4 * 1024 * 1024


class ChunkMismatch(Exception):  # noqa: N818 (a condition, not a fault of the caller)
    """The pieces do not make up the file that was pinned."""


@dataclass(frozen=True, kw_only=True)
class ChunkedFile:
    """A file in pieces `<name>.part00`, `<name>.part01` and so on.

    Attributes:
        name: Name of the whole file.
        distributions: Names of the packages that carry the pieces.
        sha256: Digest of the whole file.
        size_bytes: Size of the whole file.
    """

    name: str
    distributions: tuple[str, ...]
    sha256: str
    size_bytes: int

    @property
    def is_installed(self) -> bool:
        """Tell whether every package is there with its piece."""
        return len(self.find()) == len(self.distributions)

    def find(self) -> tuple[Path, ...]:
        """Return the pieces that exist, in order."""
        found = (path for name in self.distributions for path in _pieces(name, self.name))
        return tuple(sorted(found, key=lambda path: path.name))

    def join(self, target: Path, report: Callable[[float], None]) -> None:
        """Write the whole file, checking it on the way.

        Args:
            target: File to write.
            report: Called with the share done.

        Raises:
            ChunkMismatch: The digest is another one; `target` is not to be used.
            OSError: A piece cannot be read, or the target not written.
        """
        digest, written = hashlib.sha256(), 0
        with target.open("wb") as output:
            for piece in self.find():
                for block in _blocks(piece):
                    output.write(block)
                    digest.update(block)
                    written += len(block)
                    report(min(1.0, written / self.size_bytes))
        if digest.hexdigest() != self.sha256:
            raise ChunkMismatch(f"{self.name}: SHA-256 {digest.hexdigest()}, not {self.sha256}")


def _pieces(distribution: str, name: str) -> Iterator[Path]:
    try:
        files = metadata.distribution(distribution).files or ()
    except metadata.PackageNotFoundError:
        return
    for file in files:
        path = Path(str(file.locate()))
        if path.name.startswith(f"{name}.part") and path.is_file():
            yield path


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            yield block
