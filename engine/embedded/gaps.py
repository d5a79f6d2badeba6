"""`python -m engine.embedded.gaps`: how often an encoder guesses a hidden word, beside baselines.

Of held-out texts one word at a time is hidden: a word of one token, since a mask is one token. Who
guesses has the same candidates, the tokens that are words, and is asked for five:

- the encoder, which sees both sides;
- the embedded decoder, which sees the left side only;
- what stood most often between the same two tokens in the training text, and where they never
  stood so, what is likely behind the first and before the second.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoTokenizer

from engine.embedded import FOLDER
from engine.embedded.corpus import KINDS, PROSE, TokenIds, encode_documents, prepare
from engine.embedded.token_words import TokenWords

WINDOW = 128
BATCH = 32
GUESSES = 5


@dataclass(frozen=True)
class Gap:
    """A word that is hidden.

    Attributes:
        ids: The text, at most `WINDOW` tokens.
        place: Of the word's only token.
    """

    ids: tuple[int, ...]
    place: int

    @property
    def word(self) -> int:
        """The token that stands there."""
        return self.ids[self.place]


def main() -> None:
    """Print the shares as JSON, or the guesses for each line of a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="folder of the encoder")
    parser.add_argument("--corpus", type=Path, help="folder with *.txt.xz files")
    parser.add_argument("--work", type=Path, help="folder of the encoded corpus")
    parser.add_argument("--apart", type=Path, nargs="*", default=(), help="texts of no corpus")
    parser.add_argument("--count", type=int, default=1000, help="gaps of each text")
    parser.add_argument("--lines", type=Path, help="a file of texts with gaps, one a line")
    asked = parser.parse_args()
    encoder, tokenizer = load(asked.model, AutoModelForMaskedLM)
    if asked.lines is not None:
        lines = asked.lines.read_text(encoding="utf-8").splitlines()
        print("\n".join(guessed_lines(encoder, tokenizer, filter(None, lines))))  # noqa: T201
    if asked.corpus is not None:
        plain, ids = prepare(
            asked.corpus,
            asked.work,
            vocab_size=0,
            validation_share=0.02,
            seed=0,
            tokenizer_file=FOLDER / "tokenizer.json",
        )
        texts = {PROSE: ids[f"{PROSE}.validation"]}
        texts |= {p.stem: _encoded(plain, p.read_text(encoding="utf-8")) for p in asked.apart}
        training = np.concatenate([ids[f"{kind}.training"] for kind in KINDS])
        figures = {
            name: measure(text, encoder, tokenizer, training, asked.count)
            for name, text in texts.items()
        }
        print(json.dumps(figures, indent=1))  # noqa: T201


def _encoded(tokenizer: Tokenizer, text: str) -> TokenIds:
    return encode_documents(tokenizer, (text,))


def load(folder: Path, loader: Any) -> tuple[Any, Any]:
    """Return a model, float32 on the CPU, and its tokenizer."""
    model = loader.from_pretrained(folder, dtype=torch.float32).eval()
    return model, AutoTokenizer.from_pretrained(folder)


def measure(
    text: TokenIds, encoder: Any, tokenizer: Any, training: TokenIds, count: int
) -> dict[str, float]:
    """Return the shares of gaps that each guesses first, and among five.

    Args:
        text: Held out, shape (tokens,).
        encoder: A masked language model of transformers.
        tokenizer: Its own, whose first tokens are those of the embedded decoder.
        training: What the baseline counts, shape (tokens,).
        count: Gaps.
    """
    words = TokenWords(tokenizer.backend_tokenizer)
    gaps, single = choose(text, words, count)
    candidates = np.flatnonzero(words.is_word(np.arange(len(tokenizer))))
    decoder, _ = load(FOLDER, AutoModelForCausalLM)
    guesses = {
        "encoder": encoder_guesses(encoder, tokenizer.mask_token_id, gaps, candidates),
        "decoder": decoder_guesses(decoder, gaps, candidates),
        "neighbours": Neighbours(training, len(tokenizer)).guesses(gaps, candidates),
    }
    figures = {"gaps": float(len(gaps)), "single": single}
    for name, rows in guesses.items():
        hits = np.array([gap.word == row for gap, row in zip(gaps, rows, strict=True)])
        figures[f"{name}.first"] = float(hits[:, 0].mean())
        figures[f"{name}.five"] = float(hits.any(1).mean())
    return figures


def choose(text: TokenIds, words: TokenWords, count: int) -> tuple[list[Gap], float]:
    """Choose words of one token, evenly over a text, each in the window around it.

    Returns:
        The gaps, and the share of all words that are one token.
    """
    ids = text.astype(np.int64)
    begins = words.groups(ids)
    sizes = np.diff(np.append(begins, len(text)))
    is_word = words.is_word(ids[begins])
    single = begins[is_word & (sizes == 1)]
    single = single[(single > 0) & (single < len(text) - 1)]
    chosen = single[np.linspace(0, len(single) - 1, min(count, len(single))).astype(int)]
    gaps = []
    for place in chosen.tolist():
        start = max(0, min(place - WINDOW // 2, len(text) - WINDOW))
        gaps.append(Gap(tuple(ids[start : start + WINDOW].tolist()), place - start))
    return gaps, float((sizes[is_word] == 1).mean())


def encoder_guesses(
    encoder: Any, mask_id: int, gaps: Sequence[Gap], candidates: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Return the best five words of each gap, by the text on both sides."""
    rows: list[NDArray[np.int64]] = []
    for start in range(0, len(gaps), BATCH):
        batch = gaps[start : start + BATCH]
        ids = torch.tensor([gap.ids for gap in batch])
        places = torch.tensor([gap.place for gap in batch])
        ids[torch.arange(len(batch)), places] = mask_id
        with torch.inference_mode():
            logits = encoder(input_ids=ids).logits[torch.arange(len(batch)), places]
        rows += [best(row, candidates) for row in logits.numpy()]
    return rows


def decoder_guesses(
    decoder: Any, gaps: Sequence[Gap], candidates: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Return the best five words of each gap, by the text on its left."""
    rows: dict[int, NDArray[np.int64]] = {}
    known = candidates[candidates < decoder.config.vocab_size]
    by_place = sorted(range(len(gaps)), key=lambda index: gaps[index].place)
    for place, found in groupby(by_place, key=lambda index: gaps[index].place):
        alike = list(found)
        for start in range(0, len(alike), BATCH):
            batch = alike[start : start + BATCH]
            ids = torch.tensor([gaps[index].ids[:place] or (0,) for index in batch])
            with torch.inference_mode():
                logits = decoder(input_ids=ids, logits_to_keep=1).logits[:, -1].numpy()
            rows |= {index: best(row, known) for index, row in zip(batch, logits, strict=True)}
    return [rows[index] for index in range(len(gaps))]


class Neighbours:
    """What stands between two tokens in a text.

    Args:
        training: The text, shape (tokens,).
        vocab_size: Of its tokens.
    """

    def __init__(self, training: TokenIds, vocab_size: int) -> None:
        self._ids = training
        self._vocab_size = vocab_size
        order = np.argsort(training, kind="stable").astype(np.int32)
        ends = np.cumsum(np.bincount(training, minlength=vocab_size))
        self._places = np.split(order, ends[:-1])
        self._counts = np.diff(ends, prepend=0) + 1.0

    def guesses(
        self, gaps: Sequence[Gap], candidates: NDArray[np.int64]
    ) -> list[NDArray[np.int64]]:
        """Return the best five words of each gap, by the tokens beside it."""
        return [
            best(self.scores(gap.ids[gap.place - 1], gap.ids[gap.place + 1]), candidates)
            for gap in gaps
        ]

    def scores(self, before: int, behind: int) -> NDArray[np.float64]:
        """Return how often each token stands between two, and below 1 how likely it is there."""
        places = self._places[before]
        places = places[places + 2 < len(self._ids)]
        follows = self._ids[places + 1]
        between = np.bincount(
            follows[self._ids[places + 2] == behind], minlength=self._vocab_size
        ).astype(float)
        left = np.bincount(follows, minlength=self._vocab_size) + 0.01
        places = self._places[behind]
        right = np.bincount(self._ids[places[places > 0] - 1], minlength=self._vocab_size) + 0.01
        likely = left * right / self._counts
        scores: NDArray[np.float64] = between + likely / (likely.sum() + 1.0)
        return scores


def best(scores: NDArray[Any], candidates: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the five candidates with the highest scores, best first."""
    order = np.argsort(-scores[candidates], kind="stable")[:GUESSES]
    chosen: NDArray[np.int64] = candidates[order]
    return chosen


def guessed_lines(encoder: Any, tokenizer: Any, lines: Iterator[str] | Sequence[str]) -> list[str]:
    """Return each text with the five best words of its gap and their probabilities."""
    words = TokenWords(tokenizer.backend_tokenizer)
    candidates = np.flatnonzero(words.is_word(np.arange(len(tokenizer))))
    shown = []
    for line in lines:
        ids = torch.tensor([tokenizer(line).input_ids])
        with torch.inference_mode():
            logits = encoder(input_ids=ids).logits[ids == tokenizer.mask_token_id][0]
        chances = torch.softmax(logits, -1)
        guesses = best(logits.numpy(), candidates).tolist()
        told = (f"{tokenizer.decode([i]).strip()} {chances[i]:.0%}" for i in guesses)
        shown.append(f"{line} → {', '.join(told)}")
    return shown


if __name__ == "__main__":
    main()
