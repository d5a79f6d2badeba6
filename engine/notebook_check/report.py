"""The comparison: what agrees, what does not, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.explain.loops import find_loop
from engine.notebook import facts
from engine.notebook_check import texts
from engine.notebook_check.numbers import Numbers, Question

PARAMETERS_TOLERANCE = 0.05
"""Millions: the notebook prints one decimal."""
PERCENT_TOLERANCE = 0.02
"""Percentage points: it prints two decimals, computed on another processor."""
LOGPROB_TOLERANCE = 0.05
"""Nats, of about a hundred tokens."""
SAME_PERCENT, SAME_LOGPROB = 1e-3, 5e-3
"""How far our engine and transformers may be from each other on one processor."""

Why = Literal["agrees", "other_model", "other_prompt", "unknown", "no_room", "unstored"]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A number of the notebook beside the model's own.

    Attributes:
        notebook: None where the notebook stores none.
        difference: Ours − the notebook's, or None where that is no number.
    """

    what: str
    notebook: str | None
    here: str
    difference: str | None
    why: Why

    @property
    def agrees(self) -> bool:
        """Tell whether there is nothing to explain."""
        return self.why in ("agrees", "unstored")


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Everything that was computed.

    Attributes:
        is_notebooks: Whether the model is the notebook's.
        is_exact_prompt: Whether somebody gave the prompt of the unicorns as the notebook has it.
        generated_ids: Of the table, by `generate()`.
        greedy_texts: Of each of our tokens of the table, decoded by itself.
    """

    is_notebooks: bool
    is_exact_prompt: bool
    parameters: int
    hidden_top_k: int
    question: Question
    ours: Numbers
    theirs: Numbers
    generated_ids: tuple[int, ...]
    greedy_texts: tuple[str, ...]


def lines(found: Findings) -> tuple[Line, ...]:
    """Compare each stored number with ours."""
    return (
        _parameters(found),
        *_first_choices(found),
        *_sums(found),
        _loop(found),
        _hidden_top_k(found),
    )


def disagreements(found: Findings) -> tuple[str, ...]:
    """Say where this engine and transformers do not give the same."""
    ours, theirs = found.ours, found.theirs
    said = []
    if ours.greedy_ids != theirs.greedy_ids:
        said.append(texts.OTHER_TABLE)
    if theirs.greedy_ids != found.generated_ids:
        said.append(texts.OTHER_GENERATED)
    pairs = zip(ours.greedy_percents, theirs.greedy_percents, strict=False)
    if any(abs(a - b) > SAME_PERCENT for a, b in pairs):
        said.append(texts.OTHER_PERCENTS)
    for name, own in ours.sums.items():
        reference = theirs.sums[name]
        label = texts.STRATEGIES[name]
        if own.ids != reference.ids:
            said.append(texts.OTHER_TEXT.format(strategy=label))
        elif (
            abs(own.whole - reference.whole) > SAME_LOGPROB
            or abs(own.as_notebook - reference.as_notebook) > SAME_LOGPROB
        ):
            said.append(texts.OTHER_SUM.format(strategy=label))
    return tuple(said)


def _why(found: Findings, is_same: bool, *, of_unicorns: bool = False) -> Why:
    if is_same:
        return "agrees"
    if not found.is_notebooks:
        return "other_model"
    return "other_prompt" if of_unicorns and not found.is_exact_prompt else "unknown"


def _parameters(found: Findings) -> Line:
    millions = found.parameters / 1e6
    difference = millions - facts.PARAMETERS_MILLIONS
    return Line(
        what=texts.PARAMETERS,
        notebook=texts.millions(facts.PARAMETERS_MILLIONS),
        here=texts.millions(millions),
        difference=texts.signed(difference, 1),
        why=_why(found, abs(difference) <= PARAMETERS_TOLERANCE),
    )


def _first_choices(found: Findings) -> Iterator[Line]:
    ours = found.ours
    for number, choice in enumerate(facts.FIRST_CHOICES, start=1):
        here, difference, is_same = texts.ENDED, None, False
        if number <= len(ours.greedy_ids):
            token = found.greedy_texts[number - 1].strip(" ")
            percent = ours.greedy_percents[number - 1]
            here = texts.choice(token, percent)
            if token == choice.token:
                difference = texts.signed(percent - choice.percent, 2)
                is_same = abs(percent - choice.percent) <= PERCENT_TOLERANCE
        yield Line(
            what=texts.STEP.format(number=number),
            notebook=texts.choice(choice.token, choice.percent),
            here=here,
            difference=difference,
            why=_why(found, is_same),
        )


def _sums(found: Findings) -> Iterator[Line]:
    for one in facts.WRITTEN:
        label = texts.STRATEGIES[one.name]
        as_notebook = texts.AS_NOTEBOOK.format(strategy=label)
        own = found.ours.sums.get(one.name)
        stored = texts.number(one.logprob, 2)
        if own is None:
            yield Line(
                what=as_notebook,
                notebook=stored,
                here=texts.NONE,
                difference=None,
                why="no_room",
            )
            continue
        difference = own.as_notebook - one.logprob
        is_same = abs(difference) <= LOGPROB_TOLERANCE
        yield Line(
            what=as_notebook,
            notebook=stored,
            here=texts.number(own.as_notebook, 2),
            difference=texts.signed(difference, 2),
            why=_why(found, is_same, of_unicorns=True),
        )
        yield Line(
            what=texts.WHOLE.format(strategy=label),
            notebook=None,
            here=texts.number(own.whole, 2),
            difference=None,
            why="unstored",
        )


def _loop(found: Findings) -> Line:
    own = found.ours.sums.get("greedy")
    loop = None if own is None else find_loop(own.ids)
    why: Why
    if own is None:
        here, why = texts.NONE, "no_room"
    elif loop is None:
        here, why = texts.NO_LOOP, _why(found, is_same=False, of_unicorns=True)
    else:
        here, why = texts.LOOP_FROM.format(token=loop.repeats_from + 1), "agrees"
    return Line(what=texts.REPEATS, notebook=texts.YES, here=here, difference=None, why=why)


def _hidden_top_k(found: Findings) -> Line:
    difference = found.hidden_top_k - facts.HIDDEN_TOP_K
    return Line(
        what=texts.HIDDEN,
        notebook=str(facts.HIDDEN_TOP_K),
        here=str(found.hidden_top_k),
        difference=texts.signed(difference, 0),
        why=_why(found, difference == 0),
    )
