"""The optimiser of the matrices against PyTorch's own."""

import pytest
import torch

from engine.embedded import muon
from engine.embedded.muon import Muon, orthogonalised

SHAPES = [(6, 6), (6, 15), (15, 6), (6, 6), (6, 15)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_its_steps_are_those_of_pytorch(monkeypatch, dtype):
    """But for the rounding of bfloat16: PyTorch's are of it, and each processor sums differently.

    With float32 they differ by 5 %; without the momentum's look ahead, by far more.
    """
    monkeypatch.setattr(muon, "number_type", lambda device: dtype)
    torch.manual_seed(0)
    start = [torch.randn(shape) for shape in SHAPES]
    gradients = [[torch.randn(shape) for shape in SHAPES] for _ in range(4)]
    ours, theirs = ([torch.nn.Parameter(matrix.clone()) for matrix in start] for _ in range(2))
    settings = {"lr": 0.1, "weight_decay": 0.1, "momentum": 0.95}
    mine, reference = Muon(ours, **settings), torch.optim.Muon(theirs, **settings)
    for step in gradients:
        for parameters, optimiser in ((ours, mine), (theirs, reference)):
            for parameter, gradient in zip(parameters, step, strict=True):
                parameter.grad = gradient.clone()
            optimiser.step()
    for here, there, before in zip(ours, theirs, start, strict=True):
        moved = (there - before).norm()
        assert moved > 0.1
        assert (here - there).norm() / moved < 0.08
    assert mine.state_dict()["state"].keys() == reference.state_dict()["state"].keys()


def test_a_matrix_without_a_gradient_stays_as_it_is():
    still, moving = (torch.nn.Parameter(torch.ones(4, 4)) for _ in range(2))
    moving.grad = torch.eye(4)
    Muon([still, moving], lr=0.1).step()
    assert torch.equal(still, torch.ones(4, 4))
    assert not torch.equal(moving, torch.ones(4, 4))


def test_singular_values_come_near_one():
    torch.manual_seed(0)
    matrices = torch.randn(3, 20, 40)
    values = torch.linalg.svdvals(orthogonalised(matrices, (3.4445, -4.7750, 2.0315), 5).float())
    assert values.min() > 0.5
    assert values.max() < 1.5
