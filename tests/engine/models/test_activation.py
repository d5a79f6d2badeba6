"""The quick form of the activation is the activation."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from engine.models.activation import Gelu
from tests.engine.models.swapping import swapped

numbers = st.floats(width=32, allow_nan=False, allow_infinity=False) | st.floats(-9, 9, width=32)


@given(st.lists(numbers, min_size=1, max_size=40), st.integers(1, 200))
def test_it_is_the_same_for_few_numbers_and_for_many(values: list[float], times: int) -> None:
    x = torch.tensor(values).repeat(times)
    before = x.clone()
    expected = functional.gelu(x.double(), approximate="tanh")
    assert torch.allclose(Gelu()(x).double(), expected, atol=1e-6, rtol=1e-6)
    assert torch.equal(x, before)


def test_what_is_no_number_stays_none() -> None:
    x = torch.tensor([float("nan"), float("inf"), 1.0]).repeat(2000)
    y = Gelu()(x)
    assert y[0].isnan()
    assert y[1] == float("inf")


def test_a_gradient_goes_through() -> None:
    x = torch.linspace(-3, 3, 5000, requires_grad=True)
    Gelu()(x).sum().backward()
    other = x.detach().clone().requires_grad_()
    functional.gelu(other, approximate="tanh").sum().backward()
    assert torch.allclose(x.grad, other.grad)


@pytest.mark.parametrize("family", ["gpt2", "gemma3_text"])
def test_both_of_its_formulas_are_swapped(tiny_model, family) -> None:
    model = swapped(tiny_model(family).model, "exact")
    assert any(type(module) is Gelu for module in model.modules())
