"""`python -m engine.embedded.spelling`: how well accents, capitals and marks are given back.

Held-out texts are typed in a hurry, given to the model, and what it writes is compared with what
was meant, word by word. The guard of letters makes the words the same, so that they can be
compared; without it, how many of them come out with other letters is the copy error rate. Beside
it: the form of each word that is most frequent in the training text.
"""

from __future__ import annotations

import argparse
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, LogitsProcessor

from engine.decoding.same_letters import LettersIndex, SameLetters
from engine.embedded.corpus import KINDS, PROSE, read_documents
from engine.embedded.hurry import sentences
from engine.letters import SENTENCE_MARKS, bare, hurried, without_marks
from engine.spellings import SPELLINGS_FILE, Spellings
from engine.text import Vocabulary

LONGEST_SOURCE = 300
"""Characters; a sentence that is longer stands alone."""
BATCH = 24
LONGEST_TARGET = 256
OPENING = "¿¡"


@dataclass(frozen=True)
class Word:
    """A word as it is written.

    Attributes:
        form: Without the marks around it.
        before: Sentence marks in front of it.
        behind: Sentence marks after it.
    """

    form: str
    before: str
    behind: str


def main() -> None:
    """Print the figures of each text as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="folder of the encoder-decoder")
    parser.add_argument("--corpus", type=Path, help="folder with *.txt.xz files")
    parser.add_argument("--apart", type=Path, nargs="*", default=(), help="texts of no corpus")
    parser.add_argument("--characters", type=int, default=30_000, help="of held-out prose")
    parser.add_argument("--lines", type=Path, help="a file of texts, to be written again")
    asked = parser.parse_args()
    if asked.lines is not None:
        sources = [hurried(line) for line in asked.lines.read_text(encoding="utf-8").splitlines()]
        written = Speller(asked.model)(sources, is_guarded=True)
        print("\n".join(map(" → ".join, zip(sources, written, strict=True))))  # noqa: T201
    texts = {path.stem: path.read_text(encoding="utf-8") for path in asked.apart}
    forms: dict[str, str] = {}
    if asked.corpus is not None:
        documents = read_documents(asked.corpus, validation_share=0.02)
        held_out = documents[PROSE].validation
        share = asked.characters // len(held_out)
        texts = {PROSE: "\n".join(_head(text, share) for text in held_out)} | texts
        forms = usual_forms(text for kind in KINDS for text in documents[kind].training)
    if texts:
        speller = Speller(asked.model)
        figures = {name: measure(text, speller, forms) for name, text in texts.items()}
        print(json.dumps(figures, indent=1, ensure_ascii=False))  # noqa: T201


def _head(document: str, characters: int) -> str:
    """Return the first paragraphs of a document."""
    kept = document[:characters].rpartition("\n")[0]
    return kept or document[:characters].rpartition(". ")[0] + "."


class Speller:
    """The model, with and without the guard of letters.

    Args:
        folder: As `save_pretrained` writes it.
    """

    def __init__(self, folder: Path) -> None:
        loader: Any = AutoModelForSeq2SeqLM
        self.model = loader.from_pretrained(folder, dtype=torch.float32).eval()
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        vocabulary = Vocabulary(self.tokenizer)
        self._index = LettersIndex(vocabulary, len(self.tokenizer))
        self._spellings = Spellings.read(folder / SPELLINGS_FILE)

    def __call__(self, sources: Sequence[str], *, is_guarded: bool) -> list[str]:
        """Write texts again, greedily.

        Args:
            sources: The texts.
            is_guarded: Whether their letters may not change.
        """
        # Of one length together, so that little is computed for padding.
        order = sorted(range(len(sources)), key=lambda place: len(sources[place]))
        written = dict.fromkeys(order, "")
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            texts = self._batch([sources[place] for place in places], is_guarded)
            written.update(zip(places, texts, strict=True))
        return [written[place] for place in range(len(sources))]

    def _batch(self, sources: Sequence[str], is_guarded: bool) -> list[str]:
        inputs = self.tokenizer(list(sources), return_tensors="pt", padding=True)
        eos = [self.tokenizer.eos_token_id]
        guards = [SameLetters(self._index, source, eos, self._spellings) for source in sources]
        ids = self.model.generate(
            input_ids=inputs.input_ids,
            attention_mask=inputs.attention_mask,
            do_sample=False,
            num_beams=1,
            max_new_tokens=LONGEST_TARGET,
            logits_processor=[_Guards(guards)] if is_guarded else [],
        )
        texts: list[str] = self.tokenizer.batch_decode(ids, skip_special_tokens=True)
        return texts


class _Guards(LogitsProcessor):
    def __init__(self, guards: Sequence[SameLetters]) -> None:
        self._guards = guards

    def __call__(self, input_ids: Any, scores: Any) -> Tensor:
        rows = enumerate(self._guards)
        return torch.cat([guard(input_ids[n : n + 1], scores[n : n + 1]) for n, guard in rows])


def measure(text: str, speller: Speller, forms: dict[str, str]) -> dict[str, float]:
    """Return the figures of a text.

    Args:
        text: Written with care.
        speller: The model.
        forms: Plain word → its most frequent form; empty for no baseline.
    """
    meant = list(pieces(text))
    sources = [hurried(piece) for piece in meant]
    guarded = speller(sources, is_guarded=True)
    free = speller(sources, is_guarded=False)
    pairs = [
        pair
        for piece, written in zip(meant, guarded, strict=True)
        for pair in zip(words(piece), words(written), strict=False)
    ]
    figures = {"words": float(len(pairs)), "pieces": float(len(pieces_with_words(meant)))}
    figures |= accents(pairs) | capitals(pairs) | marks(pairs)
    if forms:
        usual = [(word, Word(forms.get(p := bare(word.form), p), "", "")) for word, _ in pairs]
        figures |= {f"usual.{name}": value for name, value in accents(usual).items()}
    changed = sum(changes(source, out) for source, out in zip(sources, free, strict=True))
    kept = sum(changes(source, out) for source, out in zip(sources, guarded, strict=True))
    total = sum(len(bare(source).split()) for source in sources)
    return figures | {"copy_errors": changed / total, "copy_errors.guarded": kept / total}


def pieces(text: str) -> Iterator[str]:
    """Yield whole sentences of a paragraph, as many together as make a short message."""
    for paragraph in unicodedata.normalize("NFC", text).splitlines():
        piece = ""
        for sentence in sentences(paragraph):
            if piece and len(piece) + len(sentence) > LONGEST_SOURCE:
                yield piece.strip()
                piece = ""
            piece += sentence
        if bare(piece):
            yield piece.strip()


def pieces_with_words(texts: Iterable[str]) -> list[str]:
    """Return the texts that have a word."""
    return [text for text in texts if bare(text)]


def words(text: str) -> list[Word]:
    """Return the words of a text with the marks around each; what is only marks goes before."""
    found: list[Word] = []
    for chunk in unicodedata.normalize("NFC", text).replace("...", "…").split():
        form = without_marks(chunk)
        if form:
            core = re.search(r"[^\W_]", chunk)
            middle = core.start() if core else 0
            before = "".join(c for c in chunk[:middle] if c in SENTENCE_MARKS)
            behind = "".join(c for c in chunk[middle:] if c in SENTENCE_MARKS)
            inner = "".join(c for c in form if c in SENTENCE_MARKS)
            found.append(Word(form, before, behind.removeprefix(inner)))
        elif found:
            last = found[-1]
            found[-1] = Word(last.form, last.before, last.behind + chunk)
    return found


Pairs = Sequence[tuple[Word, Word]]
"""What was meant, and what was written."""


def accents(pairs: Pairs) -> dict[str, float]:
    """Return how many words with an accent are right, of those meant and of those written."""
    lower = [(meant.form.lower(), written.form.lower()) for meant, written in pairs]
    wanted = [meant == written for meant, written in lower if meant != bare(meant)]
    given = [meant == written for meant, written in lower if written != bare(written)]
    right = [meant == written for meant, written in lower]
    return {
        "accents.wanted": float(len(wanted)),
        "accents.recall": _share(wanted),
        "accents.precision": _share(given),
        "accents.words": _share(right),
    }


def capitals(pairs: Pairs) -> dict[str, float]:
    """Return how many words with a capital are right, of those meant and of those written."""
    shapes = [
        (meant.form, [c.isupper() for c in meant.form], [c.isupper() for c in written.form])
        for meant, written in pairs
    ]
    wanted = [meant == written for _, meant, written in shapes if any(meant)]
    given = [meant == written for _, meant, written in shapes if any(written)]
    return {"capitals.recall": _share(wanted), "capitals.precision": _share(given)}


def marks(pairs: Pairs) -> dict[str, float]:
    """Return the F1 of each sentence mark in its place, of ¿¡ together and of all."""
    hits, meant_count, written_count = (Counter[str]() for _ in range(3))
    for meant, written in pairs:
        for side in ("before", "behind"):
            a, b = Counter(getattr(meant, side)), Counter(getattr(written, side))
            hits += a & b
            meant_count += a
            written_count += b

    def f1(kinds: str) -> float:
        right = sum(hits[mark] for mark in kinds)
        total = sum(meant_count[mark] + written_count[mark] for mark in kinds)
        return 2 * right / total if total else 0.0

    figures = {f"marks.{mark}": f1(mark) for mark in SENTENCE_MARKS if meant_count[mark]}
    return figures | {"marks.opening": f1(OPENING), "marks.all": f1(SENTENCE_MARKS)}


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else 0.0


def changes(source: str, written: str) -> int:
    """Return how many words of a source are lost, changed or doubled in what is written."""
    a, b = bare(source).split(), bare(written).split()
    blocks = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in blocks if tag != "equal")


def usual_forms(texts: Iterable[str]) -> dict[str, str]:
    """Return the most frequent form of each plain word, in lower case."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(re.findall(r"[^\W\d_]+", text.lower()))
    forms: dict[str, str] = {}
    for form, _ in counts.most_common():
        forms.setdefault(bare(form), form)
    return forms


if __name__ == "__main__":
    main()
