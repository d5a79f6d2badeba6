"""A scripted engine whose first model is on a server: the same texts, and only a list told."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator
from dataclasses import replace

from engine import (
    Attempt,
    Capabilities,
    Completion,
    Done,
    Event,
    GenerationRequest,
    Listed,
    ListedStep,
    ModelInfo,
    RemoteFacts,
)
from engine.completions.pieces import ids_of
from tests.bot.scripted import ScriptedEngine

HOST = "modelos.example:8000"
TOP = 3
FACTS = RemoteFacts(
    host=HOST,
    base_url=f"http://{HOST}/v1",
    model="gpt-x",
    answered_as="gpt-x-2024",
    fingerprint=None,
    top_n=TOP,
    sent=("strategy", "max_new_tokens", "temperature"),
    unsent=("top_k", "plain_text"),
    is_seed_sent=True,
)


def listed_step(step) -> ListedStep:
    """Tell of a step what a server would: its best, and the chosen one behind them."""
    best = sorted(step.candidates, key=lambda c: c.raw_rank)[:TOP]
    chosen = step.chosen_candidate
    found = [Listed(text=c.text, prob=c.raw_prob, rank=c.raw_rank) for c in best]
    if chosen not in best:
        found.append(Listed(text=chosen.text, prob=chosen.raw_prob, rank=None))
    return ListedStep(
        text=chosen.text,
        logprob=math.log(chosen.raw_prob),
        candidates=tuple(found),
        rest=max(0.0, 1 - sum(one.prob for one in found)),
    )


def elsewhere(completion: Completion) -> Completion:
    """Return the same texts as a server's."""
    attempts = tuple(_attempt(attempt) for attempt in completion.attempts)
    return replace(
        completion,
        revision=None,
        precision="remote",
        device="remote",
        prompt_tokens=None,
        prompt_ids=(),
        attempts=attempts,
        remote=FACTS,
    )


def _attempt(attempt: Attempt) -> Attempt:
    steps = tuple(map(listed_step, attempt.steps))
    ids = tuple(token_id for step in steps for token_id in ids_of(step.data))
    return replace(attempt, steps=(), listed=steps, token_ids=ids or attempt.token_ids)


class ElsewhereEngine(ScriptedEngine):
    """Its default model is on a server."""

    def models(self) -> tuple[ModelInfo, ...]:
        first, *others = super().models()
        remote = replace(
            first,
            display_name="gpt-x",
            kind="remote",
            host=HOST,
            parameters=None,
            vocab_size=None,
            revision=None,
        )
        return (remote, *others)

    def capabilities(self, model: str | None = None) -> Capabilities:
        can = super().capabilities(model)
        if model not in {None, "guion"}:
            return can
        strategies = ("greedy", "sample")
        return replace(can, kind="remote", strategies=strategies, attention=False)

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        async for event in super().stream(request):
            is_end = isinstance(event, Done)
            yield Done(completion=elsewhere(event.completion)) if is_end else event
