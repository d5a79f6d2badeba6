"""`python -m engine.embedded.defaults`: which settings read best, judged by a larger model.

Text that people write is neither as predictable as that of low temperatures nor as surprising as
that of high ones (Holtzman et al., 2020). So each pair of temperature and top-p is told by the
surprise of a larger model, in bits per byte, beside that of a text written by a person, and by how
much it repeats itself.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

from engine import DecodingParams, GenerationRequest, create_engine
from engine.embedded.card import load
from engine.embedded.evaluate import bits_per_byte
from engine.explain.loops import distinct, repetition_rate

TEMPERATURES = (0.6, 0.7, 0.8, 0.9, 1.0)
TOP_PS = (0.8, 0.9, 0.95, 1.0)
PARAMS = DecodingParams(strategy="sample", max_new_tokens=60)
PROMPT_WORDS = 6
MAX_QUEUE = 1000


def main() -> None:
    """Print a line for the person's text and one for each pair."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="folder of the model to set up")
    parser.add_argument("judge", type=Path, help="folder of a larger model")
    parser.add_argument("text", type=Path, help="paragraphs by a person, one a line")
    arguments = parser.parse_args()
    paragraphs = arguments.text.read_text(encoding="utf-8").splitlines()
    cut = [_cut(paragraph) for paragraph in paragraphs]
    prompts, endings = [prompt for prompt, _ in cut], [ending for _, ending in cut]
    judge, judge_tokenizer = load(arguments.judge)
    tokenizer = load(arguments.model)[1]

    def line(name: str, texts: Sequence[str]) -> None:
        ids = [tokenizer(text).input_ids[: PARAMS.max_new_tokens] for text in texts]
        texts = [tokenizer.decode(tokens) for tokens in ids]
        surprise = mean(
            _surprise(judge, judge_tokenizer, prompt, text)
            for prompt, text in zip(prompts, texts, strict=True)
            if text.strip()
        )
        repeats, pairs = mean(map(repetition_rate, ids)), mean(distinct(t, 2) for t in ids)
        print(f"{name:24} {surprise:5.2f} {repeats:6.3f} {pairs:6.3f}", flush=True)  # noqa: T201

    print(f"{'':24} {'bits':>5} {'repeat':>6} {'pairs':>6}")  # noqa: T201
    line("a person", endings)
    for temperature in TEMPERATURES:
        for top_p in TOP_PS:
            params = replace(PARAMS, temperature=temperature, top_p=top_p)
            texts = asyncio.run(_write(arguments.model, prompts, params))
            line(f"T {temperature}, top-p {top_p}", texts)


def _cut(paragraph: str) -> tuple[str, str]:
    """Split a paragraph into a prompt of a few words and the rest."""
    prompt = " ".join(paragraph.split()[:PROMPT_WORDS])
    return prompt, paragraph[len(prompt) :]


async def _write(model: Path, prompts: Sequence[str], params: DecodingParams) -> list[str]:
    engine = create_engine(models=(str(model),), device="cpu", batch_rows=32, max_queue=MAX_QUEUE)
    await engine.start()
    requests = [
        GenerationRequest(prompt=prompt, params=params, seed=seed)
        for seed, prompt in enumerate(prompts)
    ]
    completions = await asyncio.gather(*map(engine.generate, requests))
    await engine.close()
    return [completion.attempts[0].text for completion in completions]


def _surprise(judge: Any, tokenizer: Any, prompt: str, text: str) -> float:
    """Return the judge's bits per byte of a text after its prompt."""
    before = tokenizer(prompt).input_ids
    after = tokenizer(text, add_special_tokens=False).input_ids
    whole, only_prompt = len((prompt + text).encode()), len(prompt.encode())
    bits = bits_per_byte(judge, [*before, *after], whole) * whole
    return (bits - bits_per_byte(judge, before, only_prompt) * only_prompt) / (whole - only_prompt)


if __name__ == "__main__":
    main()
