"""Tiny random encoders with the tokenizers of their families, saved and loaded like real ones."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoConfig, AutoModelForMaskedLM, BertTokenizer, RobertaTokenizer

from engine.models.loaded import LoadedModel
from engine.models.store import ModelStore
from tests.engine.tiny import CORPUS

WIDE = 32
_SHAPE = {
    "hidden_size": WIDE,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
}
SHAPES = {
    "bert": {**_SHAPE, "max_position_embeddings": 64},
    # Positions are counted from behind the padding's id.
    "roberta": {**_SHAPE, "max_position_embeddings": 66, "type_vocab_size": 1},
    "distilbert": {
        "dim": WIDE,
        "n_layers": 2,
        "n_heads": 4,
        "hidden_dim": 48,
        "max_position_embeddings": 64,
    },
}
FAMILIES = tuple(SHAPES)
LIMIT = 64


def wordpiece() -> BertTokenizer:
    """BERT's: words, and pieces that go on with one; it keeps case and accents."""
    counted = Counter(word for line in CORPUS for word in _words(line))
    letters = sorted({letter for word in counted for letter in word})
    words = [word for word, _ in counted.most_common(60)]
    endings = [f"##{word[cut:]}" for word in words for cut in (2, 3) if len(word) > cut + 1]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]
    pieces += [*(f"##{letter}" for letter in letters), *words, *endings]
    vocab = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    return BertTokenizer(vocab=vocab, do_lower_case=False, strip_accents=False)


def byte_level() -> RobertaTokenizer:
    """RoBERTa's: its mask takes the space before it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=340,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    state = json.loads(tokenizer.model.__getstate__())
    return RobertaTokenizer(
        vocab=state["vocab"],
        merges=[tuple(merge) for merge in state["merges"]],
        mask_token=AddedToken("<mask>", lstrip=True, special=True),
    )


def save(family: str, folder: Path, *, seed: int = 0, spread: float = 0.4) -> Path:
    """Save a random encoder."""
    tokenizer = byte_level() if family == "roberta" else wordpiece()
    config = AutoConfig.for_model(
        family,
        vocab_size=len(tokenizer),
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=spread,
        **SHAPES[family],
    )
    torch.manual_seed(seed)
    AutoModelForMaskedLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def load(folder: Path) -> LoadedModel:
    """Load one as the engine does."""
    return ModelStore([str(folder)], device="cpu").get(str(folder))


def _words(line: str) -> list[str]:
    splits = pre_tokenizers.BertPreTokenizer().pre_tokenize_str(line)
    return [word for word, _ in splits]
