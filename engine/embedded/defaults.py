"""`python -m engine.embedded.defaults`: which settings read best.

Text that people write is neither as predictable as that of low temperatures nor as surprising as
that of high ones (Holtzman et al., 2020). So each set of settings is told by the surprise of a
larger model, in bits per byte, beside that of texts written by a person, by how much it repeats
itself, and by the faults that are seen at once (`health`). The largest model that there is has
nobody to judge it: its own surprise counts then, against its surprise at the person's texts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from statistics import mean
from typing import Any

import torch

from engine import (
    Attempt,
    DecodingParams,
    Engine,
    GenerationRequest,
    ScoreRequest,
    create_engine,
)
from engine.embedded.card import load
from engine.embedded.health import Health, health, mean_health

PARAMS = DecodingParams(strategy="sample", max_new_tokens=60)
GRID = (
    *(f"temperature={t} top_p={p}" for t in (0.5, 0.7, 0.8, 0.9, 1.0) for p in (0.8, 0.9, 0.95)),
    *(f"temperature={t} min_p={p}" for t in (0.8, 1.0) for p in (0.05, 0.1)),
    *(f"temperature={t} typical_p={p}" for t in (0.8, 1.0) for p in (0.9, 0.95)),
    *(f"temperature=0.8 top_p=0.9 repetition_penalty={r}" for r in (1.05, 1.1, 1.2, 1.3)),
    *(f"temperature=0.8 top_p=0.9 no_repeat_ngram_size={n}" for n in (2, 3, 4)),
)
"""What is tried where nothing is named: the filters alone, then repetition at one place."""
PROMPT_WORDS = 8
MAX_QUEUE = 1000
ROWS = 64
_NAME_WIDTH = 58
_TYPES = {field.name: type(getattr(PARAMS, field.name)) for field in fields(DecodingParams)}


def main() -> None:
    """Print a line for the person's texts and one for each set of settings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="to set up: a name of the catalogue or a folder")
    parser.add_argument("prompts", type=Path, help="one a line: «genre | prompt», ⏎ for a new line")
    parser.add_argument("person", type=Path, help="paragraphs by a person, one a line")
    parser.add_argument("--judge", type=Path, help="folder of a larger model")
    parser.add_argument("--try", dest="tried", action="append", help="«temperature=0.8 top_p=0.9»")
    parser.add_argument("--seeds", type=int, default=1, help="texts for each prompt")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--texts", type=Path, help="JSONL file where the texts are added")
    parser.add_argument("--precision", default="exact")
    parser.add_argument("--data-dir", type=Path)
    asyncio.run(_compare(parser.parse_args()))


async def _compare(asked: argparse.Namespace) -> None:
    engine = create_engine(
        models=(asked.model,),
        device="cpu",
        precision=asked.precision,
        data_dir=asked.data_dir,
        batch_rows=ROWS,
        max_queue=MAX_QUEUE,
    )
    await engine.start()
    judged = None if asked.judge is None else judge_of(asked.judge)
    print(_HEADER, flush=True)  # noqa: T201
    pairs = [cut(line) for line in asked.person.read_text(encoding="utf-8").splitlines()]
    bits = [await _own_surprise(engine, *pair) if not judged else judged(*pair) for pair in pairs]
    print(_line("a person", bits, [health(*pair) for pair in pairs]), flush=True)  # noqa: T201
    prompts = read_prompts(asked.prompts) * asked.seeds
    for settings in asked.tried or GRID:
        params = replace(PARAMS, **parsed(settings))
        attempts = await _write(engine, prompts, params, asked.first_seed)
        written = [attempt.text for attempt in attempts]
        pairs = list(zip(prompts, written, strict=True))
        bits = (
            [judged(*pair) for pair in pairs if pair[1].strip()]
            if judged
            else [_surprise(a.raw_logprob, a.text) for a in attempts if a.text.strip()]
        )
        print(_line(settings, bits, [health(*pair) for pair in pairs]), flush=True)  # noqa: T201
        if asked.texts is not None:
            _keep(asked.texts, settings, pairs, asked.first_seed)
    await engine.close()


def read_prompts(path: Path) -> list[str]:
    """Read prompts, one a line: «genre | prompt», with ⏎ where a new line is."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.partition(" | ")[2].replace("⏎", "\n") for line in lines]


def parsed(settings: str) -> dict[str, Any]:
    """Read «temperature=0.8 top_p=0.9» as fields of `DecodingParams`.

    Raises:
        KeyError: There is no such field.
    """
    pairs = (pair.split("=") for pair in settings.split())
    return {name: _value(_TYPES[name], value) for name, value in pairs}


def cut(paragraph: str) -> tuple[str, str]:
    """Split a paragraph into a prompt of a few words and the rest."""
    prompt = " ".join(paragraph.split()[:PROMPT_WORDS])
    return prompt, paragraph[len(prompt) :]


def judge_of(folder: Path) -> Callable[[str, str], float]:
    """Return a function: (prompt, text) → the model's bits per byte of the text after the prompt.

    Args:
        folder: Of a causal language model of transformers.
    """
    model, tokenizer = load(folder)

    def judge(prompt: str, text: str) -> float:
        before = tokenizer(prompt).input_ids
        after = tokenizer(text, add_special_tokens=False).input_ids
        with torch.inference_mode():
            ids = torch.tensor([[*before, *after]])
            logits = model(input_ids=ids, logits_to_keep=len(after) + 1).logits[0, :-1].float()
        scores = logits.log_softmax(-1).gather(-1, ids[0, len(before) :, None])
        return _surprise(scores.sum().item(), text)

    return judge


def _value(kind: type, value: str) -> Any:
    return value == "True" if kind is bool else kind(value)


async def _own_surprise(engine: Engine, prompt: str, text: str) -> float:
    steps = await engine.score(ScoreRequest(prompt=prompt, continuation=text, trace_top_n=1))
    return sum(step.surprisal_bits or 0.0 for step in steps) / len(text.encode())


def _surprise(logprob: float, text: str) -> float:
    return -logprob / math.log(2) / len(text.encode())


async def _write(
    engine: Engine, prompts: Sequence[str], params: DecodingParams, first_seed: int
) -> list[Attempt]:
    requests = [
        GenerationRequest(prompt=prompt, params=params, seed=seed)
        for seed, prompt in enumerate(prompts, start=first_seed)
    ]
    completions = await asyncio.gather(*map(engine.generate, requests))
    return [completion.attempts[0] for completion in completions]


_HEADER = f"{'':{_NAME_WIDTH}} {'bits':>5} {'ended':>5} {'marks':>5} {'loops':>5} {'glued':>5} \
{'gaps':>5} {'repeat':>6} {'pairs':>6}"


def _line(name: str, bits: Sequence[float], found: Sequence[Health]) -> str:
    of = mean_health(found)
    shares = " ".join(f"{100 * x:5.1f}" for x in (of.ended, of.markup, of.loop, of.glued, of.gap))
    return f"{name:{_NAME_WIDTH}} {mean(bits):5.2f} {shares} {of.repeats:6.3f} {of.pairs:6.3f}"


def _keep(path: Path, settings: str, pairs: Sequence[tuple[str, str]], first_seed: int) -> None:
    with path.open("a", encoding="utf-8") as file:
        for seed, (prompt, text) in enumerate(pairs, start=first_seed):
            entry = {"settings": settings, "prompt": prompt, "seed": seed, "text": text}
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
