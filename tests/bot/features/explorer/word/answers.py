"""Answers to «¿por qué no?», and the step that they are about."""

from bot.render.step import StepView
from engine import Attempt, Candidate, Completion, DecodingParams, Rest, Stage, Step
from engine.explain import Spelling, Suggestion, TokenFate, WhyNot

TOP_P = Suggestion(setting="top_p", value=0.93, notches=3, odds=0.0021)


def candidate(token_id, text, raw=0.03, rank=7, final=0.0, removed_by=None):
    return Candidate(
        token_id=token_id,
        text=text,
        raw_prob=raw,
        raw_rank=rank,
        final_prob=final,
        removed_by=removed_by,
    )


AMOR = candidate(0, " amor", 0.33, 1, 0.363)


def fate(token, verdict, *, winner=AMOR, draw=None, interval=None):
    return TokenFate(
        token=token,
        verdict=verdict,
        winner=winner,
        draw=draw,
        interval=interval,
        is_penalised=verdict == "penalised",
    )


def spelling(*fates, verdict=None, suggestions=(), odds=0.0):
    raw = 1.0
    for one in fates:
        raw *= one.token.raw_prob
    return Spelling(
        text="".join(one.token.text for one in fates),
        verdict=verdict or (fates[0].verdict if len(fates) == 1 else "several_tokens"),
        tokens=fates,
        raw_prob=raw,
        odds=odds,
        suggestions=suggestions,
    )


def answer(*spellings):
    return WhyNot(word=spellings[0].text.strip(), spellings=spellings)


MAR = candidate(2, " mar", removed_by="top_p")


CUT = answer(spelling(fate(MAR, "filter"), suggestions=(TOP_P,)))


def step_of(token=AMOR):
    def stage(name, kept):
        return Stage(
            name=name,
            kind="cut",
            tokens_kept=kept,
            tokens_removed=16 - kept,
            mass_kept=0.9,
            mass_removed=0.1,
            raw_mass=0.9,
        )

    return Step(
        chosen=token.token_id,
        entropy_bits=2.8,
        surprisal_bits=1.6,
        final_entropy_bits=2.3,
        draw=None,
        candidates=(token,),
        stages=(stage("top_p", 6), stage("top_k", 1)),
        rest=Rest(count=15, raw_mass=0.67, final_mass=0.637),
    )


def view_of(*tokens, **params):
    """A step of which `tokens` were written, this one first."""
    tokens = tokens or (AMOR,)
    attempt = Attempt(
        token_ids=tuple(token.token_id for token in tokens),
        text="",
        logprob=-1.0,
        score=-1.0,
        finish_reason="length",
        steps=tuple(step_of(token) for token in tokens),
    )
    done = Completion(
        request_id="0" * 32,
        model="guion",
        revision=None,
        precision="exact",
        device="cpu",
        seed=7,
        params=DecodingParams(**params),
        inactive=(),
        prompt_tokens=1,
        truncated_tokens=0,
        queue_s=0,
        prefill_s=0,
        decode_s=0,
        attempts=(attempt,),
        prompt_ids=(1,),
    )
    return StepView(before="El", completion=done, attempt=0, step=0, candidates=5)
