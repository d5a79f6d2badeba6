"""What decides the result of a training run: size, data, optimisers and their schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import nn
from transformers import GPT2Config

from engine.embedded.corpus import (
    END_OF_TEXT,
    EVERYDAY,
    LITERATURE,
    PROSE,
    SOFTWARE,
    TECHNICAL,
)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that decides the result, beside the corpus and the hours.

    `start_share` is that of the weights that the run started from in the model that it writes:
    after a short run the average is better than either end (Wortsman et al., 2022).
    """

    vocab_size: int = 8192
    n_embd: int = 320
    n_layer: int = 5
    n_head: int = 5
    n_positions: int = 512
    short_window: int = 256
    long_share: float = 0.3
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


def gpt2_config(recipe: Recipe, tokenizer: Tokenizer) -> GPT2Config:
    """Return the configuration of the network."""
    end = tokenizer.token_to_id(END_OF_TEXT)
    build: Any = GPT2Config
    config: GPT2Config = build(
        vocab_size=tokenizer.get_vocab_size(),
        n_embd=recipe.n_embd,
        n_layer=recipe.n_layer,
        n_head=recipe.n_head,
        n_positions=recipe.n_positions,
        activation_function="gelu_pytorch_tanh",
        resid_pdrop=recipe.dropout,
        embd_pdrop=recipe.dropout,
        attn_pdrop=recipe.dropout,
        bos_token_id=end,
        eos_token_id=end,
        # Twice as fast as the fused kernel for short windows on a CPU, backward pass included.
        attn_implementation="eager",
    )
    return config


def optimisers(model: nn.Module, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Return Muon for the matrices of the blocks, and AdamW for everything else."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        is_matrix = parameter.ndim == 2 and ".h." in name
        (matrices if is_matrix else others).append(parameter)
    muon = torch.optim.Muon(
        matrices, lr=recipe.matrix_lr, weight_decay=recipe.weight_decay, momentum=0.95
    )
    adam = torch.optim.AdamW(others, lr=recipe.other_lr, betas=(0.9, 0.95), weight_decay=0.0)
    for optimiser in (muon, adam):
        for group in optimiser.param_groups:
            group["base_lr"] = group["lr"]
    return [muon, adam]


def learning_rate_factor(progress: float, step: int, recipe: Recipe) -> float:
    """Warm up over steps, hold, then fall linearly to zero over the last part of the budget."""
    warmup = min(1.0, (step + 1) / recipe.warmup_steps)
    return warmup * min(1.0, max(0.0, (1.0 - progress) / recipe.decay_share))
