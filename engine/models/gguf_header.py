"""What a GGUF file says about itself, read without its tensors and without torch.

Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

_VERSIONS = (2, 3)
_SCALARS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
_STRING, _ARRAY = 8, 9
_UNROUNDED_TYPES = frozenset({0, 1, 30})  # F32, F16, BF16
_ALIGNMENT = 32
_MAX_STRING_BYTES = 1 << 24


@dataclass(frozen=True, kw_only=True)
class GgufTensor:
    """Where a tensor lies: `size_bytes` from `start`, in the file; `shape` in torch's order."""

    name: str
    shape: tuple[int, ...]
    type_id: int
    start: int
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class GgufHeader:
    """Facts of a GGUF file.

    Attributes:
        architecture: llama.cpp's name of the architecture.
        name: Name that its author gave it.
        quantisation: How its weights were rounded (Q4_K_M), or None if they were not.
        tensors: Its tensors, in the order of the file's table.
    """

    architecture: str
    name: str | None
    quantisation: str | None
    tensors: tuple[GgufTensor, ...]

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return sum(prod(tensor.shape) for tensor in self.tensors)


def read_gguf_header(path: Path) -> GgufHeader:
    """Read the metadata and the tensor table of a GGUF file.

    Raises:
        ValueError: It is not a GGUF file of a known version, or it ends too early.
    """
    with path.open("rb") as stream:
        if stream.read(4) != b"GGUF":
            raise ValueError(f"{path} is not a GGUF file")
        version, tensor_count, pair_count = _unpack(stream, "<IQQ")
        if version not in _VERSIONS:
            raise ValueError(f"{path} is GGUF version {version}")
        metadata: dict[str, Any] = {}
        for _ in range(pair_count):
            key = _string(stream)
            (value_type,) = _unpack(stream, "<I")
            metadata[key] = _value(stream, value_type)
        alignment = metadata.get("general.alignment", _ALIGNMENT)
        tensors = _tensors(stream, tensor_count, alignment)
    if any(tensor.start + tensor.size_bytes > path.stat().st_size for tensor in tensors):
        raise ValueError(f"{path} ends too early")
    architecture = metadata.get("general.architecture")
    if not isinstance(architecture, str):
        raise ValueError(f"{path} names no architecture")
    is_rounded = any(tensor.type_id not in _UNROUNDED_TYPES for tensor in tensors)
    return GgufHeader(
        architecture=architecture,
        name=metadata.get("general.name"),
        quantisation=_quantisation(metadata.get("general.file_type")) if is_rounded else None,
        tensors=tensors,
    )


def _quantisation(file_type: int | None) -> str | None:
    from gguf import LlamaFileType

    names = {member.value: member.name for member in LlamaFileType}
    return None if file_type is None else names.get(file_type, "").removeprefix("MOSTLY_") or None


def _tensors(stream: BinaryIO, count: int, alignment: int) -> tuple[GgufTensor, ...]:
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    rows = []
    for _ in range(count):
        name = _string(stream)
        (dimensions,) = _unpack(stream, "<I")
        shape = tuple(reversed(_unpack(stream, f"<{dimensions}Q")))
        rows.append((name, shape, *_unpack(stream, "<IQ")))
    data_start = -(-stream.tell() // alignment) * alignment
    tensors = []
    for name, shape, type_id, offset in rows:
        block_elements, block_bytes = GGML_QUANT_SIZES[GGMLQuantizationType(type_id)]
        tensors.append(
            GgufTensor(
                name=name,
                shape=shape,
                type_id=type_id,
                start=data_start + offset,
                size_bytes=prod(shape) // block_elements * block_bytes,
            )
        )
    return tuple(tensors)


def _value(stream: BinaryIO, value_type: int) -> Any:
    """Return a scalar or a string; an array is skipped."""
    if value_type == _STRING:
        return _string(stream)
    if value_type == _ARRAY:
        item_type, count = _unpack(stream, "<IQ")
        if item_type in _SCALARS:
            stream.seek(count * struct.calcsize(_SCALARS[item_type]), 1)
        else:
            for _ in range(count):
                _value(stream, item_type)
        return None
    if value_type not in _SCALARS:
        raise ValueError(f"metadata of type {value_type}")
    return _unpack(stream, _SCALARS[value_type])[0]


def _string(stream: BinaryIO) -> str:
    (length,) = _unpack(stream, "<Q")
    if length > _MAX_STRING_BYTES:
        raise ValueError(f"a string of {length} bytes")
    return stream.read(length).decode("utf-8", errors="replace")


def _unpack(stream: BinaryIO, layout: str) -> tuple[Any, ...]:
    data = stream.read(struct.calcsize(layout))
    try:
        return struct.unpack(layout, data)
    except struct.error as error:
        raise ValueError("the file ends too early") from error
