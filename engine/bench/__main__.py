"""Command line of the bench."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from engine.bench.rivals import RIVALS, open_rivals
from engine.bench.texts import TEXT
from engine.runtime.batch.backend import MAX_ROWS
from engine.runtime.threads import configure_threads

if TYPE_CHECKING:
    from engine.bench.workload import Contestant

START = "En"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the bench and print its table."""
    options = _parse(arguments)
    configure_threads()
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(_run(options, Path(scratch)))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m engine.bench", description=__doc__)
    parser.add_argument(
        "--model",
        default="gpt2-124m",
        help="gpt2-124m (random weights) or whatever the engine takes",
    )
    parser.add_argument("--users", default="1,4,8,16", help="how many at once, comma-separated")
    parser.add_argument("--prompt", type=int, default=64, help="tokens of a prompt")
    parser.add_argument("--new", type=int, default=64, help="new tokens of an answer")
    parser.add_argument("--strategy", choices=("top_p", "greedy"), default="top_p")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--trace", type=int, default=0, help="race also with so many candidates")
    parser.add_argument("--data-dir", type=Path, help="where prepared models are kept")
    parser.add_argument(
        "--with",
        dest="rivals",
        default="",
        help="race ctranslate2 and llama.cpp too, comma-separated, where they are installed",
    )
    parser.add_argument(
        "--naive",
        action="store_true",
        help="race also `generate()` called by a thread per user: minutes where it is slow",
    )
    parser.add_argument(
        "--gguf", type=Path, action="append", default=[], help="the model as llama.cpp takes it"
    )
    parser.add_argument(
        "--npm", type=Path, default=Path(), help="where npm has installed node-llama-cpp"
    )
    parser.add_argument("--quick", action="store_true", help="a tiny model, a few tokens")
    options = parser.parse_args(arguments)
    if options.quick:
        options.model, options.users = "tiny", "1,2"
        options.prompt, options.new, options.repeats = 8, 6, 1
    options.users = [int(count) for count in options.users.split(",")]
    options.rivals = [name for name in options.rivals.split(",") if name]
    if unknown := set(options.rivals) - set(RIVALS):
        parser.error(f"--with takes {', '.join(RIVALS)}, not {', '.join(sorted(unknown))}")
    return options


async def _run(options: argparse.Namespace, scratch: Path) -> None:
    from transformers import AutoTokenizer

    from engine.bench.contestants import Ours
    from engine.bench.race import products_table, race, table
    from engine.bench.workload import Workload

    folder = _checkpoint(options, scratch)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    work = Workload(
        prompt=START,
        prompt_ids=tuple(tokenizer(START).input_ids),
        text_ids=tuple(tokenizer(TEXT, add_special_tokens=False).input_ids),
        prompt_tokens=options.prompt,
        new_tokens=options.new,
        is_sampled=options.strategy == "top_p",
    )
    async with _contestants(options, folder, scratch) as contestants:
        await race(contestants, work, 1, 1)  # warms up
        results = {}
        for users in options.users:
            results[users] = await race(contestants, work, users, options.repeats)
            sys.stderr.write(f"{users} users done\n")
        products = products_table([c for c in contestants if isinstance(c, Ours)])
    reference = contestants[0].name
    sys.stdout.write(
        f"{options.model}, {options.strategy}, prompt {options.prompt} + {options.new} new tokens: "
        f"tokens/s of all users together, prefill included (median of {options.repeats}), the "
        f"ratio to {reference} in the same turn, and the best turn.\n\n"
        f"{table(results, reference)}\n\n{products}\n"
    )


@asynccontextmanager
async def _contestants(
    options: argparse.Namespace, folder: Path, scratch: Path
) -> AsyncIterator[list[Contestant]]:
    import torch

    from engine.bench.contestants import Ours, Transformers, load_reference
    from engine.create import create_engine
    from engine.precision import EXACT, PRECISIONS

    engines = {
        precision: create_engine(
            models=[str(folder)], precision=precision, device="cpu", batch_rows=MAX_ROWS
        )
        for precision in PRECISIONS
    }
    try:
        for engine in engines.values():
            await engine.start()
        whole = load_reference(folder, torch.float32)
        contestants: list[Contestant] = [
            Transformers(whole, is_batched=True),
            Transformers(load_reference(folder, torch.bfloat16), is_batched=True),
            *(Ours(engine, precision) for precision, engine in engines.items()),
        ]
        if options.naive:
            contestants.append(Transformers(whole, is_batched=False))
        if options.trace:
            contestants.append(Ours(engines[EXACT], EXACT, trace_top_n=options.trace))
        with open_rivals(
            options.rivals,
            model=options.model,
            folder=folder,
            gguf=options.gguf,
            npm=options.npm,
            users=max(options.users),
            tokens=options.prompt + options.new,
            scratch=scratch,
        ) as rivals:
            yield [*contestants, *rivals]
    finally:
        for engine in engines.values():
            await engine.close()


def _checkpoint(options: argparse.Namespace, scratch: Path) -> Path:
    from engine.bench.shapes import SHAPES, save_random
    from engine.models.catalogue import describe
    from engine.models.preparation import prepare

    if options.model in SHAPES:
        save_random(options.model, scratch)
        return scratch
    return prepare(
        describe(options.model),
        data_dir=options.data_dir or scratch,
        hf_token=None,
        device="cpu",
        report=lambda *_: None,
    ).folder


if __name__ == "__main__":
    main()
