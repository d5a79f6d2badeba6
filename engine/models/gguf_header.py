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
_MAX_STRING_BYTES = 1 << 24


@dataclass(frozen=True, kw_only=True)
class GgufHeader:
    """Facts of a GGUF file.

    Attributes:
        architecture: llama.cpp's name of the architecture.
        name: Name that its author gave it.
        quantisation: How its weights were rounded (Q4_K_M), or None if they were not.
        parameters: Number of weights.
    """

    architecture: str
    name: str | None
    quantisation: str | None
    parameters: int


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
        tensors = [_tensor(stream) for _ in range(tensor_count)]
    architecture = metadata.get("general.architecture")
    if not isinstance(architecture, str):
        raise ValueError(f"{path} names no architecture")
    is_rounded = any(tensor_type not in _UNROUNDED_TYPES for _, tensor_type in tensors)
    return GgufHeader(
        architecture=architecture,
        name=metadata.get("general.name"),
        quantisation=_quantisation(metadata.get("general.file_type")) if is_rounded else None,
        parameters=sum(elements for elements, _ in tensors),
    )


def _quantisation(file_type: int | None) -> str | None:
    from gguf import LlamaFileType

    names = {member.value: member.name for member in LlamaFileType}
    return None if file_type is None else names.get(file_type, "").removeprefix("MOSTLY_") or None


def _tensor(stream: BinaryIO) -> tuple[int, int]:
    """Return a tensor's number of elements and its type."""
    _string(stream)
    (dimensions,) = _unpack(stream, "<I")
    shape = _unpack(stream, f"<{dimensions}Q")
    tensor_type, _offset = _unpack(stream, "<IQ")
    return prod(shape), tensor_type


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
