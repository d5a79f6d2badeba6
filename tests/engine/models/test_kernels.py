import copy
import gc
import weakref
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from transformers.pytorch_utils import Conv1D

from engine.models import kernels
from engine.models.activation import Gelu
from engine.models.choice import Plan
from engine.models.kernel import PACKED
from tests.engine.models.swapping import HERE, fake_times, kl, logits_of, swap, swapped
from tests.engine.tiny import FAMILIES, complete, request

needs_kernels = pytest.mark.skipif(not HERE, reason="this processor keeps the plain layers")
needs_bfloat16 = pytest.mark.skipif(
    "oneDNN bfloat16" not in [kernel.name for kernel in HERE],
    reason="this processor has no bfloat16 products of oneDNN",
)


@needs_kernels
@pytest.mark.parametrize("family", FAMILIES)
def test_exact_layers_give_the_same_logits(tiny_model, family):
    plain = tiny_model(family, spread=0.1).model
    packed = swapped(plain, "exact")
    left = {type(module) for module in packed.modules()}
    assert not left & {nn.Linear, Conv1D}
    for rows, length in ((1, 1), (1, 40), (5, 1), (3, 19)):
        assert torch.allclose(
            logits_of(packed, rows, length), logits_of(plain, rows, length), atol=1e-5, rtol=0
        )


@pytest.mark.parametrize(("precision", "limit"), [("fast", 0.002), ("turbo", 0.005)])
@pytest.mark.parametrize("family", FAMILIES)
def test_rounded_layers_give_nearly_the_same_distribution(tiny_model, family, precision, limit):
    plain = tiny_model(family, spread=0.1).model
    model, arithmetic = swap(plain, precision)
    rounded = logits_of(model)
    assert rounded.dtype == torch.float32
    difference = kl(logits_of(plain), rounded).mean()
    # What says that it rounds does; what says that it is exact is float32.
    if arithmetic.precision == "exact":
        assert torch.allclose(rounded, logits_of(plain), atol=1e-5, rtol=0)
    else:
        assert 0 < difference < limit


@pytest.mark.parametrize("precision", ["fast", "turbo"])
@pytest.mark.parametrize("family", ["gpt2", "gemma3_text", "gptj"])
def test_the_best_logits_are_not_rounded(tiny_model, family, precision):
    # gpt2 and gemma look tokens up in the output layer's table; gptj has a table and a bias more.
    model = tiny_model(family, spread=0.1).model
    head = model.get_output_embeddings()
    x = torch.randn(2, 3, model.config.hidden_size) * 20
    expected = nn.functional.linear(x, head.weight, head.bias)
    logits = swapped(model, precision).get_output_embeddings()(x)
    best = expected.topk(60).indices
    error = (logits - expected).gather(-1, best).abs().max()
    is_tied = head.weight is model.get_input_embeddings().weight
    assert error < (1e-4 if is_tied else 0.02 * expected.abs().max())
    assert len(logits.gather(-1, best).unique()) > 0.98 * best.numel()


@needs_kernels
@pytest.mark.parametrize("precision", ["exact", "fast", "turbo"])
def test_what_is_replaced_is_freed_and_the_embedding_stays(tiny_model, precision):
    model = copy.deepcopy(tiny_model("gpt2").model)
    table = model.get_input_embeddings().weight
    before = table.clone()
    weights = [
        weakref.ref(module.weight) for module in model.modules() if isinstance(module, Conv1D)
    ]
    assert kernels.install(model, precision).layers == len(weights) + 1
    gc.collect()
    assert weights
    assert not any(weight() is not None for weight in weights)
    assert torch.equal(model.get_input_embeddings().weight, before)


def refuse(*_):
    raise RuntimeError("not on this processor")


@pytest.mark.parametrize(
    "break_kernels",
    [
        lambda patch: patch.setattr(torch.ops.mkldnn, "_reorder_linear_weight", refuse),
        lambda patch: patch.setattr(torch.ops.mkldnn, "_linear_pointwise", None),
        lambda patch: patch.setattr(torch.backends.mkldnn, "is_available", lambda: False),
        lambda patch: patch.setattr(
            torch.ops.mkldnn, "_reorder_linear_weight", lambda weight, _: weight * 2
        ),
    ],
    ids=["refused", "missing", "switched off", "wrong"],
)
def test_without_the_kernels_the_plain_layers_stay(tiny_model, monkeypatch, break_kernels):
    plain = tiny_model("llama", spread=0.1).model
    break_kernels(monkeypatch)
    for precision in ("exact", "fast", "turbo"):
        model, arithmetic = swap(plain, precision)
        assert arithmetic == kernels.PLAIN == ("exact", "torch float32", 0, ())
        assert torch.equal(logits_of(model), logits_of(plain))


@needs_kernels
@pytest.mark.parametrize("is_slow", [False, True])
def test_a_kernel_serves_where_it_is_faster_and_is_called_by_its_name(
    tiny_model, monkeypatch, is_slow
):
    fake_times(
        monkeypatch,
        oneDNN_float32=[4.0, 4.0, 4.0, 4.0],
        torch_bfloat16=[8.0, 8.0, 8.0, 8.0] if is_slow else [1.0, 8.0, 8.0, 8.0],
    )
    plain = tiny_model("llama", spread=0.1).model
    (exact, _), (fast, arithmetic) = (swap(plain, precision) for precision in ("exact", "fast"))
    products = {choice.partition(": ")[2] for choice in arithmetic.choices}
    if is_slow:
        assert arithmetic[:2] == ("exact", "oneDNN float32")
        assert products == {"oneDNN float32"}
        assert torch.equal(logits_of(fast), logits_of(exact))
    else:
        assert arithmetic[:2] == ("fast", "oneDNN float32 + torch bfloat16")
        assert products == {"torch bfloat16 (≤ 1), oneDNN float32"}
        assert not torch.equal(logits_of(fast, 1, 1), logits_of(exact, 1, 1))


@needs_kernels
@given(
    rows=st.integers(1, 9), seed=st.integers(0, 2**32 - 1), few=st.sampled_from(HERE or [PACKED])
)
@settings(deadline=None)
def test_few_rows_and_many_multiply_by_the_same_rounded_weight(rows, seed, few):
    # Else a text would become another one when somebody joins its batch.
    torch.manual_seed(seed)
    weight, bias, x = torch.randn(24, 64), torch.randn(24), torch.randn(rows, 64)
    layer = kernels.FastLinear(Plan(few, 4, PACKED), weight, bias)
    together = layer(x.repeat(9, 1))[:rows]
    alone = torch.cat([layer(row[None]) for row in x])
    expected = nn.functional.linear(x, few.rounded(weight), bias)
    # Of the rows bfloat16 leaves eight bits, and of the product.
    error = 0.02 * (x.norm(dim=1, keepdim=True) * weight.norm(dim=1) + bias.abs())
    assert ((together - expected).abs() <= 1e-4 + 1e-5 * expected.abs()).all()
    assert ((alone - together).abs() <= error).all()


@needs_kernels
def test_second_copies_take_no_memory_that_is_not_there(tiny_model, monkeypatch):
    fake_times(monkeypatch, oneDNN_float32=[4.0] * 4, torch_bfloat16=[1.0, 1.0, 8.0, 8.0])
    plain = tiny_model("llama", spread=0.1).model
    assert swap(plain, "fast")[1].precision == "fast"
    monkeypatch.setattr(kernels, "available_bytes", lambda _device: 1000)
    assert swap(plain, "fast")[1][:2] == ("exact", "oneDNN float32")


@needs_kernels
def test_what_was_tried_once_is_not_tried_again(tiny_model, monkeypatch, tmp_path):
    def trial(shapes, kernels):
        # As on a busy machine, no trial comes out as the one before; this one is in time.
        tried.append(shapes)
        row = {kernel.name: [len(tried) + n, 9.0, 9.0, 9.0] for n, kernel in enumerate(kernels)}
        return {shape.name: row for shape in shapes}

    tried = []
    monkeypatch.setattr(kernels, "measure", trial)
    monkeypatch.setattr(kernels, "_tried", {})
    plain = tiny_model("llama").model
    first = kernels.install(copy.deepcopy(plain), "turbo", tmp_path)
    assert kernels.install(copy.deepcopy(plain), "turbo", tmp_path) == first
    kernels._tried.clear()
    assert kernels.install(copy.deepcopy(plain), "turbo", tmp_path) == first
    assert len(tried) == 1


@needs_bfloat16
def test_without_int8_kernels_turbo_is_fast(tiny_model, monkeypatch):
    plain = tiny_model("llama", spread=0.1).model
    monkeypatch.setattr(torch.ops.onednn, "qlinear_prepack", refuse)
    monkeypatch.setattr(torch.ops.aten, "_weight_int8pack_mm", None)
    fake_times(monkeypatch, oneDNN_bfloat16=[1.0] * 4)
    (turbo, arithmetic), fast = swap(plain, "turbo"), swapped(plain, "fast")
    assert arithmetic[:2] == ("fast", "oneDNN bfloat16")
    assert torch.equal(logits_of(turbo), logits_of(fast))


@needs_kernels
@pytest.mark.parametrize("precision", ["fast", "turbo"])
def test_without_rounded_kernels_every_precision_is_exact(tiny_model, monkeypatch, precision):
    fake_times(monkeypatch)
    only = [kernel for kernel in HERE if kernel.precision == "exact"]
    monkeypatch.setattr(kernels, "kernels_here", lambda *_: only)
    plain = tiny_model("llama", spread=0.1).model
    model, arithmetic = swap(plain, precision)
    assert arithmetic[:2] == ("exact", "oneDNN float32")
    assert torch.equal(logits_of(model), logits_of(swapped(plain, "exact")))


@pytest.mark.parametrize(
    ("precision", "arithmetic"),
    [
        ("exact", ("exact", "torch float32")),
        ("fast", ("fast", "torch bfloat16")),
        ("turbo", ("fast", "torch bfloat16")),
    ],
)
def test_another_device_keeps_its_own_kernels(tiny_model, precision, arithmetic):
    model = copy.deepcopy(tiny_model("llama").model).to("meta")
    assert kernels.install(model, precision)[:2] == arithmetic


@needs_kernels
def test_layers_that_may_be_more_than_a_product_stay(tiny_model):
    class Scaled(nn.Linear):
        def forward(self, x):
            return 2 * super().forward(x)

    model = copy.deepcopy(tiny_model("llama").model)
    layers = model.model.layers
    layers[0].mlp.up_proj = scaled = Scaled(32, 48, bias=False)
    hooked = layers[0].mlp.down_proj
    hooked.register_forward_hook(lambda *_: None)
    half = layers[1].mlp.up_proj.half()
    kernels.install(model, "exact")
    assert layers[0].mlp.up_proj is scaled
    assert layers[0].mlp.down_proj is hooked
    assert layers[1].mlp.up_proj is half
    assert isinstance(layers[1].mlp.down_proj, kernels.FastLinear)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("num_beams", [1, 4])
def test_exact_ids_are_those_of_generate_on_the_plain_model(tiny_model, family, num_beams):
    loaded = tiny_model(family)
    settings = {"num_beams": num_beams, "max_new_tokens": 24, "repetition_penalty": 1.1}
    strategy = "beam" if num_beams > 1 else "greedy"
    packed = replace(loaded, model=swapped(loaded.model, "exact"))
    answer = complete(packed, request(strategy=strategy, **settings))
    ids = torch.tensor([answer.prompt_ids])
    theirs = loaded.model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, pad_token_id=0, **settings
    )
    ours = list(answer.attempts[0].token_ids)
    assert ours == theirs[0, ids.shape[1] :].tolist()[: len(ours)]


def test_the_slow_formula_of_the_activation_is_replaced_by_an_equal_one(tiny_model):
    plain = tiny_model("gpt2").model
    theirs, ours = (m.transformer.h[0].mlp.act for m in (plain, swapped(plain, "exact")))
    assert type(ours) is Gelu
    x = torch.linspace(-12, 12, 4001)
    assert torch.allclose(ours(x), theirs(x), atol=1e-6)
