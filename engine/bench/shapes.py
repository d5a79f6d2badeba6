"""Random models of known shapes, saved as checkpoints: a speed needs no trained weights."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, product
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

END = "<|endoftext|>"
SHAPES: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "gpt2-124m": {"n_layer": 12, "n_head": 12, "n_embd": 768, "vocab_size": 50257},
        "tiny": {"n_layer": 2, "n_head": 2, "n_embd": 32, "vocab_size": 400},
    }
)
"""Names that `--model` takes beside those of the engine's catalogue."""
_HEAD_GAIN = 7.0
"""Makes the random logits spread as a trained model's do: a nucleus of some hundred tokens."""


def save_random(shape: str, folder: Path) -> None:
    """Save a random GPT-2 of a shape, with a tokenizer.

    Args:
        shape: One of `SHAPES`.
        folder: Where the checkpoint goes.
    """
    torch.manual_seed(0)
    sizes: dict[str, Any] = dict(SHAPES[shape])
    end_id = sizes["vocab_size"] - 1
    model = GPT2LMHeadModel(GPT2Config(**sizes, eos_token_id=end_id, bos_token_id=end_id))
    with torch.no_grad():
        model.transformer.ln_f.weight.mul_(_HEAD_GAIN)
    model.save_pretrained(folder)
    _tokenizer(sizes["vocab_size"]).save_pretrained(folder)


def _tokenizer(vocab_size: int) -> PreTrainedTokenizerFast:
    """Make a byte-level BPE of that size out of the bytes and as many pairs of them as it takes."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = list(islice(product(letters, letters), vocab_size - len(letters) - 1))
    tokens = [*letters, *("".join(pair) for pair in merges), END]
    vocab = {token: token_id for token_id, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, bos_token=END, eos_token=END, unk_token=END
    )
