"""A file brought to Q8_0 says the same with other numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter
from gguf.quants import dequantize

from engine.bench.requantise import main


def test_matrices_become_q8_and_everything_else_stays(tmp_path: Path) -> None:
    numbers = np.random.default_rng(0)
    matrix, norm = numbers.standard_normal((8, 64), np.float32), np.ones(64, np.float32)
    source, target = tmp_path / "in.gguf", tmp_path / "out.gguf"
    writer = GGUFWriter(source, "llama")
    writer.add_name("prueba")
    writer.add_file_type(1)
    writer.add_token_list(["a", "ñ", "ción"])
    writer.add_token_scores([0.5, 1.5, 2.5])
    writer.add_key_value("some.flag", True, GGUFValueType.BOOL)
    writer.add_tensor("matrix", matrix.astype(np.float16))
    writer.add_tensor("norm", norm)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    main([str(source), str(target)])
    before, after = GGUFReader(source), GGUFReader(target)
    own = {"GGUF.version", "GGUF.tensor_count", "GGUF.kv_count"}
    said = [
        {key: field.contents() for key, field in file.fields.items() if key not in own}
        for file in (before, after)
    ]
    assert said[1] == said[0] | {"general.file_type": 7}
    kinds = {tensor.name: tensor.tensor_type for tensor in after.tensors}
    assert kinds == {"matrix": GGMLQuantizationType.Q8_0, "norm": GGMLQuantizationType.F32}
    written = {t.name: dequantize(t.data, t.tensor_type) for t in after.tensors}
    assert np.abs(written["matrix"] - matrix).max() < np.abs(matrix).max() / 127
    assert np.array_equal(written["norm"], norm)
