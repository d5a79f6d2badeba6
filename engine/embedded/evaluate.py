"""How good a small model is: bits per byte, beside simple baselines, and samples."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn

from engine.embedded.corpus import TokenIds


def bits_per_byte(model: Any, tokenizer: Tokenizer, ids: TokenIds, device: str) -> float:
    """Return the mean negative log2 probability per UTF-8 byte of `ids`.

    Windows overlap by half, so that every scored token but the first half window's has at least
    half a window of context.
    """
    model.eval()
    length = model.config.n_positions
    stride = length // 2
    nats = 0.0
    tokens = torch.from_numpy(ids.astype(np.int64))
    with torch.inference_mode():
        for end in range(length, len(tokens) + 1, stride):
            window = tokens[end - length : end].to(device)[None]
            logits = model(input_ids=window).logits[0, :-1].float()
            losses = nn.functional.cross_entropy(logits, window[0, 1:], reduction="none")
            nats += (losses if end == length else losses[-stride:]).sum().item()
            last = end
    scored_bytes = len(tokenizer.decode(ids[1:last].tolist()).encode())
    return nats / math.log(2) / scored_bytes


def sample(model: Any, tokenizer: Tokenizer, prompt: str, device: str) -> str:
    """Return a continuation by nucleus sampling with a fixed seed."""
    model.eval()
    torch.manual_seed(1)
    ids = torch.tensor([tokenizer.encode(prompt).ids], device=device)
    with torch.inference_mode():
        output = model.generate(
            ids,
            do_sample=True,
            top_p=0.9,
            top_k=0,
            temperature=0.8,
            max_new_tokens=40,
            pad_token_id=0,
        )
    return tokenizer.decode(output[0].tolist())


def trigram_bits_per_byte(training: TokenIds, held_out: TokenIds, tokenizer: Tokenizer) -> float:
    """Return the bits per byte of an interpolated trigram over the same tokens.

    Jelinek–Mercer smoothing (Jelinek & Mercer, 1980) with fixed weights 0.6, 0.3 and 0.1, the last
    for a unigram with add-one counts.
    """
    unigrams, bigrams, trigrams = (_ngram_counts(training, n) for n in (1, 2, 3))
    vocabulary = tokenizer.get_vocab_size()
    ids = held_out.tolist()
    bits = 0.0
    for a, b, c in zip(ids, ids[1:], ids[2:], strict=False):
        unigram = (unigrams[(c,)] + 1) / (len(training) + vocabulary)
        bigram = bigrams[(b, c)] / unigrams[(b,)] if unigrams[(b,)] else unigram
        trigram = trigrams[(a, b, c)] / bigrams[(a, b)] if bigrams[(a, b)] else bigram
        bits -= math.log2(0.6 * trigram + 0.3 * bigram + 0.1 * unigram)
    return bits / len(tokenizer.decode(ids[2:]).encode())


def _ngram_counts(ids: TokenIds, n: int) -> Counter[tuple[int, ...]]:
    tokens = ids.tolist()
    return Counter(zip(*(tokens[start:] for start in range(n)), strict=False))
