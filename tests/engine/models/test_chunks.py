from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import ModelUnavailable
from engine.models import catalogue, preparation
from engine.models.chunks import ChunkedFile, ChunkMismatch

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def file(tmp_path, monkeypatch) -> ChunkedFile:
    """Install two fake packages, the second part's first, whose code fails if it is imported."""
    site = tmp_path / "site"
    pieces = [CONTENT[:6000], CONTENT[6000:]]
    for number, piece in reversed(list(enumerate(pieces))):
        package = f"pieces_part{number + 1}"
        path = site / package / "data" / f"whole.gguf.part{number:02}"
        path.parent.mkdir(parents=True)
        path.write_bytes(piece)
        (site / package / "__init__.py").write_text("raise AssertionError('imported')")
        info = site / f"{package}-1.0.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0.0\n")
        names = (f"{package}/__init__.py", path.relative_to(site), f"{info.name}/METADATA")
        (info / "RECORD").write_text("".join(f"{name},,\n" for name in names))
    monkeypatch.syspath_prepend(site)
    return ChunkedFile(
        name="whole.gguf",
        distributions=("pieces-part1", "pieces-part2"),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        size_bytes=len(CONTENT),
    )


def test_the_pieces_are_joined_in_order(file, tmp_path):
    shares = []
    assert file.is_installed
    file.join(tmp_path / "whole", shares.append)
    assert (tmp_path / "whole").read_bytes() == CONTENT
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_changed_piece_is_refused(file, tmp_path):
    file.find()[1].write_bytes(b"x" * (len(CONTENT) - 6000))
    with pytest.raises(ChunkMismatch):
        file.join(tmp_path / "whole", lambda share: None)


def test_a_missing_package_or_piece_is_not_installed(file):
    assert not replace(file, distributions=("pieces-part1", "pieces-part3")).is_installed
    file.find()[0].unlink()
    assert not file.is_installed


@pytest.fixture
def prepare_package(file, tmp_path):
    def prepare(file: ChunkedFile):
        return preparation.prepare(
            catalogue.Entry(name="pieces", source=catalogue.PackageSource(file=file)),
            data_dir=tmp_path / "data",
            hf_token=None,
            device="cpu",
            report=lambda phase, share: None,
        )

    return prepare


def test_a_wrong_digest_leaves_nothing_behind(file, prepare_package, tmp_path):
    with pytest.raises(ModelUnavailable) as caught:
        prepare_package(replace(file, sha256="0" * 64))
    assert caught.value.reason == "corrupt"
    assert isinstance(caught.value.__cause__, ChunkMismatch)
    assert [path for path in Path(tmp_path / "data" / "models").iterdir() if path.is_dir()] == []


def test_a_package_that_is_not_there_is_said(file, prepare_package):
    with pytest.raises(ModelUnavailable) as caught:
        prepare_package(replace(file, distributions=("not-installed-at-all",)))
    assert caught.value.reason == "not_installed"
