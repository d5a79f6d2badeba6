"""Models whose layers are swapped for kernels, and what they then answer."""

import copy

import torch
from torch import nn

from engine.models import kernels
from engine.models.choice import BUCKETS
from engine.models.kernel import kernels_here

HERE = kernels_here(torch.device("cpu"), "turbo")
FAR = [9.0] * len(BUCKETS)


def fake_times(monkeypatch, **quick):
    """Let kernels take the times given ("oneDNN_int8": seconds by rows), the others long."""
    named = {name.replace("_", " "): row for name, row in quick.items()}

    def times(shapes, kernels, _data_dir):
        row = {kernel.name: named.get(kernel.name, FAR) for kernel in kernels}
        return {shape.name: row for shape in shapes}

    monkeypatch.setattr(kernels, "_times", times)


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
