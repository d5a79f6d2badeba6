"""Completions whose tokens are given by their numbers."""

from engine import Attempt, Candidate, Completion, DecodingParams, Rest, Step

TEXTS = {1: " la", 2: " vida", 3: "\n", 4: "⟨F0⟩⟨9F⟩", 5: "⟨A6⟩⟨84⟩", 6: "**@everyone**", 7: " "}


def attempt(ids, *, is_traced=True, logprob=-1.0):
    """Write those tokens."""
    steps = tuple(
        Step(
            chosen=i,
            entropy_bits=1,
            surprisal_bits=1,
            final_entropy_bits=1,
            draw=None,
            candidates=(
                Candidate(
                    token_id=i,
                    text=TEXTS.get(i, f" t{i}"),
                    raw_prob=0.5,
                    raw_rank=1,
                    final_prob=0.5,
                ),
            ),
            stages=(),
            rest=Rest(count=0, raw_mass=0, final_mass=0),
        )
        for i in ids
    )
    return Attempt(
        token_ids=tuple(ids),
        text="x",
        logprob=logprob,
        score=logprob,
        finish_reason="length",
        steps=steps if is_traced else (),
    )


def completion(*attempts, params=None):
    return Completion(
        request_id="f" * 32,
        model="m",
        revision=None,
        precision="exact",
        device="cpu",
        seed=7,
        params=params or DecodingParams(),
        inactive=(),
        prompt_tokens=1,
        truncated_tokens=0,
        queue_s=0,
        prefill_s=0,
        decode_s=0,
        attempts=attempts,
    )
