import copy
import gc
import weakref
from dataclasses import replace

import pytest
import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from engine.models import kernels, products
from tests.engine.tiny import FAMILIES, complete, request

needs_bfloat16 = pytest.mark.skipif(
    kernels._kernel(torch.device("cpu"), "fast").precision != "fast",
    reason="this processor has no bfloat16 products that are faster than float32",
)


def swap(model, precision):
    copied = copy.deepcopy(model)
    return copied, kernels.install(copied, precision)


def swapped(model, precision):
    return swap(model, precision)[0]


def logits_of(model, rows=3, length=19):
    torch.manual_seed(3)
    ids = torch.randint(0, model.config.vocab_size, (rows, length))
    with torch.inference_mode():
        return model(input_ids=ids).logits


def kl(theirs, ours):
    return nn.functional.kl_div(
        ours.double().log_softmax(-1),
        theirs.double().log_softmax(-1),
        log_target=True,
        reduction="none",
    ).sum(-1)


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
        assert arithmetic == kernels.PLAIN == ("exact", "torch float32", 0)
        assert torch.equal(logits_of(model), logits_of(plain))


def slow(pack):
    """Pack so that the product is right, but is computed over and over."""

    def packed(weight, bias):
        product = pack(weight, bias)
        return lambda x: [product(x) for _ in range(40)][-1]

    return packed


@pytest.mark.parametrize("is_slow", [False, True])
def test_a_kernel_serves_where_it_is_faster_than_float32_and_is_called_by_its_name(
    tiny_model, monkeypatch, is_slow
):
    # Stands for a processor that has the instructions of int8, or only pretends to.
    product = slow(products.packed_product) if is_slow else fake_int8
    turbo, fast = kernels._ROUNDED["turbo"]
    monkeypatch.setitem(kernels._ROUNDED, "turbo", (turbo._replace(pack=product), fast))
    plain = tiny_model("llama", spread=0.1).model
    fast, turbo = (swap(plain, precision) for precision in ("fast", "turbo"))
    if is_slow:
        assert turbo[1] == fast[1]
        assert torch.equal(logits_of(turbo[0]), logits_of(fast[0]))
    else:
        assert turbo[1][:2] == ("turbo", "oneDNN int8")


def fake_int8(weight, bias):
    """Give the right product of a small layer, and of a large one nothing, which takes no time."""
    if weight.numel() < 1_000_000:
        return products.plain_product(weight, bias)
    return lambda x: x.new_zeros(*x.shape[:-1], len(weight))


@needs_bfloat16
def test_without_int8_kernels_turbo_is_fast(tiny_model, monkeypatch):
    plain = tiny_model("llama", spread=0.1).model
    monkeypatch.setattr(torch.ops.onednn, "qlinear_prepack", refuse)
    (turbo, arithmetic), fast = swap(plain, "turbo"), swapped(plain, "fast")
    assert arithmetic[:2] == ("fast", "oneDNN bfloat16")
    assert torch.equal(logits_of(turbo), logits_of(fast))


@pytest.mark.parametrize("precision", ["fast", "turbo"])
def test_without_rounded_kernels_every_precision_is_exact(tiny_model, monkeypatch, precision):
    def refuse_rounded(weight, rows):
        return refuse() if weight.dtype == torch.bfloat16 else reorder(weight, rows)

    reorder = torch.ops.mkldnn._reorder_linear_weight
    monkeypatch.setattr(torch.ops.mkldnn, "_reorder_linear_weight", refuse_rounded)
    monkeypatch.setattr(torch.ops.onednn, "qlinear_prepack", refuse)
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
    assert type(ours) is nn.GELU
    x = torch.linspace(-12, 12, 4001)
    assert torch.allclose(ours(x), theirs(x), atol=1e-6)
