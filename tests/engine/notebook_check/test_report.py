"""What counts as the same, and which reason is given for what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.notebook import facts
from engine.notebook_check.numbers import Numbers, Question, TextSum
from engine.notebook_check.printing import printed
from engine.notebook_check.report import (
    LOGPROB_TOLERANCE,
    PERCENT_TOLERANCE,
    Findings,
    disagreements,
    lines,
)

IDS = tuple(range(10, 10 + facts.GREEDY_STEPS))
SUMS = {
    one.name: TextSum(ids=(1, 2, 3) * 4, whole=one.logprob - 1.5, as_notebook=one.logprob)
    for one in facts.WRITTEN
}
NUMBERS = Numbers(
    greedy_ids=IDS,
    greedy_percents=(*(choice.percent for choice in facts.FIRST_CHOICES), *[1.0] * 8),
    sums=SUMS,
)
SAME = Findings(
    is_notebooks=True,
    is_exact_prompt=True,
    parameters=round(facts.PARAMETERS_MILLIONS * 1e6),
    hidden_top_k=facts.HIDDEN_TOP_K,
    question=Question(unicorns="…", prompt_tokens=30, max_length=128),
    ours=NUMBERS,
    theirs=NUMBERS,
    generated_ids=IDS,
    greedy_texts=tuple(" " + choice.token for choice in facts.FIRST_CHOICES) + ("",) * 8,
)
SUM_LINES = {"greedy": 5, "beam": 7, "beam_ngram": 9}


def with_sum(name: facts.StrategyName, shift: float) -> Numbers:
    own = replace(SUMS[name], as_notebook=SUMS[name].as_notebook + shift)
    return replace(NUMBERS, sums={**SUMS, name: own})


def whys(found: Findings) -> list[str]:
    return [line.why for line in lines(found)]


def test_the_notebooks_own_numbers_agree():
    assert all(line.agrees for line in lines(SAME))
    assert disagreements(SAME) == ()
    assert "Todo sale igual" in printed(SAME, "modelo", "abc")


@pytest.mark.parametrize("name", SUM_LINES)
@pytest.mark.parametrize(("share", "why"), [(0.9, "agrees"), (-0.9, "agrees"), (1.1, "unknown")])
def test_a_sum_may_differ_by_the_tolerance(name, share, why):
    numbers = with_sum(name, share * LOGPROB_TOLERANCE)
    found = whys(replace(SAME, ours=numbers, theirs=numbers))
    assert found.pop(SUM_LINES[name]) == why
    assert set(found) == {"agrees", "unstored"}


@pytest.mark.parametrize("step", range(len(facts.FIRST_CHOICES)))
@pytest.mark.parametrize(("share", "why"), [(0.9, "agrees"), (-1.1, "unknown")])
def test_a_chance_may_differ_by_the_tolerance(step, share, why):
    percents = list(NUMBERS.greedy_percents)
    percents[step] += share * PERCENT_TOLERANCE
    numbers = replace(NUMBERS, greedy_percents=tuple(percents))
    assert whys(replace(SAME, ours=numbers))[1 + step] == why


def test_another_token_is_no_agreement_whatever_its_chance():
    found = replace(SAME, greedy_texts=("Esta", *SAME.greedy_texts[1:]))
    line = lines(found)[1]
    assert (line.why, line.difference) == ("unknown", None)
    assert "Esta" in line.here


@pytest.mark.parametrize(
    ("is_notebooks", "is_exact", "why"),
    [(True, True, "unknown"), (True, False, "other_prompt"), (False, False, "other_model")],
)
def test_the_reason_for_a_sum(is_notebooks, is_exact, why):
    found = replace(
        SAME,
        is_notebooks=is_notebooks,
        is_exact_prompt=is_exact,
        ours=with_sum("greedy", 1.0),
        hidden_top_k=0,
    )
    assert whys(found)[SUM_LINES["greedy"]] == why
    # The prompt of the unicorns is no reason for what does not read it.
    assert whys(found)[-1] == ("other_model" if why == "other_model" else "unknown")
    said = printed(found, "modelo", "abc")
    assert ("--unicorn-prompt" in said) == (why == "other_prompt")
    assert ("--is-notebook-model" in said) == (why == "other_model")


@pytest.mark.parametrize(
    "change",
    [
        {"generated_ids": (*IDS[:-1], 0)},
        {"ours": replace(NUMBERS, greedy_ids=(*IDS[:-1], 0))},
        {"ours": replace(NUMBERS, greedy_percents=(38.3, *NUMBERS.greedy_percents[1:]))},
        {"ours": with_sum("beam", 0.01)},
        {"theirs": replace(NUMBERS, sums={**SUMS, "beam": replace(SUMS["beam"], ids=(1,))})},
    ],
)
def test_engine_and_transformers_have_to_agree(change):
    found = replace(SAME, **change)
    assert len(disagreements(found)) == 1
    assert "no dan lo mismo" in printed(found, "modelo", "abc")
