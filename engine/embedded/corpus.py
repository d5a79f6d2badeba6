"""The training text: five kinds of documents, a validation split of our own, token arrays."""

from __future__ import annotations

import hashlib
import lzma
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from engine.embedded import blocked_words
from engine.embedded.forms import everyday
from engine.embedded.modern_print import in_modern_print
from engine.words import WordList

END_OF_TEXT = "<|endoftext|>"
PLAYS = "plays"
LITERATURE, EVERYDAY, PROSE, TECHNICAL, SOFTWARE = KINDS = (
    "literature",
    "everyday",
    "prose",
    "technical",
    "software",
)
FILE_KINDS = {"modern2": TECHNICAL, "modern": PROSE, PLAYS: PLAYS}
"""Beginning of a file's name → kind of its documents; all others are literature."""
_SOFTWARE_WORDS = """
api archivo archivos argumento argumentos biblioteca cadena callback clase clases código compilador
componente componentes crate css datos dataset entrenamiento función funciones html instancia
javascript keras modelo módulo método métodos objeto objetos parámetro parámetros python react rust
servidor string tensor tensores tensorflow usuario variable
"""
SOFTWARE_WORDS = frozenset(_SOFTWARE_WORDS.split())
SOFTWARE_RATE = 0.02
"""A modern document with a larger share of those words is about software, not general prose."""
_WORD = re.compile(r"\w+")
TokenIds = NDArray[np.uint16]


@dataclass(frozen=True, kw_only=True)
class Documents:
    """Texts of one kind, split by a hash of their beginning."""

    training: tuple[str, ...]
    validation: tuple[str, ...]


def read_documents(folder: Path, *, validation_share: float) -> dict[str, Documents]:
    """Read every `*.txt.xz` of the corpus folder, without the paragraphs that have a blocked word.

    Args:
        folder: Files of one paragraph a line, documents separated by `<|endoftext|>` lines.
        validation_share: Share of the documents held out, chosen by a hash of their text.

    Returns:
        Kind → its documents: old literature, the short texts in it and in plays, modern prose,
        manuals and clinical cases, and modern texts about software.
    """
    kinds: dict[str, list[str]] = {kind: [] for kind in (*KINDS, PLAYS)}
    is_blocked = _blocked_test()
    for path in sorted(folder.glob("*.txt.xz")):
        file_kind = _file_kind(path)
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for text in lines.read().split(END_OF_TEXT):
                if document := _clean(text, is_blocked):
                    is_software = file_kind in (PROSE, TECHNICAL) and _is_software(document)
                    kinds[SOFTWARE if is_software else file_kind].append(document)
    split = {kind: _split(texts, validation_share) for kind, texts in kinds.items()}
    for kind in (LITERATURE, PLAYS):  # behind the split, which goes by the text as it came
        split[kind] = Documents(
            training=tuple(map(in_modern_print, split[kind].training)),
            validation=tuple(map(in_modern_print, split[kind].validation)),
        )
    split[EVERYDAY] = Documents(
        training=_everyday(split, "training"), validation=_everyday(split, "validation")
    )
    return {kind: split[kind] for kind in KINDS}


def _file_kind(path: Path) -> str:
    begins = (kind for begin, kind in FILE_KINDS.items() if path.name.startswith(begin))
    return next(begins, LITERATURE)


def _everyday(kinds: dict[str, Documents], split: str) -> tuple[str, ...]:
    """Cut from one side of the split, so that nothing held out is trained in another form."""
    return tuple(everyday(*(getattr(kinds[kind], split) for kind in (LITERATURE, PROSE, PLAYS))))


def _clean(document: str, is_blocked: Callable[[str], bool]) -> str:
    """Return the document without empty, repeated and blocked paragraphs."""
    paragraphs = dict.fromkeys(line.strip() for line in document.splitlines())
    return "\n".join(line for line in paragraphs if line and not is_blocked(line))


def _blocked_test() -> Callable[[str], bool]:
    phrases = blocked_words()
    word_list = WordList(phrases)
    # Most paragraphs have none of the first words, which is quicker to see.
    first_words = frozenset(phrase.split()[0] for phrase in phrases)

    def is_blocked(paragraph: str) -> bool:
        words = _WORD.findall(paragraph.lower())
        return not first_words.isdisjoint(words) and word_list.is_in(paragraph)

    return is_blocked


def _is_software(document: str) -> bool:
    words = _WORD.findall(document.lower())
    return sum(word in SOFTWARE_WORDS for word in words) > SOFTWARE_RATE * len(words)


def _split(texts: list[str], validation_share: float) -> Documents:
    def is_held_out(text: str) -> bool:
        digest = hashlib.sha256(text[:2000].encode()).digest()
        return int.from_bytes(digest[:4]) / 2**32 < validation_share

    return Documents(
        training=tuple(text for text in texts if not is_held_out(text)),
        validation=tuple(text for text in texts if is_held_out(text)),
    )


def tokenizer_texts(kinds: dict[str, Documents], *, seed: int) -> Iterator[str]:
    """Yield the text that the vocabulary is made from: as much modern as old, in bytes.

    Old paragraphs are drawn with the probability that makes the two equal.
    """
    draw = random.Random(seed)
    modern = [text for kind in (PROSE, TECHNICAL, SOFTWARE) for text in kinds[kind].training]
    yield from modern
    old = kinds[LITERATURE].training
    share = sum(map(len, modern)) / max(1, sum(map(len, old)))
    for text in old:
        yield from (line + "\n" for line in text.splitlines() if draw.random() < share)


def train_tokenizer(texts: Iterator[str], vocab_size: int) -> Tokenizer:
    """Train a byte-level BPE (Sennrich et al., 2016; Radford et al., 2019)."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def encode_documents(tokenizer: Tokenizer, texts: tuple[str, ...]) -> TokenIds:
    """Join the documents' ids, each behind an end-of-text token. Shape (tokens,)."""
    end = tokenizer.token_to_id(END_OF_TEXT)
    pieces = [np.empty(0, np.uint16)]
    for text in texts:
        # Line by line: a novel as a single string costs gigabytes.
        lines = text.splitlines(keepends=True)
        pieces.append(np.array([end], dtype=np.uint16))
        pieces += [np.array(line.ids, np.uint16) for line in tokenizer.encode_batch_fast(lines)]
    return np.concatenate(pieces)


def paragraph_starts(tokenizer: Tokenizer, ids: TokenIds) -> NDArray[np.int64]:
    """Return where a document or a paragraph begins in `ids`. Shape (starts,)."""
    line_break = tokenizer.encode("\n").ids[-1]
    end = tokenizer.token_to_id(END_OF_TEXT)
    return np.flatnonzero((ids[:-1] == line_break) | (ids[:-1] == end)) + 1


def prepare(
    corpus: Path,
    work: Path,
    *,
    vocab_size: int,
    validation_share: float,
    seed: int,
    tokenizer_file: Path | None = None,
) -> tuple[Tokenizer, dict[str, TokenIds]]:
    """Train the tokenizer, unless one is given, and encode the corpus; later calls read `work`.

    Returns:
        The tokenizer, and the ids of each kind and split: `prose.training`, `prose.validation`, …
    """
    own_file, ids_file = work / "tokenizer.json", work / "ids.npz"
    if not ids_file.exists():
        kinds = read_documents(corpus, validation_share=validation_share)
        if tokenizer_file is None:
            tokenizer = train_tokenizer(tokenizer_texts(kinds, seed=seed), vocab_size)
        else:
            tokenizer = Tokenizer.from_file(str(tokenizer_file))
        tokenizer.save(str(own_file))
        arrays = {
            f"{kind}.{split}": encode_documents(tokenizer, getattr(documents, split))
            for kind, documents in kinds.items()
            for split in ("training", "validation")
        }
        np.savez(ids_file, **arrays)  # type: ignore[arg-type]
    with np.load(ids_file) as saved:
        return Tokenizer.from_file(str(own_file)), dict(saved)
