"""How good a language model is: bits per byte of a text, beside simple baselines, and samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn

from engine.embedded.corpus import END_OF_TEXT, TokenIds

WINDOW_TOKENS = 512
_TRIGRAM_WEIGHTS = (0.6, 0.3, 0.1)


def bits_per_byte(
    model: Any,
    ids: Sequence[int],
    byte_count: int,
    *,
    leading: Sequence[int] = (),
    window: int = WINDOW_TOKENS,
    device: str = "cpu",
) -> float:
    """Return the negative log2 probability of all ids but the first, per UTF-8 byte.

    Windows overlap by half, so that every scored token but the first half window's has at least
    half a window of context.

    Args:
        model: A causal language model of transformers.
        ids: Shape (tokens,); the first is only context.
        byte_count: UTF-8 bytes of the text that the other ids stand for.
        leading: What the model always has before a text, shape (leading tokens,): with it begin
            the later windows, too.
        window: Longest context, in tokens.
        device: Where the model is.
    """
    model.eval()
    room = min(window, model.config.max_position_embeddings) - len(leading)
    nats, scored = 0.0, 1
    with torch.inference_mode():
        while scored < len(ids):
            end = min(len(ids), max(scored + room // 2, room))
            start = max(0, end - room)
            read = [*(leading if start else ()), *ids[start:end]]
            context = torch.tensor([read], device=device)
            logits = model(input_ids=context).logits[0, :-1].float()
            losses = nn.functional.cross_entropy(logits, context[0, 1:], reduction="none")
            nats += losses[-(end - scored) :].sum().item()
            scored = end
    return nats / math.log(2) / byte_count


def text_bits_per_byte(model: Any, tokenizer: Any, text: str) -> float:
    """Return a text's bits per byte; the first token is judged after the beginning-of-text token.

    What the tokenizer puts before every text stands before every window: where it is missing,
    Gemma guesses a quarter worse.

    Args:
        model: A causal language model of transformers, on the CPU.
        tokenizer: Its tokenizer, of transformers.
        text: Any text.
    """
    ids = tokenizer(text, add_special_tokens=False, verbose=False).input_ids
    return bits_per_byte(
        model,
        [tokenizer.bos_token_id, *ids],
        len(text.encode()),
        leading=tokenizer("").input_ids,
    )


def encoded_bits_per_byte(
    model: Any, tokenizer: Tokenizer, ids: TokenIds, *, window: int, device: str
) -> float:
    """Return the bits per byte of an encoded text that is not in memory as a string."""
    byte_count = len(tokenizer.decode(ids[1:].tolist()).encode())
    return bits_per_byte(model, ids.tolist(), byte_count, window=window, device=device)


def sample(model: Any, tokenizer: Tokenizer, prompt: str, device: str) -> str:
    """Return a continuation by nucleus sampling with a fixed seed, for a look during training."""
    model.eval()
    torch.manual_seed(1)
    ids = torch.tensor([tokenizer.encode(END_OF_TEXT + prompt).ids], device=device)
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


class Trigrams:
    """An interpolated trigram and its unigram, over the same tokens as the model.

    Jelinek–Mercer smoothing (Jelinek & Mercer, 1980) with fixed weights, the last for a unigram
    with add-one counts.

    Args:
        ids: Training text, shape (tokens,).
        vocab_size: Number of different tokens.
    """

    def __init__(self, ids: TokenIds, vocab_size: int) -> None:
        self._vocab_size = vocab_size
        self._total = len(ids)
        self._counts = [np.unique(self._keys(ids, n), return_counts=True) for n in (1, 2, 3)]

    def bits_per_byte(self, ids: TokenIds, byte_count: int) -> tuple[float, float]:
        """Return the bits per byte of the unigram and of the trigram for all but two ids."""
        one, two, three = (self._look_up(ids, n)[3 - n :] for n in (1, 2, 3))
        before_one, before_two = self._look_up(ids[:-1], 1)[1:], self._look_up(ids[:-1], 2)
        unigram = (one + 1) / (self._total + self._vocab_size)
        bigram = np.divide(two, before_one, out=unigram.copy(), where=before_one > 0)
        trigram = np.divide(three, before_two, out=bigram.copy(), where=before_two > 0)
        high, middle, low = _TRIGRAM_WEIGHTS
        mixed = high * trigram + middle * bigram + low * unigram
        return tuple(float(-np.log2(p).sum() / byte_count) for p in (unigram, mixed))  # type: ignore[return-value]

    def _keys(self, ids: TokenIds, n: int) -> NDArray[np.int64]:
        """Number every n-gram of the text. Shape (tokens - n + 1,)."""
        wide = ids.astype(np.int64)
        keys = wide[: len(ids) - n + 1]
        for offset in range(1, n):
            keys = keys * self._vocab_size + wide[offset : len(ids) - n + 1 + offset]
        return keys

    def _look_up(self, ids: TokenIds, n: int) -> NDArray[np.float64]:
        known, counts = self._counts[n - 1]
        keys = self._keys(ids, n)
        places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        return np.where(known[places] == keys, counts[places], 0).astype(np.float64)
