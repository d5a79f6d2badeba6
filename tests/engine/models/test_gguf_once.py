from __future__ import annotations

import gguf
import numpy as np
import pytest

from engine.models.gguf_once import headers_read_once
from tests.engine.models.gguf_files import write_gguf


@pytest.fixture
def file(originals, tmp_path):
    write_gguf(tmp_path / "pequeño.gguf", originals("qwen2"), is_rounded=True)
    return tmp_path / "pequeño.gguf"


def test_it_reads_what_the_librarys_own_reader_reads(file):
    own = gguf.GGUFReader(file)
    with headers_read_once():
        read = gguf.GGUFReader(file)
        # Slices of a memory map are memory maps, and slow for being so.
        assert type(read.data) is np.ndarray
        assert gguf.GGUFReader(file) is read
    assert [*read.fields] == [*own.fields]
    for name, field in own.fields.items():
        other = read.fields[name]
        assert (other.offset, other.data, other.types) == (field.offset, field.data, field.types)
        for part, others in zip(field.parts, other.parts, strict=True):
            assert part.dtype == others.dtype
            assert np.array_equal(part, others)
    assert len(own.tensors) > 5
    for tensor, others in zip(own.tensors, read.tensors, strict=True):
        assert (tensor.name, tensor.tensor_type) == (others.name, others.tensor_type)
        assert tensor.data.dtype == others.data.dtype
        assert np.array_equal(tensor.data, others.data)


def test_the_librarys_own_reader_is_there_again_even_after_a_failure():
    own = gguf.GGUFReader
    with pytest.raises(ValueError, match=r"GGUF magic"), headers_read_once():
        gguf.GGUFReader(__file__)
    assert gguf.GGUFReader is own
