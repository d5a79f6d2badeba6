"""`python -m engine.embedded.card`: measure a trained model and write its card, in Spanish."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine import DecodingParams, GenerationRequest, create_engine
from engine.embedded.corpus import (
    KINDS,
    LITERATURE,
    Documents,
    TokenIds,
    encode_documents,
    read_documents,
)
from engine.embedded.curve import KIND_NAMES, draw, whole_log
from engine.embedded.evaluate import Trigrams, text_bits_per_byte

Numbers = dict[str, dict[str, float]]
"""Text name → who guessed → bits per byte."""

WRITTEN_APART = {
    "modern_prose": "escrito aparte: prosa moderna, veinte géneros",
    "everyday_genres": "escrito aparte: textos de todos los días, treinta y seis géneros",
}
TEXT_NAMES = KIND_NAMES | WRITTEN_APART
EXCERPT_CHARACTERS = 12_000
EXCERPT_DOCUMENTS = 40
SAMPLE_PROMPTS = (
    "Había una vez un unicornio",
    "La nueva biblioteca del barrio",
    "Hola, Ana. ¿A qué hora quedamos mañana?",
)
SAMPLE_PARAMS = DecodingParams(
    strategy="sample",
    temperature=0.5,
    top_p=0.9,
    repetition_penalty=1.15,
    whole_word_start=True,
    plain_text=True,
    max_new_tokens=60,
    sentence_end_tokens=24,
)
SAMPLE_SEEDS = range(1, 6)
TEMPLATE = Path(__file__).parent / "card_template.md"


def main() -> None:
    """Write `README.md` into the model's folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="folder that engine.embedded.train wrote")
    parser.add_argument("corpus", type=Path, help="folder with *.txt.xz files")
    parser.add_argument("apart", type=Path, nargs="+", help="texts that are in no corpus")
    parser.add_argument("--beside", type=Path, help="folder of a model to compare with")
    arguments = parser.parse_args()
    record = json.loads((arguments.model / "training.json").read_text(encoding="utf-8"))
    share = record["recipe"]["validation_share"]
    documents = read_documents(arguments.corpus, validation_share=share)
    texts = {kind: _excerpt(documents[kind].validation) for kind in KINDS}
    texts |= {path.stem: path.read_text(encoding="utf-8") for path in arguments.apart}
    numbers = measure(texts, arguments.model, documents, arguments.beside)
    learned = measure_learned(arguments.model, documents)
    card = render(record, numbers, learned, asyncio.run(samples(arguments.model)))
    (arguments.model / "README.md").write_text(card, encoding="utf-8")
    draw(record, KIND_NAMES, arguments.model / "curve.png")


def _excerpt(documents: tuple[str, ...]) -> str:
    """Return the same share from the beginning of documents that are evenly chosen."""
    chosen = documents[:: 1 + len(documents) // EXCERPT_DOCUMENTS]
    share = EXCERPT_CHARACTERS // len(chosen)
    return "\n".join(text[:share] for text in chosen)


def measure(
    texts: dict[str, str], model: Path, documents: dict[str, Documents], beside: Path | None
) -> Numbers:
    """Return the bits per byte of each text for the model, the baselines and another model."""
    numbers: Numbers = {name: {} for name in texts}
    for column, folder in (("unicornio-9m", model), ("Gemma 3 270M", beside)):
        if folder is not None:
            loaded, tokenizer = load(folder)
            for name, text in texts.items():
                numbers[name][column] = text_bits_per_byte(loaded, tokenizer, text)
    tokenizer = load(model)[1].backend_tokenizer
    ids = _encode(tokenizer, (text for kind in KINDS for text in documents[kind].training))
    trigrams = Trigrams(ids, tokenizer.get_vocab_size())
    for name, text in texts.items():
        encoded = _encode(tokenizer, [text])
        one, three = trigrams.bits_per_byte(encoded, len(text.encode()))
        numbers[name] |= {"unigrama": one, "trigrama": three}
    return numbers


def measure_learned(model: Path, documents: dict[str, Documents]) -> dict[str, float]:
    """Return the bits per byte of text that the model was trained on, by kind.

    How far they lie below those of held-out text is what it knows by heart.
    """
    loaded, tokenizer = load(model)
    return {
        kind: text_bits_per_byte(loaded, tokenizer, _excerpt(documents[kind].training))
        for kind in KINDS
    }


def load(folder: Path) -> tuple[Any, Any]:
    """Return the model, float32 on the CPU, and its tokenizer."""
    loader: Any = AutoModelForCausalLM
    return loader.from_pretrained(folder, dtype=torch.float32), AutoTokenizer.from_pretrained(
        folder
    )


def _encode(tokenizer: Tokenizer, texts: Iterable[str]) -> TokenIds:
    return encode_documents(tokenizer, tuple(texts))


async def samples(folder: Path) -> list[tuple[str, list[str]]]:
    """Return each prompt with what the engine writes after it, one text a seed."""
    engine = create_engine(models=(str(folder),), device="cpu")
    await engine.start()
    written = []
    for prompt in SAMPLE_PROMPTS:
        requests = (
            GenerationRequest(prompt=prompt, params=SAMPLE_PARAMS, seed=seed)
            for seed in SAMPLE_SEEDS
        )
        texts = [(await engine.generate(request)).attempts[0].text for request in requests]
        written.append((prompt, texts))
    await engine.close()
    return written


def render(
    record: dict[str, Any],
    numbers: Numbers,
    learned: dict[str, float],
    written: Sequence[tuple[str, list[str]]],
) -> str:
    """Fill in the card's template."""
    log = whole_log(record)
    stages = _stages(record)
    columns = list(next(iter(numbers.values())))
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        {name: _plain(value) for name, value in record["recipe"].items()},
        parameters=_decimal(record["parameters"] / 1e6, 2),
        megabytes=_decimal(record["weights_bytes"] / 1e6, 1),
        tokens=_millions(log[-1]["tokens"]),
        hours=_decimal(sum(stage["seconds"] for stage in stages) / 3600, 1),
        last_hours=f"{record['seconds'] / 3600:.2f}",
        stages="\n".join(map(_stage_row, stages)),
        kinds=" | ".join(KIND_NAMES.values()),
        curve="\n".join(map(_curve_row, log)),
        columns=" | ".join(columns),
        rule=" | ".join("---:" for _ in columns),
        rows="\n".join(
            f"| {TEXT_NAMES[name]} | " + " | ".join(_decimal(row[c]) for c in columns) + " |"
            for name, row in numbers.items()
        ),
        learned="\n".join(
            f"| {KIND_NAMES[kind]} | {_decimal(bits)} | {_decimal(numbers[kind][columns[0]])} |"
            for kind, bits in learned.items()
        ),
        samples="\n\n".join(_quotes(prompt, texts) for prompt, texts in written),
    )


def _stages(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the records of the run and of those it went on from, oldest first."""
    before = record.get("before")
    return [*(_stages(before) if before else []), record]


def _stage_row(record: dict[str, Any]) -> str:
    recipe = record["recipe"]
    others = [recipe.get(f"{kind}_share", 0.0) for kind in KINDS if kind != LITERATURE]
    cells = [
        _millions(record["log"][-1]["tokens"]),
        _decimal(record["seconds"] / 3600),
        *(str(round(100 * share)) for share in (1 - sum(others), *others)),
        _plain(recipe["matrix_lr"]),
        _plain(recipe["other_lr"]),
        f"{100 * recipe['decay_share']:.0f} %",
    ]
    return f"| {' | '.join(cells)} |"


def _curve_row(entry: dict[str, float]) -> str:
    values = (_decimal(entry[kind]) if kind in entry else "" for kind in KINDS)
    return f"| {_millions(entry['tokens'])} | {' | '.join(values)} |"


def _quotes(prompt: str, texts: Sequence[str]) -> str:
    numbered = zip(SAMPLE_SEEDS, texts, strict=True)
    lines = (f"{seed}. …{' '.join(text.split())}" for seed, text in numbered)
    return f"**{prompt}**\n\n" + "\n".join(lines)


def _decimal(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".replace(".", ",")


def _plain(value: float) -> str:
    return f"{value:g}".replace(".", ",") if isinstance(value, float) else str(value)


def _millions(tokens: float) -> str:
    return f"{_decimal(tokens / 1e6, 1)} M"


if __name__ == "__main__":
    main()
