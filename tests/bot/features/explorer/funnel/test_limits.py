"""The funnel of any step: inside Discord's limits, and drawable."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.explorer.funnel.chart import funnel_chart
from bot.features.explorer.funnel.words import (
    funnel_alt,
    funnel_chart_of,
    funnel_sentences,
    funnel_title,
)
from bot.render.alt import ALT_LIMIT
from bot.render.markdown import fits
from engine import STRATEGIES, Candidate, DecodingParams, Draw, Rest, Step
from tests.bot.lesson import stage, view_of
from tests.bot.render.pictures import pixels

CUTS = (
    "no_repeat_ngram_size",
    "bad_words",
    "min_new_tokens",
    "top_h",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "epsilon_cutoff",
    "eta_cutoff",
)
PARAMS = st.builds(
    DecodingParams,
    strategy=st.sampled_from(STRATEGIES),
    temperature=st.floats(0.01, 5),
    top_k=st.integers(0, 300_000),
    top_p=st.floats(0.0001, 1),
    typical_p=st.floats(0.0001, 1),
    min_p=st.floats(0, 1),
    epsilon_cutoff=st.floats(0, 0.9999),
    eta_cutoff=st.floats(0, 0.9999),
    repetition_penalty=st.floats(0.1, 10),
    no_repeat_ngram_size=st.integers(0, 10),
    min_new_tokens=st.integers(0, 4096),
    top_h=st.floats(0.0001, 1),
)


@st.composite
def views(draw):
    """Return a step with any stages, tokens and masses, and sampling or not."""
    size = draw(st.integers(1, 300_000))
    left, stages = size, [stage("vocabulary", "reshape", size, 0, 1.0, 1.0)]
    for name in ("repetition_penalty", *CUTS[:3], "temperature", *CUTS[3:]):
        if not draw(st.booleans()):
            continue
        if name in {"repetition_penalty", "temperature"}:
            stages.append(stage(name, "reshape", left, 0, 1.0, 1.0))
            continue
        kept = draw(st.integers(1, left))
        mass = 1.0 if kept == left else draw(st.floats(0, 1))
        stages.append(stage(name, "cut", kept, left - kept, mass, mass))
        left = kept
    prob = draw(st.floats(0, 1))
    chosen = Candidate(
        token_id=0, text=draw(st.text(max_size=40)), raw_prob=prob, raw_rank=1, final_prob=prob
    )
    other = replace(chosen, token_id=1, raw_rank=2, final_prob=draw(st.floats(0, 1)))
    step = Step(
        chosen=0,
        entropy_bits=1.0,
        surprisal_bits=1.0,
        final_entropy_bits=1.0,
        draw=draw(st.sampled_from([None, Draw(u=0.4, low=0.2, high=0.6)])),
        candidates=(chosen, other),
        stages=(*stages, stage("draw", "cut", 1, left - 1, prob, prob)),
        rest=Rest(count=max(0, size - 2), raw_mass=0.0, final_mass=0.0),
    )
    return view_of(step, params=draw(PARAMS), prompt="Hola")


@settings(max_examples=60, deadline=None)
@given(views())
def test_any_step_fits_discord(view):
    assert fits(funnel_title(view) + funnel_sentences(view), 3000)
    assert fits(funnel_alt(funnel_chart_of(view)), ALT_LIMIT)


@settings(max_examples=25, deadline=None)
@given(views())
def test_any_step_can_be_drawn(view):
    png = funnel_chart(funnel_chart_of(view))
    assert len(png) <= 100_000
    assert pixels(png).shape[1] == 700
