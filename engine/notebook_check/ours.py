"""The numbers as this engine computes them, through its public interface."""

from __future__ import annotations

from engine.api import Engine
from engine.decoding_params import DecodingParams
from engine.explain.compare import measure
from engine.notebook import facts
from engine.notebook_check.numbers import Numbers, Question, TextSum
from engine.requests import GenerationRequest


async def our_numbers(engine: Engine, question: Question) -> Numbers:
    """Ask a started engine, whose first model is meant.

    Raises:
        EngineError: As `Engine.generate`.
    """
    table = await engine.generate(
        GenerationRequest(
            prompt=facts.LOVE_PROMPT,
            params=DecodingParams(max_new_tokens=facts.GREEDY_STEPS),
            trace_top_n=facts.GREEDY_CHOICES,
        )
    )
    chosen = [step.chosen_candidate for step in table.attempts[0].steps]
    sums = {}
    if question.room > 0:
        sums = {one.name: await _sum(engine, question, one) for one in facts.WRITTEN}
    return Numbers(
        greedy_ids=table.attempts[0].token_ids,
        greedy_percents=tuple(100 * candidate.raw_prob for candidate in chosen),
        sums=sums,
    )


async def _sum(engine: Engine, question: Question, one: facts.Written) -> TextSum:
    completion = await engine.generate(
        GenerationRequest(
            prompt=question.unicorns,
            params=DecodingParams(
                strategy="beam" if one.num_beams > 1 else "greedy",
                max_new_tokens=question.room,
                num_beams=one.num_beams,
                no_repeat_ngram_size=one.no_repeat_ngram_size,
            ),
            trace_top_n=1,
        )
    )
    measures = measure(completion)
    # None only where the model rules a token out, which it has just chosen.
    assert measures.notebook_logprob is not None
    return TextSum(
        ids=completion.attempts[0].token_ids,
        whole=measures.logprob,
        as_notebook=measures.notebook_logprob,
    )
