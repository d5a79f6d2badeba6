"""The roofline: what bounds a step, and that choosing row by row bounds it most."""

from __future__ import annotations

import pytest

from tests.growth.gpus import GEMMA_270M, H200, L4, Gpu, step_s, tokens_s


def test_one_row_reads_the_weights_once():
    slow = Gpu(name="slow", bytes_s=1e9, flops_s=1e15)
    read = 2 * 268e6 + GEMMA_270M.row_bytes(0)
    assert step_s(slow, GEMMA_270M, 1, context=0) == pytest.approx(read / 1e9 / 0.6, rel=0.01)


def test_many_rows_compute():
    weak = Gpu(name="weak", bytes_s=1e15, flops_s=1e12)
    assert step_s(weak, GEMMA_270M, 100) == pytest.approx(2 * 268e6 * 100 / 1e12 / 0.6, rel=0.05)


@pytest.mark.parametrize("gpu", [L4, H200])
def test_more_rows_write_more_and_never_less_each_than_a_share(gpu):
    speeds = [tokens_s(gpu, GEMMA_270M, rows, is_chosen_there=True) for rows in (1, 16, 64, 256)]
    assert speeds == sorted(speeds)
    assert speeds[-1] < 256 * speeds[0]


def test_whoever_chooses_row_by_row_gains_little_from_a_faster_card():
    slow, fast = (tokens_s(gpu, GEMMA_270M, 256, is_chosen_there=False) for gpu in (L4, H200))
    assert fast < 1 / GEMMA_270M.choice_s
    assert fast / slow < 1.2
