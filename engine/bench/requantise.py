"""Brings a GGUF file to Q8_0 for llama.cpp: `python -m engine.bench.requantise IN OUT`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, Keys
from gguf.quants import dequantize, quantize

_Q8_0 = 7
"""Of llama.cpp's list of file types."""
_BLOCK = 32
"""Weights that Q8_0 gives one scale."""
_OWN_KEYS = ("GGUF.version", "GGUF.tensor_count", "GGUF.kv_count", Keys.General.ARCHITECTURE)
"""Fields that the writer writes by itself."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Write a file whose matrices are Q8_0 and whose other tensors are float32."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.requantise", description=__doc__)
    parser.add_argument("source", type=Path, help="a GGUF file")
    parser.add_argument("target", type=Path, help="the file to write")
    options = parser.parse_args(arguments)
    requantise(options.source, options.target)


def requantise(source: Path, target: Path) -> None:
    """Write a GGUF file again with Q8_0 matrices: what is rounded already stays so.

    Args:
        source: In any quantisation that `gguf` can undo.
        target: Is overwritten.
    """
    reader = GGUFReader(source)
    writer = GGUFWriter(target, str(reader.fields[Keys.General.ARCHITECTURE].contents()))
    for name, field in reader.fields.items():
        if name not in _OWN_KEYS:
            is_list = field.types[0] == GGUFValueType.ARRAY
            value = _Q8_0 if name == Keys.General.FILE_TYPE else field.contents()
            writer.add_key_value(
                name, value, field.types[0], sub_type=field.types[-1] if is_list else None
            )
    for tensor in reader.tensors:
        numbers: Any = dequantize(tensor.data, tensor.tensor_type)
        is_matrix = numbers.ndim > 1 and numbers.shape[-1] % _BLOCK == 0
        kind = GGMLQuantizationType.Q8_0 if is_matrix else GGMLQuantizationType.F32
        writer.add_tensor(tensor.name, quantize(numbers, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
