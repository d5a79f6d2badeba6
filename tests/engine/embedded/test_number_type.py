"""Training computes in what the processor multiplies fastest."""

import pytest
import torch

from engine.embedded import number_type as module
from engine.embedded.loss import head_loss
from engine.embedded.number_type import computing, number_type

CPU = torch.device("cpu")


@pytest.fixture(params=[torch.float32, torch.bfloat16], ids=str)
def faster(request, monkeypatch):
    """A processor that multiplies one of the two types faster."""
    module._fastest_on_cpu.cache_clear()
    monkeypatch.setattr(module, "_product_s", lambda dtype: 1.0 + (dtype != request.param))
    yield request.param
    module._fastest_on_cpu.cache_clear()


def test_the_faster_type_is_taken(faster):
    assert number_type(CPU) == faster
    layer = torch.nn.Linear(4, 4)
    with computing("cpu"):
        assert layer(torch.ones(1, 4)).dtype == faster


def test_a_gpu_computes_in_bfloat16():
    assert number_type("cuda:0") == torch.bfloat16


@pytest.mark.usefixtures("faster")
def test_the_loss_and_its_gradients_are_those_of_pytorch():
    torch.manual_seed(0)
    hidden, weight = (torch.randn(size, requires_grad=True) for size in ((7, 16), (30, 16)))
    targets = torch.tensor([3, 29, 0, -1, 5, 5, 12])
    expected = torch.nn.functional.cross_entropy(hidden @ weight.T, targets, ignore_index=-1)
    gradients = torch.autograd.grad(expected, (hidden, weight))
    loss = head_loss(hidden, weight, targets)
    assert loss.item() == pytest.approx(expected.item(), rel=0.01)
    for found, right in zip(torch.autograd.grad(loss, (hidden, weight)), gradients, strict=True):
        assert (found - right).norm() < 0.02 * right.norm()
