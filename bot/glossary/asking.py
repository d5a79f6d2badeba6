"""What an example may ask of the engine, and how tokens and texts are named in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.glossary import texts
from bot.glossary.formula_chart import FormulaBar, FormulaChart
from bot.render.markdown import clip, escape
from bot.render.numbers import integer
from bot.render.step import join_tokens, surprisal, token_label
from bot.render.tokens import visible
from bot.texts import common
from engine import (
    Candidate,
    Completion,
    DecodingParams,
    Engine,
    EngineError,
    GenerationRequest,
    ModelInfo,
    ScoreRequest,
    Step,
)
from engine.explain import Attention, AttentionRequest

DEADLINE_S = 20.0
"""After that the model is busy, and the reader is told so."""
TOP = 3
SEED = 7
_TRACED = 6
_TEXT_LIMIT = 80


@dataclass(frozen=True, kw_only=True)
class Example:
    """A term's numbers.

    Attributes:
        text: Markdown.
        chart: The formula as a picture, where it helps.
    """

    text: str
    chart: FormulaChart | None = None


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Asks the engine small questions, for one person and one model.

    Attributes:
        info: The model.
        user_id: Takes turns with the other people's requests.
        bad_words: The installation's word list: what is written keeps to it.
    """

    engine: Engine
    info: ModelInfo
    user_id: int
    bad_words: tuple[str, ...]

    async def steps(self, prompt: str, continuation: str, **settings: Any) -> tuple[Step, ...]:
        """Read a text that is given, with its best candidates, by raw rank.

        Raises:
            EngineError: unsupported where a token reaches over the end of the prompt, so that
                nothing can be said of what comes behind it; otherwise as `Engine.score`.
        """
        steps = await self.engine.score(
            ScoreRequest(
                prompt=prompt,
                continuation=continuation,
                # One token: the prompt is not cut to leave room for more.
                params=DecodingParams(max_new_tokens=1, **settings),
                model=self.info.name,
                trace_top_n=_TRACED,
                user_id=self.user_id,
                deadline_s=DEADLINE_S,
            )
        )
        read = join_tokens([step.chosen_candidate.text for step in steps])
        if read.strip() != continuation.strip():
            raise EngineError("unsupported", model=self.info.name)
        return steps

    async def step(self, prompt: str, continuation: str, **settings: Any) -> Step:
        """Read the first token of a continuation."""
        return (await self.steps(prompt, continuation, **settings))[0]

    async def write(
        self, prompt: str, tokens: int, seed: int = SEED, **settings: Any
    ) -> Completion:
        """Write a few tokens.

        Raises:
            EngineError: As `Engine.generate`.
        """
        params = DecodingParams(max_new_tokens=tokens, bad_words=self.bad_words, **settings)
        return await self.engine.generate(
            GenerationRequest(
                prompt=prompt,
                params=params,
                model=self.info.name,
                seed=seed,
                trace_top_n=_TRACED,
                user_id=self.user_id,
                deadline_s=DEADLINE_S,
            )
        )

    async def attention(self, ids: Sequence[int]) -> Attention:
        """Ask who looks at whom, the mean of every layer.

        Raises:
            EngineError: As `Engine.explain`.
        """
        return await self.engine.explain(
            AttentionRequest(
                context_ids=tuple(ids),
                model=self.info.name,
                user_id=self.user_id,
                deadline_s=DEADLINE_S,
            )
        )


def best(step: Step, count: int = TOP) -> list[Candidate]:
    """Return the most probable candidates, those without any probability left out."""
    ranked = sorted(step.candidates, key=lambda candidate: candidate.raw_rank)
    return [candidate for candidate in ranked[:count] if candidate.raw_prob > 0]


def logprob(step: Step) -> float:
    """Return the raw log-probability of the token that came out, nats."""
    return -surprisal(step) * math.log(2)


def surprise_bits(prob: float) -> float:
    """Return the surprise of a probability above 0."""
    return -math.log2(prob)


def token(text: str) -> str:
    """Name a token in a sentence."""
    return texts.QUOTED.format(text=escape(token_label(text)))


def quoted(text: str) -> str:
    """Quote a text in a sentence; a long one loses its end."""
    line = " ".join(visible(text).split())
    return texts.QUOTED.format(text=escape(clip(line, _TEXT_LIMIT))) if line else texts.NOTHING


def tokens(count: int) -> str:
    """Say «1 token», «5 tokens»."""
    return common.tokens(integer(count))


def listed(parts: Iterable[str]) -> str:
    """Join parts that may have commas of their own."""
    return "; ".join(parts)


def bars(candidates: Iterable[Candidate], *, is_final: bool = False) -> tuple[FormulaBar, ...]:
    """Return a bar for each candidate; of raw shares, those that a filter takes are marked."""
    return tuple(
        FormulaBar(
            label=token_label(candidate.text),
            share=candidate.final_prob if is_final else candidate.raw_prob,
            is_removed=not is_final and candidate.removed_by is not None,
        )
        for candidate in candidates
    )
