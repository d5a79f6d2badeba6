"""The objective of an encoder-decoder: a text in a hurry → the text that was meant.

The target is a stretch of the corpus, whole sentences; the source is the same without accents,
capitals and sentence marks, or without some of them. Both are in one small vocabulary, learned from
both kinds of text, so that «cancion» and «canción» break in the same places.
"""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch import Tensor
from transformers import (
    MarianConfig,
    MarianMTModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from engine.embedded.corpus import KINDS, Documents, read_documents, tokenizer_texts
from engine.embedded.loss import IGNORED, Kernel, head_loss, nats_and_gradient
from engine.embedded.objective import Batch, draw_kind
from engine.embedded.recipe import AccentsRecipe
from engine.letters import hurried

END, PAD = "</s>", "<pad>"
LONGER_TARGET = 1.15
"""Tokens of the longest target per token of the longest source."""
TOKENIZER_SHARE = 0.25
"""Share of the paragraphs that the vocabulary is learned from."""
LONGEST_TEXT = 512
"""Tokens."""
EVALUATION_EXAMPLES = 96
SAMPLE_TEXTS = (
    "hola que tal estas",
    "como se llama tu papa no lo se",
    "mañana ire al medico porque me duele la cabeza y despues volvere a casa",
    "cuantos años tiene el niño",
    "la cancion que mas me gusto fue la de maria aunque jose penso que era aburrida",
)
_SENTENCE = re.compile(r"(?<=[.?!…])(?=\s+[—«\"(¿¡A-ZÁÉÍÓÚÑ])")
_LEVELS = (0.0, 0.0, 0.5, 1.0)
"""How much of a kind of sign somebody in half a hurry keeps."""
_ALL_LEFT_OUT = 0.6
_DIAGONAL_SCALE = 2.0


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
        self.end = self.tokenizer.token_to_id(END)
        self.pad = self.tokenizer.token_to_id(PAD)
        self.paragraphs = {kind: paragraphs(kinds[kind].training) for kind in KINDS}
        self.held_out = {kind: paragraphs(kinds[kind].validation) for kind in KINDS}
        build: Any = MarianMTModel if recipe.architecture == "marian" else T5ForConditionalGeneration
        self.model = build(seq2seq_config(recipe, self.tokenizer)).to(device)
        for name, parameter in self.model.named_parameters():
            # Marian's positions are a fixed table.
            parameter.requires_grad_("embed_positions" not in name)
        if recipe.architecture == "marian":
            look_along_the_diagonal(self.model)
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

    def start(self, weights: dict[str, Tensor]) -> None:
        """Begin with the weights of a finished model of the same shape."""
        self.model.load_state_dict(weights)

    def draw(self, dice: np.random.Generator) -> Batch:
        """Draw a step's examples.

        Returns:
            Sources, shape (examples, window); targets, shape (examples, a little more); padded.
        """
        recipe = self.recipe
        length = recipe.short_window if dice.random() < recipe.short_share else recipe.window
        sizes = {kind: len(texts) for kind, texts in self.paragraphs.items()}
        examples = []
        while len(examples) < recipe.step_tokens // (2 * length):
            kind = draw_kind(dice, recipe.shares(), sizes)
            found = self._example(self.paragraphs[kind], length, dice)
            if found is not None:
                examples.append(found)
        return self._batch(examples, length)

    def _example(
        self, texts: Sequence[str], length: int, dice: np.random.Generator
    ) -> tuple[list[int], list[int]] | None:
        """Take sentences from somewhere on while both sides fit; None if the first does not."""
        place = int(dice.integers(len(texts)))
        if not texts[place]:
            return None
        pieces = following(texts, place, random.Random(int(dice.integers(2**32))))
        hurry = Hurry(random.Random(int(dice.integers(2**32))))
        source: list[int] = []
        target: list[int] = []
        longest = target_length(length)
        for piece in pieces:
            typed = hurry(piece)
            if not source:
                typed = typed.lstrip(" ")
            more = self._ids(typed), self._ids(piece)
            if len(source) + len(more[0]) >= length or len(target) + len(more[1]) >= longest:
                break
            source += more[0]
            target += more[1]
        return ([*source, self.end], [*target, self.end]) if source else None

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def _batch(self, examples: Sequence[tuple[list[int], list[int]]], length: int) -> Batch:
        sources = torch.full((len(examples), length), self.pad)
        targets = torch.full((len(examples), target_length(length)), IGNORED)
        for row, (source, target) in enumerate(examples):
            sources[row, : len(source)] = torch.tensor(source)
            targets[row, : len(target)] = torch.tensor(target)
        return sources, targets

    def loss(self, examples: Batch) -> Tensor:
        """Return the mean cross-entropy of the targets."""
        sources, targets = examples
        before = targets.roll(1, 1).clamp(min=self.pad)
        before[:, 0] = self.pad
        seen = (sources != self.pad).long()
        with torch.autocast(self.device, dtype=torch.bfloat16):
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
        return head_loss(hidden.flatten(0, 1), weight, targets.flatten(), self._kernel)

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
            sources, targets = (t.to(self.device) for t in batch)
            labels = targets.masked_fill(targets == IGNORED, -100)
            seen = (sources != self.pad).long()
            with torch.inference_mode(), torch.autocast(self.device, dtype=torch.bfloat16):
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
        """Write the tokenizer, which ends each text with its end token."""
        tokenizer: Any = PreTrainedTokenizerFast
        tokenizer(
            tokenizer_object=self.tokenizer,
            eos_token=END,
            unk_token=END,
            pad_token=PAD,
            model_max_length=LONGEST_TEXT,
            clean_up_tokenization_spaces=False,
        ).save_pretrained(folder)


class Hurry:
    """Somebody who leaves out everything, or some of each kind of sign.

    Args:
        dice: Of the person, and of each sign.
    """

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        everything = dice.random() < _ALL_LEFT_OUT
        kept = [0.0 if everything else dice.choice(_LEVELS) for _ in range(4)]
        self._marks, self._opening_marks, self._capitals, self._accents = kept

    def __call__(self, text: str) -> str:
        """Type a text."""
        return hurried(
            text,
            leaves_out=lambda mark: self._leaves_out(
                self._opening_marks if mark in "¿¡" else self._marks
            ),
            lowers=lambda _: self._leaves_out(self._capitals),
            unaccents=lambda _: self._leaves_out(self._accents),
        )

    def _leaves_out(self, kept: float) -> bool:
        return self._dice.random() >= kept


def target_length(source_length: int) -> int:
    """Return the longest target, in tokens, of sources of a length."""
    return round(source_length * LONGER_TARGET)


def paragraphs(documents: Sequence[str]) -> list[str]:
    """Return the paragraphs that are written with care; an empty one ends a document."""
    found: list[str] = []
    for document in documents:
        if document != document.lower():
            found += unicodedata.normalize("NFC", document).splitlines()
            found.append("")
    return found


def following(texts: Sequence[str], place: int, dice: random.Random) -> Iterator[str]:
    """Yield sentences from one of a paragraph on to the end of its document, with what parts them.

    Args:
        texts: What `paragraphs` found.
        place: Of the paragraph, which is not empty.
        dice: Which of its sentences is the first.
    """
    pieces = sentences(texts[place])
    first = dice.randrange(len(pieces))
    yield from (piece.lstrip() if n == 0 else piece for n, piece in enumerate(pieces[first:]))
    for text in _until_empty(texts, place + 1):
        for number, piece in enumerate(sentences(text)):
            yield piece if number else "\n" + piece


def _until_empty(texts: Sequence[str], place: int) -> Iterator[str]:
    while place < len(texts) and texts[place]:
        yield texts[place]
        place += 1


def sentences(paragraph: str) -> list[str]:
    """Split a paragraph before the spaces between sentences."""
    return [piece for piece in _SENTENCE.split(paragraph) if piece]


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


def _tokenizer(
    kinds: dict[str, Documents], work: Path, recipe: AccentsRecipe, given: Path | None
) -> Tokenizer:
    own_file = work / "tokenizer.json"
    if given is not None:
        Tokenizer.from_file(str(given)).save(str(own_file))
    elif not own_file.exists():
        train_tokenizer(both_ways(kinds, recipe.seed), recipe.vocab_size).save(str(own_file))
    return Tokenizer.from_file(str(own_file))


def both_ways(kinds: dict[str, Documents], seed: int) -> Iterator[str]:
    """Yield a share of the paragraphs, each with care and in a hurry."""
    draw = random.Random(seed)
    for text in tokenizer_texts(kinds, seed=seed):
        for line in text.splitlines(keepends=True):
            if draw.random() < TOKENIZER_SHARE:
                yield line
                yield hurried(line)


def train_tokenizer(texts: Iterator[str], vocab_size: int) -> Tokenizer:
    """Train a byte-level BPE that ends each text with its end token."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[PAD, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(texts, trainer)
    ends = [(END, tokenizer.token_to_id(END))]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {END}", pair=f"$A $B {END}", special_tokens=ends
    )
    return tokenizer


def look_along_the_diagonal(model: Any) -> None:
    """Let a head of each cross-attention begin by looking at the same place of the source.

    Its queries and keys read the fast half of the sines and cosines of the positions, whose product
    is largest where the two places are one (Vaswani et al., 2017, §3.5). A text that is copied but
    for its signs lies along the diagonal; from nothing, a small model takes long to find that out.
    """
    config = model.config
    size = config.d_model // config.decoder_attention_heads
    sines = torch.arange(size // 2)
    read = torch.zeros(size, config.d_model)
    read[torch.arange(size), torch.cat([sines, sines + config.d_model // 2])] = _DIAGONAL_SCALE
    with torch.no_grad():
        for layer in model.get_decoder().layers:
            for projection in (layer.encoder_attn.q_proj, layer.encoder_attn.k_proj):
                projection.weight[:size] = read.to(projection.weight.device)


def seq2seq_config(recipe: AccentsRecipe, tokenizer: Tokenizer) -> MarianConfig | T5Config:
    """Return the configuration of the network."""
    shared = {
        "vocab_size": tokenizer.get_vocab_size(),
        "d_model": recipe.d_model,
        "pad_token_id": tokenizer.token_to_id(PAD),
        "eos_token_id": tokenizer.token_to_id(END),
        "decoder_start_token_id": tokenizer.token_to_id(PAD),
        "attn_implementation": "eager",
    }
    build: Any
    if recipe.architecture == "t5":
        build = T5Config
        config: T5Config = build(
            d_kv=recipe.d_model // recipe.heads,
            d_ff=recipe.d_ff,
            num_layers=recipe.encoder_layers,
            num_decoder_layers=recipe.decoder_layers,
            num_heads=recipe.heads,
            dropout_rate=recipe.dropout,
            feed_forward_proj="relu",
            **shared,
        )
        return config
    build = MarianConfig
    marian: MarianConfig = build(
        max_position_embeddings=LONGEST_TEXT,
        encoder_layers=recipe.encoder_layers,
        decoder_layers=recipe.decoder_layers,
        encoder_ffn_dim=recipe.d_ff,
        decoder_ffn_dim=recipe.d_ff,
        encoder_attention_heads=recipe.heads,
        decoder_attention_heads=recipe.heads,
        dropout=recipe.dropout,
        activation_function="relu",
        scale_embedding=True,
        init_std=0.05,
        **shared,
    )
    return marian
