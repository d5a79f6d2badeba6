"""Does a request come out the same alone and in a batch? `python -m engine.bench.invariance`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.bench.near_ties import NEAR_TIE, Comparison, compare
from engine.bench.texts import TEXT
from engine.decoding_params import DecodingParams
from engine.precision import PRECISIONS, label
from engine.requests import GenerationRequest
from engine.runtime.batch.backend import MAX_ROWS
from engine.runtime.threads import configure_threads

if TYPE_CHECKING:
    from engine.api import Engine

CANDIDATES = 20
WORDS = (3, 12, 30, 7)
"""Lengths of the prompts: a batch of texts of equal length would be no trial."""
KINDS: tuple[dict[str, Any], ...] = (
    {},
    {"strategy": "sample"},
    {"strategy": "sample", "temperature": 0.8, "top_p": 0.9},
    {"strategy": "beam", "num_beams": 4},
    {"repetition_penalty": 1.2, "no_repeat_ngram_size": 3},
    {"strategy": "sample", "temperature": 1.3, "top_k": 50},
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the same requests alone and together, and print what differs."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.invariance", description=__doc__)
    parser.add_argument("model", help="whatever the engine takes")
    parser.add_argument("--users", type=int, default=16, help="how many at once")
    parser.add_argument("--tokens", type=int, default=2000, help="new tokens asked for in all")
    parser.add_argument("--new", type=int, default=32, help="new tokens of an answer")
    parser.add_argument("--precision", default=",".join(PRECISIONS), help="comma-separated")
    parser.add_argument("--data-dir", type=Path, help="where prepared models are kept")
    options = parser.parse_args(arguments)
    configure_threads()
    sys.stdout.write(
        f"{options.model}, {options.users} users at once, {options.new} new tokens each: the run "
        f"in the batch beside the lone run.\n\n"
        "| precision | tokens compared | flips | of them near ties "
        f"(< {NEAR_TIE:g}) | widest margin | greatest difference of a logit |\n"
        "|---|---|---|---|---|---|\n"
    )
    for precision in options.precision.split(","):
        here, comparisons = asyncio.run(_measure(options, precision))
        sys.stdout.write(summary(label(precision, here), comparisons) + "\n")


def summary(precision: str, comparisons: Sequence[Comparison]) -> str:
    """Write a line of the table; a logit is seen as a log-probability of one of the best tokens."""
    margins = [margin for comparison in comparisons for margin in comparison.margins]
    unexplained = sum(len(comparison.unexplained) for comparison in comparisons)
    return (
        f"| {precision} | {sum(c.tokens for c in comparisons)} | {len(margins)} | "
        f"{len(margins) - unexplained} | {max(margins, default=0.0):.1e} | "
        f"{max((c.difference for c in comparisons), default=0.0):.1e} |"
    )


def requests(users: int, tokens: int, new_tokens: int) -> list[list[GenerationRequest]]:
    """Return rounds of requests, one per user, that ask for at least so many tokens in all."""
    rounds = -(-tokens // (users * new_tokens))
    words = TEXT.split()
    numbers = [[first * users + user for user in range(users)] for first in range(rounds)]
    return [
        [
            GenerationRequest(
                prompt=" ".join(islice(cycle(words), 5 * n, 5 * n + WORDS[n % len(WORDS)])),
                params=DecodingParams(max_new_tokens=new_tokens, **KINDS[n % len(KINDS)]),
                seed=n,
                user_id=n,
                trace_top_n=CANDIDATES,
            )
            for n in group
        ]
        for group in numbers
    ]


async def _measure(
    options: argparse.Namespace, precision: str
) -> tuple[str | None, list[Comparison]]:
    """Return the precision that computed, and each request's comparison."""
    from engine.create import create_engine

    groups = requests(options.users, options.tokens, options.new)

    def engine(rows: int) -> Engine:
        return create_engine(
            models=[options.model],
            precision=precision,
            device="cpu",
            batch_rows=rows,
            max_queue=options.users,
            data_dir=options.data_dir,
        )

    alone, together = engine(1), engine(MAX_ROWS)
    comparisons = []
    try:
        await alone.start()
        await together.start()
        here = together.models()[0].precision
        for group in groups:
            answers = await asyncio.gather(*(together.generate(item) for item in group))
            for item, answer in zip(group, answers, strict=True):
                comparisons.append(compare(await alone.generate(item), answer))
    finally:
        await together.close()
        await alone.close()
    return here, comparisons


if __name__ == "__main__":
    main()
