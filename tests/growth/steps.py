"""How long the engine takes for a step, by the rows that run, and for a prompt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from itertools import count
from statistics import median

from bot.styles import DEFAULT, STYLES
from engine import DecodingParams, Engine, GenerationRequest, create_engine
from tests.growth.figures import Steps

ROWS = (1, 2, 4, 8, 16, 32)
_TOKENS = 40
_PROMPT = "Había una vez un unicornio que vivía en la montaña número {} y no hablaba con nadie"
_NUMBER = count()


async def measured(engine: Engine, repeats: int = 3) -> tuple[dict[int, float], dict[int, float]]:
    """Time some texts at once, as the bot asks for them; return the best, and with one token."""
    best: tuple[dict[int, float], dict[int, float]] = ({}, {})
    for _ in range(repeats):
        for rows in ROWS:
            for walls_s, tokens in zip(best, (_TOKENS, 1), strict=True):
                seconds = await _wall_s(engine, rows, tokens)
                walls_s[rows] = min(seconds, walls_s.get(rows, seconds))
    return best


async def _wall_s(engine: Engine, rows: int, tokens: int) -> float:
    began_s = time.perf_counter()
    await asyncio.gather(*(_follow(engine, next(_NUMBER), tokens) for _ in range(rows)))
    return time.perf_counter() - began_s


async def _follow(engine: Engine, number: int, tokens: int) -> None:
    settings = {
        **STYLES[DEFAULT].settings,
        "max_new_tokens": tokens,
        "sentence_end_tokens": 0,
    }
    request = GenerationRequest(
        prompt=_PROMPT.format(number),
        params=DecodingParams(**settings),
        seed=number,
        user_id=number,
        trace_top_n=10,
    )
    async for _ in engine.stream(request):
        pass


def steps_of(walls_s: Mapping[int, float], prompts_s: Mapping[int, float]) -> Steps:
    """Return what a step takes, and a prompt.

    Args:
        walls_s: Rows → seconds for so many texts of `_TOKENS` tokens, begun at once.
        prompts_s: Rows → seconds for as many of one token.
    """
    points = tuple(
        (rows, (walls_s[rows] - prompts_s[rows]) / (_TOKENS - 1)) for rows in sorted(walls_s)
    )
    prompt_s = median((prompts_s[rows] - step_s) / rows for rows, step_s in points)
    return Steps(points=points, prompt_s=prompt_s)


async def measured_steps() -> Steps:
    """Measure the model that ships."""
    engine = create_engine(models=("unicornio-9m",), batch_rows=max(ROWS), max_queue=100)
    await engine.start()
    try:
        await measured(engine, 1)
        return steps_of(*await measured(engine))
    finally:
        await engine.close()
