"""What decides the result of a training run: size, data, optimisers and their schedule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from engine.embedded.corpus import EVERYDAY, LITERATURE, PROSE, SOFTWARE, TECHNICAL
from engine.embedded.muon import Muon


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What decides the result whatever is learned, beside the corpus and the hours.

    `start_share` is that of the weights that the run started from in the model that it writes:
    after a short run the average is better than either end (Wortsman et al., 2022).
    """

    vocab_size: int = 8192
    step_tokens: int = 8192
    micro_tokens: int = 4096
    everyday_share: float = 0.16
    prose_share: float = 0.24
    technical_share: float = 0.12
    software_share: float = 0.08
    matrix_lr: float = 0.015
    other_lr: float = 1.5e-3
    weight_decay: float = 0.01
    dropout: float = 0.0
    warmup_steps: int = 50
    decay_share: float = 0.4
    start_share: float = 0.0
    validation_share: float = 0.02
    seed: int = 0

    def shares(self) -> dict[str, float]:
        """Return each kind's share of the windows; literature has what the others leave."""
        named = {
            EVERYDAY: self.everyday_share,
            PROSE: self.prose_share,
            TECHNICAL: self.technical_share,
            SOFTWARE: self.software_share,
        }
        return {LITERATURE: 1.0 - sum(named.values())} | named


@dataclass(frozen=True, kw_only=True)
class CausalRecipe(Recipe):
    """A GPT-2 that learns what comes next."""

    n_embd: int = 320
    n_layer: int = 5
    n_head: int = 5
    n_positions: int = 512
    short_window: int = 256
    long_share: float = 0.3


@dataclass(frozen=True, kw_only=True)
class MaskedRecipe(Recipe):
    """A BERT that learns which words are missing; windows are of three lengths.

    `lone_share` is the share of the steps whose windows are short sentences, each by itself.
    `common_share` is the share of a text from which a token is hidden less often than it occurs,
    and `calibration` how much of that the model makes up for in its probabilities.
    """

    step_tokens: int = 4096
    everyday_share: float = 0.25
    prose_share: float = 0.30
    technical_share: float = 0.12
    software_share: float = 0.08
    hidden_size: int = 320
    layers: int = 4
    heads: int = 5
    intermediate_size: int = 1024
    n_positions: int = 256
    window: int = 128
    short_window: int = 32
    short_share: float = 0.25
    long_share: float = 0.1
    lone_share: float = 0.0
    masked_share: float = 0.3
    short_masked_share: float = 0.16
    common_share: float = 0.0
    calibration: float = 1.0


@dataclass(frozen=True, kw_only=True)
class AccentsRecipe(Recipe):
    """An encoder-decoder that gives back what a text in a hurry left out.

    `decision_weight` is what a token counts in the loss that is of a word which is written with an
    accent, or could be; others count 1.
    """

    vocab_size: int = 4096
    step_tokens: int = 4096
    everyday_share: float = 0.15
    prose_share: float = 0.30
    technical_share: float = 0.20
    software_share: float = 0.10
    architecture: str = "marian"
    d_model: int = 256
    d_ff: int = 1024
    encoder_layers: int = 4
    decoder_layers: int = 2
    heads: int = 4
    window: int = 128
    short_window: int = 48
    short_share: float = 0.4
    pivot_share: float = 0.5
    decision_weight: float = 3.0


def optimisers(
    model: nn.Module, recipe: Recipe, is_matrix: Callable[[str], bool]
) -> list[torch.optim.Optimizer]:
    """Return Muon for the matrices of the blocks, and AdamW for everything else.

    Args:
        model: Parameters that need no gradient are left alone.
        recipe: Learning rates.
        is_matrix: Whether a name is that of a parameter inside a block.
    """
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            (matrices if parameter.ndim == 2 and is_matrix(name) else others).append(parameter)
    muon = Muon(matrices, lr=recipe.matrix_lr, weight_decay=recipe.weight_decay, momentum=0.95)
    adam = torch.optim.AdamW(others, lr=recipe.other_lr, betas=(0.9, 0.95), weight_decay=0.0)
    for optimiser in (muon, adam):
        for group in optimiser.param_groups:
            group["base_lr"] = group["lr"]
    return [muon, adam]


def learning_rate_factor(progress: float, step: int, recipe: Recipe) -> float:
    """Warm up over steps, hold, then fall linearly to zero over the last part of the budget."""
    warmup = min(1.0, (step + 1) / recipe.warmup_steps)
    return warmup * min(1.0, max(0.0, (1.0 - progress) / recipe.decay_share))
