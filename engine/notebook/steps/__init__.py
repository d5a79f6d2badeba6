"""The steps of the lesson, in order, with the notebook's numbers."""

from __future__ import annotations

from collections.abc import Mapping

from engine.notebook import facts
from engine.notebook.numbers import comma
from engine.notebook.step import Step
from engine.notebook.steps import closing, drawing, searching, slides

_TREE_STEPS = 3
_DRAWN: Mapping[str, facts.Sampled] = {one.name: one for one in facts.SAMPLED}


def steps() -> tuple[Step, ...]:
    """Return the steps; each one's code needs what stands before it."""
    first = repr([(choice.token, choice.percent) for choice in facts.FIRST_CHOICES])
    beam, beam_ngram = facts.written("beam"), facts.written("beam_ngram")
    temperatures = [_DRAWN[name].temperature for name in ("sample_hot", "sample_cold")]
    top_k = _DRAWN["top_k"].top_k
    assert top_k is not None
    return (
        slides.FAMILIES,
        slides.model_step(facts.MODEL, comma(facts.PARAMETERS_MILLIONS)),
        slides.greedy_by_hand(facts.GREEDY_STEPS, facts.GREEDY_CHOICES, first),
        slides.GREEDY,
        searching.unicorns(facts.MAX_LENGTH),
        searching.logprob(facts.written("greedy").logprob),
        searching.beam(beam.num_beams, beam.logprob, _TREE_STEPS),
        searching.beam_ngram(
            beam_ngram.num_beams, beam_ngram.no_repeat_ngram_size, beam_ngram.logprob
        ),
        drawing.temperature(temperatures),
        drawing.distribution((1.0, *temperatures), top_k, _DRAWN["top_p"].top_p),
        drawing.top_k(top_k),
        drawing.top_p(_DRAWN["top_p"].top_p),
        drawing.torch_die([_as_generate(one) for one in facts.SAMPLED]),
        closing.GUESS,
        closing.DUEL,
    )


def _as_generate(one: facts.Sampled) -> dict[str, float | int]:
    """Return the notebook's settings under `generate`'s names; what it does not name, neither."""
    named: dict[str, float | int] = {}
    if one.temperature != 1:
        named["temperature"] = one.temperature
    if one.top_k is not None:
        named["top_k"] = one.top_k
    if one.top_p != 1:
        named["top_p"] = one.top_p
    return named
