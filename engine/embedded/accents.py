"""The objective of an encoder-decoder: a text in a hurry → the text that was meant.

The target is a stretch of the corpus, whole sentences; the source is the same without accents,
capitals and sentence marks, or without some of them. Both are in one small vocabulary, learned from
both kinds of text, so that «cancion» and «canción» break in the same places.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from engine.embedded.accents_network import (
    END,
    LONGEST_TEXT,
    PAD,
    both_ways,
    build_network,
    train_tokenizer,
)
from engine.embedded.corpus import KINDS, Documents, read_documents
from engine.embedded.hurry import Hurry, following, paragraphs, target_length
from engine.embedded.known_words import known_words
from engine.embedded.loss import IGNORED, Kernel, head_loss, nats_and_gradient
from engine.embedded.number_type import computing
from engine.embedded.objective import Batch, draw_kind, token_id
from engine.embedded.orthography import careful
from engine.embedded.pivots import Pivots
from engine.embedded.recipe import AccentsRecipe
from engine.spellings import SPELLINGS_FILE

EVALUATION_EXAMPLES = 96
Example = tuple[list[int], list[int], list[float]]
"""Source, target, and what each token of the target counts."""
SAMPLE_TEXTS = (
    "hola que tal estas",
    "como se llama tu papa no lo se",
    "mañana ire al medico porque me duele la cabeza y despues volvere a casa",
    "cuantos años tiene el niño",
    "la cancion que mas me gusto fue la de maria aunque jose penso que era aburrida",
)


class AccentsObjective:
    """An encoder-decoder and the corpus as text.

    Args:
        recipe: What decides the result.
        corpus: Folder with `*.txt.xz` files.
        work: Folder of the texts and the vocabulary.
        device: Where to train.
        tokenizer_file: The vocabulary, if it is not to be trained.
    """

    def __init__(
        self,
        recipe: AccentsRecipe,
        corpus: Path,
        work: Path,
        device: str,
        tokenizer_file: Path | None,
    ) -> None:
        self.recipe = recipe
        self.device = device
        kinds = _documents(corpus, work, recipe.validation_share)
        self.tokenizer = _tokenizer(kinds, work, recipe, tokenizer_file)
        self.end, self.pad = (token_id(self.tokenizer, name) for name in (END, PAD))
        self.paragraphs = _paragraphs(kinds, work)
        self.pivots = Pivots(self.paragraphs, work / "pivots.npz", seed=recipe.seed)
        self.held_out = {kind: paragraphs(kinds[kind].validation) for kind in KINDS}
        self.model = build_network(recipe, self.tokenizer).to(device)
        self._encoder: Any = self.model.get_encoder()
        self._decoder: Any = self.model.get_decoder()
        self._kernel: Kernel = nats_and_gradient

    def is_matrix(self, name: str) -> bool:
        """Whether a parameter lies in a block."""
        is_block = ".layers." in name or ".block." in name
        return is_block and "relative_attention_bias" not in name

    def compile(self) -> None:
        """Fuse the operations of both halves and of the loss."""
        self._encoder = torch.compile(self._encoder, dynamic=False)
        self._decoder = torch.compile(self._decoder, dynamic=False)
        self._kernel = torch.compile(nats_and_gradient, dynamic=False)

    def start(self, weights: dict[str, Tensor]) -> bool:
        """Begin with the weights of a finished model of the same shape."""
        self.model.load_state_dict(weights)
        return True

    def draw(self, dice: np.random.Generator) -> Batch:
        """Draw a step's examples.

        Returns:
            Sources, shape (examples, window); targets, shape (examples, a little more), and what
            each counts; padded.
        """
        recipe = self.recipe
        length = recipe.short_window if dice.random() < recipe.short_share else recipe.window
        is_of_snippets = len(self.pivots) > 0 and dice.random() < recipe.pivot_share
        sizes = {kind: len(texts) for kind, texts in self.paragraphs.items()}
        examples: list[Example] = []
        while len(examples) < recipe.step_tokens // (2 * length):
            if is_of_snippets:
                found = self._fitting(snippets(self.pivots, dice), length, dice)
            else:
                kind = draw_kind(dice, recipe.shares(), sizes)
                found = self._example(self.paragraphs[kind], length, dice)
            if found is not None:
                examples.append(found)
        return self._batch(examples, length)

    def _example(
        self, texts: Sequence[str], length: int, dice: np.random.Generator
    ) -> Example | None:
        """Take sentences from somewhere on while both sides fit; None if the first does not."""
        place = int(dice.integers(len(texts)))
        if not texts[place]:
            return None
        pieces = following(texts, place, random.Random(int(dice.integers(2**32))))
        return self._fitting(pieces, length, dice)

    def _fitting(
        self, pieces: Iterable[str], length: int, dice: np.random.Generator
    ) -> Example | None:
        """Take pieces while both sides fit; None if the first does not."""
        hurry = Hurry(random.Random(int(dice.integers(2**32))))
        source: list[int] = []
        target: list[int] = []
        weights: list[float] = []
        longest = target_length(length)
        for piece in pieces:
            typed = hurry(piece)
            if not source:
                typed = typed.lstrip(" ")
            more, meant = self._ids(typed), self._encoded(piece)
            if len(source) + len(more) >= length or len(target) + len(meant.ids) >= longest:
                break
            source += more
            target += meant.ids
            weights += self._weights(piece, meant)
        return ([*source, self.end], [*target, self.end], [*weights, 1.0]) if source else None

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._encoded(text).ids
        return ids

    def _encoded(self, text: str) -> Any:
        return self.tokenizer.encode(text, add_special_tokens=False)

    def _weights(self, text: str, encoded: Any) -> list[float]:
        """Return what each token counts: more in a word whose accents are to be decided."""
        spans = self.pivots.decisions(text)
        more = self.recipe.decision_weight
        return [
            more if any(start < end and begin < stop for start, stop in spans) else 1.0
            for begin, end in encoded.offsets
        ]

    def _batch(self, examples: Sequence[Example], length: int) -> Batch:
        sources = torch.full((len(examples), length), self.pad)
        targets = torch.full((len(examples), target_length(length)), IGNORED)
        weights = torch.ones(targets.shape)
        for row, (source, target, counts) in enumerate(examples):
            sources[row, : len(source)] = torch.tensor(source)
            targets[row, : len(target)] = torch.tensor(target)
            weights[row, : len(target)] = torch.tensor(counts)
        return sources, targets, weights

    def loss(self, examples: Batch) -> Tensor:
        """Return the mean cross-entropy of the targets."""
        sources, targets, counts = examples
        before = targets.roll(1, 1).clamp(min=self.pad)
        before[:, 0] = self.pad
        seen = sources.ne(self.pad).long()
        with computing(self.device):
            memory = self._encoder(input_ids=sources, attention_mask=seen).last_hidden_state
            hidden = self._decoder(
                input_ids=before,
                encoder_hidden_states=memory,
                encoder_attention_mask=seen,
                use_cache=False,
            ).last_hidden_state
        if self.recipe.architecture == "t5":
            hidden = hidden * self.recipe.d_model**-0.5
        weight = self.model.lm_head.weight
        rows = hidden.flatten(0, 1)
        return head_loss(rows, weight, targets.flatten(), self._kernel, counts.flatten())

    def measure(self) -> dict[str, float]:
        """Return, for each kind, the nats a token and the share that is guessed."""
        numbers = {}
        self.model.eval()
        for kind in KINDS:
            dice = np.random.default_rng(0)
            texts = self.held_out[kind]
            tries = (
                self._example(texts, self.recipe.window, dice)
                for _ in range(4 * EVALUATION_EXAMPLES * bool(texts))
            )
            examples = [example for example in tries if example][:EVALUATION_EXAMPLES]
            if not examples:
                continue
            batch = self._batch(examples, self.recipe.window)
            sources, targets, _ = (t.to(self.device) for t in batch)
            labels = targets.masked_fill(targets == IGNORED, -100)
            seen = sources.ne(self.pad).long()
            with torch.inference_mode(), computing(self.device):
                found = self.model(input_ids=sources, attention_mask=seen, labels=labels)
            numbers[kind] = found.loss.item()
            hits = (found.logits.argmax(-1) == targets)[targets != IGNORED]
            numbers[f"{kind}.hits"] = hits.float().mean().item()
        return numbers

    def samples(self) -> Sequence[str]:
        """Return some texts and what becomes of them, greedily."""
        self.model.eval()
        lines = []
        for text in SAMPLE_TEXTS:
            ids = torch.tensor([[*self._ids(text), self.end]], device=self.device)
            with torch.inference_mode():
                written = self.model.generate(ids, do_sample=False, num_beams=1, max_new_tokens=60)
            lines.append(f"{text} → {self.tokenizer.decode(written[0].tolist())}")
        return lines

    def save_tokenizer(self, folder: Path) -> None:
        """Write the tokenizer, which ends each text with its end token, and the known words."""
        known_words(self.paragraphs).write(folder / SPELLINGS_FILE)
        tokenizer: Any = PreTrainedTokenizerFast
        tokenizer(
            tokenizer_object=self.tokenizer,
            eos_token=END,
            unk_token=END,
            pad_token=PAD,
            model_max_length=LONGEST_TEXT,
            clean_up_tokenization_spaces=False,
        ).save_pretrained(folder)


def _documents(corpus: Path, work: Path, validation_share: float) -> dict[str, Documents]:
    file = work / "documents.json"
    if not file.exists():
        kinds = read_documents(corpus, validation_share=validation_share)
        text = json.dumps({kind: asdict(found) for kind, found in kinds.items()})
        file.write_text(text, encoding="utf-8")
    saved = json.loads(file.read_text(encoding="utf-8"))
    return {
        kind: Documents(training=tuple(found["training"]), validation=tuple(found["validation"]))
        for kind, found in saved.items()
    }


def _paragraphs(kinds: dict[str, Documents], work: Path) -> dict[str, list[str]]:
    """Return the paragraphs to learn from, by kind; found once."""
    file = work / "paragraphs.json"
    if not file.exists():
        found = careful({kind: paragraphs(kinds[kind].training) for kind in KINDS})
        file.write_text(json.dumps(found), encoding="utf-8")
    saved: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return saved


def _tokenizer(
    kinds: dict[str, Documents], work: Path, recipe: AccentsRecipe, given: Path | None
) -> Tokenizer:
    own_file = work / "tokenizer.json"
    if given is not None:
        Tokenizer.from_file(str(given)).save(str(own_file))
    elif not own_file.exists():
        train_tokenizer(both_ways(kinds, recipe.seed), recipe.vocab_size).save(str(own_file))
    return Tokenizer.from_file(str(own_file))


def snippets(pivots: Pivots, dice: np.random.Generator) -> Iterator[str]:
    """Yield snippets, a line each, without end."""
    yield pivots.snippet(dice)
    while True:
        yield "\n" + pivots.snippet(dice)
