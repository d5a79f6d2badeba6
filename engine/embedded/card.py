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
    PROSE,
    SOFTWARE,
    Documents,
    TokenIds,
    encode_documents,
    read_documents,
)
from engine.embedded.evaluate import Trigrams, text_bits_per_byte

Numbers = dict[str, dict[str, float]]
"""Text name → who guessed → bits per byte."""

MODERN = "escrita hoy"
TEXT_NAMES = {
    LITERATURE: "literatura (1830–1930)",
    PROSE: "prosa moderna",
    SOFTWARE: "informática",
    MODERN: "prosa moderna escrita aparte, veinte géneros",
}
EXCERPT_CHARACTERS = 12_000
SAMPLE_PROMPTS = ("Había una vez un unicornio", "La nueva biblioteca del barrio")
SAMPLE_PARAMS = DecodingParams(strategy="sample", temperature=0.8, top_p=0.9, max_new_tokens=60)
SAMPLE_SEEDS = range(1, 6)
TEMPLATE = Path(__file__).parent / "card_template.md"


def main() -> None:
    """Write `README.md` into the model's folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="folder that engine.embedded.train wrote")
    parser.add_argument("corpus", type=Path, help="folder with *.txt.xz files")
    parser.add_argument("modern", type=Path, help="a text that is in no corpus")
    parser.add_argument("--beside", type=Path, help="folder of a model to compare with")
    arguments = parser.parse_args()
    record = json.loads((arguments.model / "training.json").read_text(encoding="utf-8"))
    share = record["recipe"]["validation_share"]
    documents = read_documents(arguments.corpus, validation_share=share)
    texts = {kind: _excerpt(documents[kind]) for kind in KINDS}
    texts[MODERN] = arguments.modern.read_text(encoding="utf-8")
    numbers = measure(texts, arguments.model, documents, arguments.beside)
    card = render(record, numbers, asyncio.run(samples(arguments.model)))
    (arguments.model / "README.md").write_text(card, encoding="utf-8")


def _excerpt(documents: Documents) -> str:
    """Return the same share from the beginning of each held-out document."""
    share = EXCERPT_CHARACTERS // len(documents.validation)
    return "\n".join(text[:share] for text in documents.validation)


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
    record: dict[str, Any], numbers: Numbers, written: Sequence[tuple[str, list[str]]]
) -> str:
    """Fill in the card's template."""
    recipe, last = record["recipe"], record["log"][-1]
    curve = "\n".join(
        f"| {_millions(entry['tokens'])} | "
        + " | ".join(_decimal(entry[kind]) for kind in KINDS)
        + " |"
        for entry in record["log"]
    )
    columns = list(numbers[MODERN])
    rows = "\n".join(
        f"| {TEXT_NAMES[name]} | " + " | ".join(_decimal(row[c]) for c in columns) + " |"
        for name, row in numbers.items()
    )
    quotes = "\n\n".join(
        f"**{prompt}**\n\n"
        + "\n".join(
            f"{seed}. …{' '.join(text.split())}"
            for seed, text in zip(SAMPLE_SEEDS, texts, strict=True)
        )
        for prompt, texts in written
    )
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        {name: _plain(value) for name, value in recipe.items()},
        parameters=_decimal(record["parameters"] / 1e6, 2),
        megabytes=_decimal(record["weights_bytes"] / 1e6, 1),
        hours=_decimal(record["seconds"] / 3600, 1),
        tokens=_millions(last["tokens"]),
        steps=last["step"],
        prose_percent=round(100 * recipe["prose_share"]),
        software_percent=round(100 * recipe["software_share"]),
        literature_percent=round(100 * (1 - recipe["prose_share"] - recipe["software_share"])),
        decay_percent=round(100 * recipe["decay_share"]),
        long_percent=round(100 * recipe["long_share"]),
        curve=curve,
        columns=" | ".join(columns),
        rule=" | ".join("---:" for _ in columns),
        rows=rows,
        samples=quotes,
    )


def _decimal(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".replace(".", ",")


def _plain(value: float) -> str:
    return f"{value:g}".replace(".", ",") if isinstance(value, float) else str(value)


def _millions(tokens: float) -> str:
    return f"{_decimal(tokens / 1e6, 1)} M"


if __name__ == "__main__":
    main()
