"""The objective of a decoder: each token after those on its left (a GPT-2).

Most steps have short windows, which are cheaper, and a share has windows as long as the model's
context: positions that are not trained for a while are spoilt. Windows begin where a paragraph
begins, as a prompt does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from engine.embedded.corpus import END_OF_TEXT, KINDS, paragraph_starts, prepare
from engine.embedded.evaluate import encoded_bits_per_byte, sample
from engine.embedded.loss import Kernel, head_loss, nats_and_gradient
from engine.embedded.number_type import computing
from engine.embedded.objective import Batch, draw_kind
from engine.embedded.recipe import CausalRecipe

EVALUATION_TOKENS = 30_000
SAMPLE_PROMPTS = ("Había una vez", "La ciencia nos enseña que", "—¿Quién es usted?")


class CausalObjective:
    """A GPT-2 and the encoded corpus.

    Args:
        recipe: What decides the result.
        corpus: Folder with `*.txt.xz` files.
        work: Folder of the encoded corpus.
        device: Where to train.
        tokenizer_file: The vocabulary, if it is not to be trained.
    """

    def __init__(
        self,
        recipe: CausalRecipe,
        corpus: Path,
        work: Path,
        device: str,
        tokenizer_file: Path | None,
    ) -> None:
        self.recipe = recipe
        self.device = device
        self.tokenizer, self.ids = prepare(
            corpus,
            work,
            vocab_size=recipe.vocab_size,
            validation_share=recipe.validation_share,
            seed=recipe.seed,
            tokenizer_file=tokenizer_file,
        )
        self.starts = {
            kind: paragraph_starts(self.tokenizer, self.ids[f"{kind}.training"]) for kind in KINDS
        }
        # The library's own annotations do not let a model be called or moved.
        build: Any = GPT2LMHeadModel
        self.model = build(gpt2_config(recipe, self.tokenizer)).to(device)
        self._body: Any = self.model.transformer
        self._kernel: Kernel = nats_and_gradient

    def is_matrix(self, name: str) -> bool:
        """Whether a parameter lies in a block."""
        return ".h." in name

    def compile(self) -> None:
        """Fuse the operations of the body and of the loss."""
        self._body = torch.compile(self.model.transformer, dynamic=False)
        self._kernel = torch.compile(nats_and_gradient, dynamic=False)

    def start(self, weights: dict[str, Tensor]) -> bool:
        """Begin with the weights of a finished model of the same shape."""
        self.model.load_state_dict(weights)
        return True

    def draw(self, dice: np.random.Generator) -> Batch:
        """Draw a step's windows. Shape (step_tokens // length, length + 1)."""
        recipe = self.recipe
        is_long = dice.random() < recipe.long_share
        return (self.windows(dice, recipe.n_positions if is_long else recipe.short_window),)

    def windows(self, dice: np.random.Generator, length: int) -> Tensor:
        """Draw windows of one length. Shape (step_tokens // length, length + 1)."""
        sizes = {kind: len(starts) for kind, starts in self.starts.items()}
        rows = []
        for _ in range(self.recipe.step_tokens // length):
            kind = draw_kind(dice, self.recipe.shares(), sizes)
            ids = self.ids[f"{kind}.training"]
            start = min(int(dice.choice(self.starts[kind])), len(ids) - length - 1)
            rows.append(ids[start : start + length + 1].astype(np.int64))
        return torch.from_numpy(np.stack(rows))

    def loss(self, examples: Batch) -> Tensor:
        """Return the mean cross-entropy of the windows."""
        (windows,) = examples
        with computing(self.device):
            hidden = self._body(input_ids=windows[:, :-1], use_cache=False).last_hidden_state
        weight, targets = self.model.lm_head.weight, windows[:, 1:].flatten()
        return head_loss(hidden.flatten(0, 1), weight, targets, self._kernel)

    def measure(self) -> dict[str, float]:
        """Return the bits per byte of what is held out of each kind."""
        numbers = {}
        for kind in KINDS:
            ids = self.ids[f"{kind}.validation"][:EVALUATION_TOKENS]
            if len(ids) == 0:
                continue
            with computing(self.device):
                numbers[kind] = encoded_bits_per_byte(
                    self.model,
                    self.tokenizer,
                    ids,
                    window=self.recipe.n_positions,
                    device=self.device,
                )
        return numbers

    def samples(self) -> Sequence[str]:
        """Return continuations of some prompts."""
        return [sample(self.model, self.tokenizer, p, self.device) for p in SAMPLE_PROMPTS]

    def save_tokenizer(self, folder: Path) -> None:
        """Write the tokenizer; one token begins, ends and stands for what is unknown."""
        tokenizer: Any = PreTrainedTokenizerFast
        tokenizer(
            tokenizer_object=self.tokenizer,
            eos_token=END_OF_TEXT,
            bos_token=END_OF_TEXT,
            unk_token=END_OF_TEXT,
            model_max_length=self.recipe.n_positions,
            clean_up_tokenization_spaces=False,
        ).save_pretrained(folder)


def gpt2_config(recipe: CausalRecipe, tokenizer: Tokenizer) -> GPT2Config:
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
