"""A step whose numbers fit together, and a view of the steps of a text."""

from bot.render.step import StepView, join_tokens
from engine import Attempt, BeamTree, Candidate, Completion, DecodingParams, Draw, Rest, Stage, Step

VOCABULARY = 262_144


TOP_P = DecodingParams(strategy="sample", top_p=0.9)


def stage(name: str, kind: str, kept: int, removed: int, mass: float, raw: float) -> Stage:
    return Stage(
        name=name,
        kind=kind,
        tokens_kept=kept,
        tokens_removed=removed,
        mass_kept=mass,
        mass_removed=1 - mass,
        raw_mass=raw,
    )


WHOLE = stage("vocabulary", "reshape", VOCABULARY, 0, 1.0, 1.0)


NUCLEUS = stage("top_p", "cut", 41, VOCABULARY - 41, 0.9, 0.9)


DRAW = stage("draw", "cut", 1, 40, 0.09, 0.081)


AMOR = Candidate(token_id=1, text=" amor", raw_prob=0.225, raw_rank=1, final_prob=0.25)


LUZ = Candidate(token_id=2, text=" luz", raw_prob=0.171, raw_rank=2, final_prob=0.19)


MAR = Candidate(token_id=3, text=" mar", raw_prob=0.108, raw_rank=3, final_prob=0.12)


VIDA = Candidate(token_id=4, text=" vida", raw_prob=0.081, raw_rank=4, final_prob=0.09)


STEP = Step(
    chosen=4,
    entropy_bits=5.21,
    surprisal_bits=3.63,
    final_entropy_bits=4.1,
    draw=Draw(u=0.553, low=0.5, high=0.59),
    candidates=(AMOR, LUZ, MAR, VIDA),
    stages=(WHOLE, NUCLEUS, DRAW),
    rest=Rest(count=VOCABULARY - 4, raw_mass=0.415, final_mass=0.35),
)


def view_of(
    *steps: Step,
    at: int = 0,
    prompt: str = "El amor es eterno.",
    params: DecodingParams = TOP_P,
    candidates: int = 5,
    attempts: int = 1,
    attempt: int = 0,
    beams: BeamTree | None = None,
    **fields: object,
) -> StepView:
    one = Attempt(
        token_ids=tuple(step.chosen for step in steps),
        text=join_tokens([step.chosen_candidate.text for step in steps]),
        logprob=-12.3,
        score=-12.3,
        finish_reason="length",
        steps=steps,
    )
    values = {
        "request_id": "0" * 32,
        "model": "gemma-3-270m (Q4_K_M)",
        "revision": "a5fd3b62c0ffee",
        "precision": "exact",
        "device": "cpu",
        "seed": 7,
        "params": params,
        "inactive": (),
        "prompt_tokens": 5,
        "truncated_tokens": 0,
        "queue_s": 0.0,
        "prefill_s": 0.0,
        "decode_s": 0.0,
        "attempts": (one,) * attempts,
        "beams": beams,
    } | fields
    return StepView(
        before=prompt,
        completion=Completion(**values),
        attempt=attempt,
        step=at,
        candidates=candidates,
    )
