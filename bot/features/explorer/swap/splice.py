"""A text in which somebody put another word: what was written, the word, and what follows it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from bot.render.step import StepView, join_tokens
from bot.storage.records import StoredReply
from engine import Candidate, Step

_LEAST_PROB = 5e-324


def given_step(step: Step, candidate: Candidate) -> Step:
    """Return a step at which a person put a token, among its candidates from now on."""
    listed = any(c.token_id == candidate.token_id for c in step.candidates)
    raw = candidate.raw_prob
    return replace(
        step,
        chosen=candidate.token_id,
        surprisal_bits=-math.log2(raw) if raw else None,
        draw=None,
        candidates=step.candidates if listed else (*step.candidates, candidate),
        contrast=(),
        is_given=True,
    )


def _text_before(original: StoredReply, rest: StoredReply, tokens: Sequence[Candidate]) -> str:
    """Return what tokens add to the original's prompt, as the model reads them where it is known.

    Args:
        original: Its prefix is the beginning of the other's.
        rest: What goes on from the tokens.
        tokens: What the other's prefix has more.
    """
    short, long = original.completion.prefix_text, rest.completion.prefix_text
    if short is not None and long is not None and long.startswith(short):
        return long[len(short) :]
    return join_tokens([token.text for token in tokens])


def spliced(
    original: StoredReply, view: StepView, given: Sequence[Step], rest: StoredReply
) -> StoredReply:
    """Return the whole changed text, as if it had been asked for like the original.

    Its steps are counted from the beginning, so that each can be explained and changed again.

    Args:
        original: The text that is left.
        view: Its step, where the first given token stands instead.
        given: The steps that a person chose, at least one.
        rest: What was written behind them; its last attempt threw the original's dice.
    """
    done, written = original.completion, rest.completion.attempts[-1]
    old = done.attempts[view.attempt]
    steps = (*old.steps[: view.step], *given, *written.steps)
    before = [step.chosen_candidate for step in steps[: len(steps) - len(written.steps)]]
    logprob = sum(math.log(max(c.raw_prob, _LEAST_PROB)) for c in before) + written.raw_logprob
    attempt = replace(
        written,
        token_ids=(*(c.token_id for c in before), *written.token_ids),
        text=_text_before(original, rest, before) + written.text,
        logprob=logprob,
        score=logprob,
        steps=steps,
        die=done.die_of(view.attempt),
    )
    length = len(before) + rest.request.params.max_new_tokens
    extra = rest.request.params.sentence_end_tokens
    completion = replace(
        rest.completion,
        params=replace(done.params, max_new_tokens=length, sentence_end_tokens=extra),
        inactive=done.inactive,
        prompt_tokens=done.prompt_tokens,
        truncated_tokens=done.truncated_tokens,
        attempts=(attempt,),
        beams=None,
        prompt_ids=done.prompt_ids,
        prefix_text=done.prefix_text,
        control_tokens=done.control_tokens,
    )
    asked = replace(
        original.request,
        request_id=rest.request.request_id,
        user_id=rest.request.user_id,
        params=replace(original.request.params, max_new_tokens=length, sentence_end_tokens=extra),
    )
    return replace(rest, request=asked, completion=completion)
