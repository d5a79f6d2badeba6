"""The duel: one prompt under the strategies of the lesson, and the measures of each result."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from engine.decoding_params import DecodingParams
from engine.explain.loops import Loop, distinct, find_loop, repetition_rate
from engine.trace import Attempt, Completion
from engine.values import Value

RANKED_SAMPLES = 5
"""As many samples as the beam search has beams."""


@dataclass(frozen=True, kw_only=True)
class Contender(Value):
    """A strategy of the duel; `name` is stable and callers word it."""

    name: str
    params: DecodingParams


@dataclass(frozen=True, kw_only=True)
class Measures(Value):
    """What one result is compared by.

    Attributes:
        logprob: Raw log-probability of all new tokens, nats.
        logprob_per_token: The same over the number of tokens.
        notebook_logprob: Without the first new token, as the notebook of the lesson sums it; None
            without steps, or where the model rules that token out.
        repetition: Share of 4-grams that had been there before.
        distinct_1: Share of different tokens.
        distinct_2: Share of different pairs.
        milliseconds: Reading the prompt and writing, without the wait in the queue.
        raw_probs: Raw probability of each new token; () without steps.
        excess_bits: How much more the tokens surprise the model than it expected, bits per token:
            the mean of surprisal − entropy, near 0 for what it would draw itself (Meister et al.,
            2023, «Locally typical sampling»); None without steps.
    """

    tokens: int
    logprob: float
    logprob_per_token: float
    notebook_logprob: float | None
    repetition: float
    distinct_1: float
    distinct_2: float
    milliseconds: float
    raw_probs: tuple[float, ...]
    excess_bits: float | None
    loop: Loop | None


def contenders(max_new_tokens: int, bad_words: tuple[str, ...] = ()) -> tuple[Contender, ...]:
    """Return the strategies of the lesson; their values are those of its notebook.

    Every filter that is not named is off: the notebook's hidden top-k of 50 is not there. What the
    notebook does not have: min-p; sample-and-rank, whose first sample throws the die of
    `sample_cold`, so that what the ranking adds is seen; and contrastive search with the values of
    its paper. That one comes last: it runs outside a batch, and whoever waits behind it would not
    run together with the others.

    Args:
        max_new_tokens: The same for all.
        bad_words: The installation's word list.
    """
    base = DecodingParams(max_new_tokens=max_new_tokens, bad_words=bad_words)
    beam = replace(base, strategy="beam", num_beams=5)
    sample = replace(base, strategy="sample")
    params = {
        "greedy": base,
        "beam": beam,
        "beam_ngram": replace(beam, no_repeat_ngram_size=2),
        "sample_cold": replace(sample, temperature=0.75),
        "sample_hot": replace(sample, temperature=2.0),
        "top_k": replace(sample, top_k=200),
        "top_p": replace(sample, top_p=0.5),
        "min_p": replace(sample, min_p=0.05),
        "sample_and_rank": replace(
            sample, strategy="sample_and_rank", temperature=0.75, attempts=RANKED_SAMPLES
        ),
        "contrastive": replace(base, strategy="contrastive", penalty_alpha=0.6, top_k=4),
    }
    return tuple(Contender(name=name, params=p) for name, p in params.items())


def measure(completion: Completion, attempt: int = 0) -> Measures:
    """Measure one attempt of an answer; with steps where `trace_top_n` was above 0."""
    result = completion.attempts[attempt]
    tokens = result.token_ids
    return Measures(
        tokens=len(tokens),
        logprob=result.raw_logprob,
        logprob_per_token=result.raw_logprob / max(1, len(tokens)),
        notebook_logprob=_notebook_logprob(result),
        repetition=repetition_rate(tokens),
        distinct_1=distinct(tokens, 1),
        distinct_2=distinct(tokens, 2),
        milliseconds=1000 * (completion.prefill_s + completion.decode_s),
        raw_probs=tuple(step.chosen_candidate.raw_prob for step in result.steps),
        excess_bits=_excess_bits(result),
        loop=find_loop(tokens),
    )


def _excess_bits(attempt: Attempt) -> float | None:
    """Leave aside the tokens that the model rules out: their surprise has no number."""
    found = [
        step.surprisal_bits - step.entropy_bits
        for step in attempt.steps
        if step.surprisal_bits is not None
    ]
    return sum(found) / len(found) if found else None


def _notebook_logprob(attempt: Attempt) -> float | None:
    """Leave out the first new token.

    The notebook shifts the log-probabilities by one, to line them up with the tokens, and then
    cuts the prompt off as if it had not: one token too many goes.
    """
    first_bits = attempt.steps[0].surprisal_bits if attempt.steps else None
    return None if first_bits is None else attempt.raw_logprob + first_bits * math.log(2)
