"""What a checkpoint folder says about itself, read without torch."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from engine.errors import ModelUnavailable
from engine.spellings import SPELLINGS_FILE

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
WEIGHTS_INDEX = "model.safetensors.index.json"
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "spiece.model",
    "sentencepiece.bpe.model",
    "source.spm",
    "target.spm",
    "target_vocab.json",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
    "added_tokens.json",
    "special_tokens_map.json",
)
_VOCABULARIES = frozenset(
    {"tokenizer.json", "tokenizer.model", "spiece.model", "vocab.json", "vocab.txt"}
)
_UNSAFE_SUFFIXES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack", ".pkl"})
# Causal masks and rotary tables that old checkpoints carry: not parameters.
_BUFFERS = (".attn.bias", ".attn.masked_bias", ".attention.bias", ".masked_bias", ".inv_freq")
_WHOLE_FILE_BYTES = 64 * 1024**2
_SAMPLE_BYTES = 64 * 1024
_OUTPUT_LAYERS = ("lm_head.weight", "embed_out.weight")
_SAMPLES = 256
_MAX_HEADER_BYTES = 100_000_000
CONTENT_HASH_DIGITS = 8
"""Of the revision of what lies in a folder; a commit of the hub has 40."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A checkpoint on disk, checked and ready to be loaded.

    Attributes:
        revision: Commit, or short content hash.
        display_name: Name for people.
        config: The parsed `config.json`.
        parameters: Number of weights, as the safetensors headers state them.
        tied_parameters: How many of them are both embedding and output layer.
        weights_bytes: Size of the weights on disk.
    """

    folder: Path
    revision: str
    display_name: str
    config: Mapping[str, Any]
    parameters: int
    tied_parameters: int
    weights_bytes: int


def inspect(
    model: str, folder: Path, *, revision: str | None = None, display_name: str | None = None
) -> Checkpoint:
    """Check a folder's files and read their headers.

    Args:
        model: Name for errors.
        folder: Folder as `save_pretrained` writes it.
        revision: Known revision; None derives one from the content.
        display_name: Known name; None takes the folder's.

    Raises:
        ModelUnavailable: not_found, missing_file, unsafe_format, no_tokenizer or corrupt.
    """
    if not folder.is_dir():
        raise ModelUnavailable(model, "not_found", path=str(folder))
    config = _json_object(model, folder / CONFIG)
    weights = _weight_files(model, folder)
    if not any((folder / name).is_file() for name in _VOCABULARIES):
        raise ModelUnavailable(model, "no_tokenizer", path=str(folder))
    headers = [_header(model, path) for path in weights]
    return Checkpoint(
        folder=folder,
        revision=revision or _content_hash(folder, weights),
        display_name=display_name or folder.name,
        config=config,
        parameters=sum(_parameters(header) for header in headers),
        tied_parameters=_tied_parameters(headers, config.get("vocab_size")),
        weights_bytes=sum(path.stat().st_size for path in weights),
    )


def _json_object(model: str, path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelUnavailable(model, "missing_file", path=str(path)) from error
    except (OSError, ValueError) as error:
        raise ModelUnavailable(model, "corrupt", path=str(path), error=str(error)) from error
    if not isinstance(value, dict):
        raise ModelUnavailable(model, "corrupt", path=str(path), error="not a JSON object")
    return value


def _weight_files(model: str, folder: Path) -> tuple[Path, ...]:
    if (folder / WEIGHTS).is_file():
        return (folder / WEIGHTS,)
    if (folder / WEIGHTS_INDEX).is_file():
        shards = _json_object(model, folder / WEIGHTS_INDEX).get("weight_map")
        if not isinstance(shards, dict) or not all(isinstance(s, str) for s in shards.values()):
            raise ModelUnavailable(model, "corrupt", path=str(folder / WEIGHTS_INDEX))
        paths = tuple(folder / Path(name).name for name in sorted(set(shards.values())))
        for path in paths:
            if not path.is_file():
                raise ModelUnavailable(model, "missing_file", path=str(path))
        return paths
    unsafe = sorted(path for path in folder.iterdir() if is_unsafe(path.name))
    if unsafe:
        raise ModelUnavailable(model, "unsafe_format", path=str(unsafe[0]))
    raise ModelUnavailable(model, "missing_file", path=str(folder / WEIGHTS))


def is_unsafe(name: str) -> bool:
    """Tell whether a weights file's format can run code, or is not one that is read here."""
    return Path(name).suffix.lower() in _UNSAFE_SUFFIXES


def _header(model: str, path: Path) -> Mapping[str, Any]:
    """Read a safetensors header and check that the file is as long as it says.

    Source: https://huggingface.co/docs/safetensors, «Format».
    """
    try:
        with path.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > _MAX_HEADER_BYTES:
                raise ValueError(f"header of {length} bytes")
            header = json.loads(stream.read(length))
        tensors = {name: spec for name, spec in header.items() if name != "__metadata__"}
        end = max((spec["data_offsets"][1] for spec in tensors.values()), default=0)
        if path.stat().st_size != 8 + length + end:
            raise ValueError(f"{path.stat().st_size} bytes instead of {8 + length + end}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise ModelUnavailable(model, "corrupt", path=str(path), error=str(error)) from error
    return tensors


def _parameters(header: Mapping[str, Any]) -> int:
    return sum(prod(spec["shape"]) for name, spec in header.items() if not name.endswith(_BUFFERS))


def _tied_parameters(headers: Sequence[Mapping[str, Any]], vocab_size: object) -> int:
    """Return the size of the embedding where no output layer is stored beside it."""
    tensors = {name: spec["shape"] for header in headers for name, spec in header.items()}
    if any(name.endswith(_OUTPUT_LAYERS) for name in tensors):
        return 0
    tables = (prod(shape) for shape in tensors.values() if shape[:1] == [vocab_size])
    return max(tables, default=0)


def _content_hash(folder: Path, weights: tuple[Path, ...]) -> str:
    """Return 8 hex digits of the configuration, the tokenizer, the known words and the weights."""
    digest = hashlib.sha256()
    small = (folder / name for name in (CONFIG, *TOKENIZER_FILES, SPELLINGS_FILE))
    for path in (*(path for path in small if path.is_file()), *weights):
        digest.update(f"{path.name}:{path.stat().st_size}:".encode())
        for block in _samples(path):
            digest.update(block)
    return digest.hexdigest()[:CONTENT_HASH_DIGITS]


def _samples(path: Path) -> Iterator[bytes]:
    """Yield a file whole if it is small, else evenly spread pieces: training changes them all."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        if size <= _WHOLE_FILE_BYTES:
            yield stream.read()
            return
        for sample in range(_SAMPLES):
            stream.seek((size - _SAMPLE_BYTES) * sample // (_SAMPLES - 1))
            yield stream.read(_SAMPLE_BYTES)
