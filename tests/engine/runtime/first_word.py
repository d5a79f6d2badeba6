"""Measures the first word of who asks for another model while sixteen people write with one.

    python -m tests.engine.runtime.first_word MODEL OTHER [--tries 5] [--tokens 60] [--data-dir F]

Ten candidates are recorded, as the bot asks for. Seconds from the request to its first text.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time

from engine import DecodingParams, GenerationRequest, Progress, create_engine

PEOPLE = 16
PROMPT = "Caminante, son tus huellas el camino y nada más; caminante, no hay camino. " * 3


def ask(model: str, user_id: int, tokens: int) -> GenerationRequest:
    params = DecodingParams(
        strategy="sample",
        temperature=0.8,
        top_p=0.9,
        max_new_tokens=tokens,
        min_new_tokens=tokens,
    )
    prompt = f"{user_id}. {PROMPT}"
    return GenerationRequest(
        prompt=prompt, params=params, model=model, user_id=user_id, trace_top_n=10
    )


async def first_word_s(engine, request: GenerationRequest) -> tuple[float, float]:
    """Return the seconds to the first text and to the last token."""
    started_s, first_s = time.perf_counter(), None
    async for event in engine.stream(request):
        if first_s is None and isinstance(event, Progress):
            first_s = time.perf_counter() - started_s
    assert first_s is not None
    return first_s, time.perf_counter() - started_s


async def measure(options: argparse.Namespace) -> None:
    engine = create_engine(
        models=[options.model, options.other],
        data_dir=options.data_dir,
        batch_rows=32,
        max_queue=200,
    )
    await engine.start()
    one, other = (info.name for info in engine.models())
    for model in (one, other):
        await engine.generate(ask(model, 0, 2))
    alone = [await first_word_s(engine, ask(other, 99, 24)) for _ in range(options.tries)]
    written = 0

    async def go_on(user_id: int) -> None:
        nonlocal written
        while True:
            await engine.generate(ask(one, user_id, options.tokens))
            written += options.tokens

    crowd = [asyncio.create_task(go_on(user_id)) for user_id in range(1, PEOPLE + 1)]
    await asyncio.sleep(2)
    among, started_s, written = [], time.perf_counter(), 0
    for _ in range(options.tries):
        among.append(await first_word_s(engine, ask(other, 99, 24)))
        await asyncio.sleep(0.5)
    speed = written / (time.perf_counter() - started_s)
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    await engine.close()
    for name, tries in (("alone", alone), (f"among {PEOPLE}", among)):
        firsts, lasts = zip(*tries, strict=True)
        print(
            f"{name}: first word median {statistics.median(firsts):.3f} s, "
            f"worst {max(firsts):.3f} s; all {statistics.median(lasts):.2f} s"
        )
    print(f"the others meanwhile: {speed:.0f} tokens/s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("other")
    parser.add_argument("--data-dir", default=None)
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=60)
    asyncio.run(measure(parser.parse_args()))
