"""Fifty users at once on the model that ships: each gets what they would get alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest

from engine import (
    STRATEGIES,
    Attempt,
    Completion,
    DecodingParams,
    Done,
    EngineError,
    GenerationRequest,
    Progress,
    Step,
    create_engine,
)
from engine.bench.near_ties import NEAR_TIE, compare
from engine.embedded import blocked_words

USERS = 50
TOKENS = 20
VOCABULARY = 8192
LONG = "Caminante, no hay camino, se hace camino al andar. " * 12
PROMPTS = (
    "Había una vez un unicornio que",
    "La",
    "En un hallazgo impactante, un científico descubrió una manada de unicornios en los Andes.",
    "El amor es eterno mientras dura. ",
    "—¿Quién es usted? —preguntó",
    LONG,
    # Longer than the model can look at.
    LONG * 4,
)
SETTINGS: tuple[dict[str, object], ...] = (
    {},
    {"repetition_penalty": 1.3, "no_repeat_ngram_size": 3, "min_new_tokens": 12},
    {"bad_words": blocked_words(), "stop": (".", " que ")},
    {"strategy": "sample", "attempts": 3},
    {"strategy": "sample", "temperature": 0.8, "top_p": 0.9, "bad_words": ("un", "de la", "el")},
    {"strategy": "sample", "temperature": 1.4, "top_k": 40, "attempts": 2},
    {"strategy": "sample", "typical_p": 0.9, "stop": (",", "\n")},
    {"strategy": "sample", "min_p": 0.05, "repetition_penalty": 1.2},
    {"strategy": "sample", "temperature": 1.2, "top_h": 0.6, "min_new_tokens": 8},
    {"strategy": "sample", "epsilon_cutoff": 0.003, "no_repeat_ngram_size": 2},
    {"strategy": "sample", "eta_cutoff": 0.002},
    {"strategy": "sample", "temperature": 0.0},
    {"strategy": "sample_and_rank", "temperature": 0.9, "attempts": 4},
    {"strategy": "beam", "num_beams": 4, "attempts": 2, "no_repeat_ngram_size": 2},
    {"strategy": "beam", "num_beams": 3, "length_penalty": -1.0, "early_stopping": True},
    {"strategy": "beam_sample", "num_beams": 3, "attempts": 2, "top_p": 0.95},
    {"strategy": "contrastive", "top_k": 4, "penalty_alpha": 0.6},
    {"strategy": "diverse_beam", "num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 1.0},
)


@dataclass(frozen=True)
class User:
    """Somebody's request, and when they come and go.

    Attributes:
        wave: Who comes later than the first wave comes while others write.
        patience: Tokens after which they cancel; None for who waits.
    """

    request: GenerationRequest
    wave: int = 0
    patience: int | None = None


def crowd() -> list[User]:
    users = []
    for n in range(USERS):
        params = DecodingParams(max_new_tokens=TOKENS, **SETTINGS[n % len(SETTINGS)])
        # Without its tree nobody can tell where two beam searches part.
        is_traced = params.is_beam or n % 3 != 0
        is_leaving = n % 7 == 3
        if is_leaving:
            params = replace(params, max_new_tokens=3 * TOKENS)
        request = GenerationRequest(
            prompt=PROMPTS[n % len(PROMPTS)],
            params=params,
            seed=n,
            user_id=n,
            trace_top_n=10 if is_traced else 0,
            prefix_ids=(500, 600, 700) if n % 5 == 1 else (),
            deadline_s={4: 120.0, 5: 0.4}.get(n % 11),
        )
        users.append(User(request, wave=n % 3, patience=4 if is_leaving else None))
    return users


class Queue:
    """The order in which the users come: a wave follows when the one before has text."""

    def __init__(self) -> None:
        self._has_text = [asyncio.Event() for _ in range(4)]
        self._has_text[0].set()

    async def come(self, wave: int) -> None:
        await self._has_text[wave].wait()

    def text_came(self, wave: int) -> None:
        self._has_text[wave + 1].set()


async def visit(engine, queue: Queue, user: User) -> Completion | EngineError:
    await queue.come(user.wave)
    try:
        async for event in engine.stream(user.request):
            if isinstance(event, Progress):
                queue.text_came(user.wave)
                if user.patience is not None and event.tokens >= user.patience:
                    engine.cancel(user.request.request_id)
            if isinstance(event, Done):
                return event.completion
    except EngineError as error:
        return error
    raise AssertionError("a stream without an end")


async def run_together(users: list[User]) -> tuple[list[Completion | EngineError], int]:
    """Return everybody's outcome, and how many ran at once at most."""
    engine = create_engine(models=["embedded"], device="cpu", batch_rows=32, max_queue=500)
    await engine.start()
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, engine.stats().running)
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    try:
        queue = Queue()
        outcomes = await asyncio.gather(*(visit(engine, queue, user) for user in users))
        stats = engine.stats()
        assert (stats.queued, stats.running) == (0, 0)
    finally:
        watching.cancel()
        await engine.close()
    return outcomes, most


async def run_alone(requests: list[GenerationRequest]) -> list[Completion]:
    engine = create_engine(models=["embedded"], device="cpu", batch_rows=1)
    await engine.start()
    try:
        return [await engine.generate(replace(item, deadline_s=None)) for item in requests]
    finally:
        await engine.close()


@pytest.fixture(scope="module")
def load():
    """The users, their outcomes in the crowd, their lone runs, and how many ran at once."""
    users = crowd()
    outcomes, most = asyncio.run(run_together(users))
    lone = asyncio.run(run_alone([user.request for user in users]))
    return users, outcomes, lone, most


def is_near_tie(request: GenerationRequest, lone: Completion, answer: Completion) -> bool:
    """Tell whether a trace shows a near tie where the two runs part."""
    if request.trace_top_n:
        return not compare(lone, answer).unexplained
    # The run in the crowd kept no steps: the whole distribution of the lone one has to do.
    (whole,) = asyncio.run(run_alone([replace(request, trace_top_n=VOCABULARY)]))
    by_die = {whole.die_of(place): attempt for place, attempt in enumerate(whole.attempts)}
    flips = [
        (by_die[answer.die_of(place)].steps[at], attempt.token_ids[at])
        for place, attempt in enumerate(answer.attempts)
        if (at := parting(by_die[answer.die_of(place)].token_ids, attempt.token_ids)) is not None
    ]
    return bool(flips) and all(is_nearly_drawn(step, token_id) for step, token_id in flips)


def parting(ids: tuple[int, ...], other: tuple[int, ...]) -> int | None:
    pairs = zip(ids, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), None)


def is_nearly_drawn(step: Step, token_id: int) -> bool:
    """Tell whether the step nearly chose another token, by the whole distribution."""
    alive = sorted(
        (c for c in step.candidates if c.final_prob > 0), key=lambda c: (-c.final_prob, c.token_id)
    )
    ends = [0.0]
    for candidate in alive:
        ends.append(ends[-1] + candidate.final_prob)
    stretch = next(
        (s for s, c in zip(pairwise(ends), alive, strict=True) if c.token_id == token_id), None
    )
    if stretch is None:
        return False
    rival = next(c for c in alive if c.token_id == token_id)
    # Of two that are as probable, either stands first, also in the order in which they are drawn.
    is_swapped = rival.final_prob > step.chosen_candidate.final_prob * (1 - NEAR_TIE)
    if step.draw is None:
        return is_swapped
    is_swapped &= rival.final_prob < step.chosen_candidate.final_prob * (1 + NEAR_TIE)
    return is_swapped or stretch[0] - NEAR_TIE < step.draw.u < stretch[1] + NEAR_TIE


def assert_same_step(ours: Step, theirs: Step) -> None:
    """The same distribution, the same cuts; the candidates that rounding can swap stand apart."""
    assert ours.chosen == theirs.chosen
    assert ours.entropy_bits == pytest.approx(theirs.entropy_bits, abs=1e-3)
    assert ours.surprisal_bits == pytest.approx(theirs.surprisal_bits, abs=1e-3)
    assert [stage.name for stage in ours.stages] == [stage.name for stage in theirs.stages]
    mine = {c.token_id: c for c in ours.candidates}
    other = {c.token_id: c for c in theirs.candidates}
    last = min(c.raw_prob for c in ours.candidates)
    for token_id in mine.keys() ^ other.keys():
        candidate = mine.get(token_id) or other[token_id]
        assert candidate.raw_prob == pytest.approx(last, rel=1e-3)
    for token_id in mine.keys() & other.keys():
        a, b = mine[token_id], other[token_id]
        assert (a.text, b.raw_prob) == (b.text, pytest.approx(a.raw_prob, rel=1e-3, abs=1e-9))
    if not is_at_an_edge(ours, theirs):
        for token_id in mine.keys() & other.keys():
            a, b = mine[token_id], other[token_id]
            assert a.removed_by == b.removed_by
            assert a.final_prob == pytest.approx(b.final_prob, rel=1e-3, abs=1e-9)
        if ours.draw is not None:
            assert ours.draw.u == theirs.draw.u
            assert ours.draw.interval == pytest.approx(theirs.draw.interval, abs=1e-4)


def is_at_an_edge(ours: Step, theirs: Step) -> bool:
    """Tell whether a cut kept one token more in one run; its mass must be all that is missing."""
    for a, b in zip(ours.stages, theirs.stages, strict=True):
        if a.tokens_kept != b.tokens_kept:
            assert abs(a.tokens_kept - b.tokens_kept) == 1, (a, b)
            # The least of those kept: no more than an equal share of what is. Typical sampling
            # orders tokens otherwise, and its last one may weigh anything.
            if a.name != "typical_p":
                assert abs(a.mass_kept - b.mass_kept) <= a.mass_kept / a.tokens_kept + 1e-4
            return True
        assert a.mass_kept == pytest.approx(b.mass_kept, abs=1e-4)
    return False


def assert_same_attempt(ours: Attempt, theirs: Attempt) -> None:
    assert (ours.token_ids, ours.text, ours.finish_reason, ours.die) == (
        theirs.token_ids,
        theirs.text,
        theirs.finish_reason,
        theirs.die,
    )
    assert ours.logprob == pytest.approx(theirs.logprob, abs=1e-3)
    assert ours.score == pytest.approx(theirs.score, abs=1e-3)
    assert len(ours.steps) == len(theirs.steps)
    for mine, other in zip(ours.steps, theirs.steps, strict=True):
        assert_same_step(mine, other)


def assert_same_nodes(ours: Completion, theirs: Completion) -> None:
    """What a beam search looked at, as far as it came."""
    assert (ours.beams is None) == (theirs.beams is None)
    if ours.beams is None:
        return
    for a, b in zip(ours.beams.nodes, theirs.beams.nodes, strict=False):
        assert (a.parent, a.token_id, a.status) == (b.parent, b.token_id, b.status)
        assert a.score == pytest.approx(b.score, abs=1e-3)


def written(completion: Completion) -> list[tuple[int, ...]]:
    return [attempt.token_ids for attempt in completion.attempts]


def test_who_stays_gets_the_answer_of_their_lone_run(load):
    users, outcomes, lone, _ = load
    finished = 0
    for user, answer, alone in zip(users, outcomes, lone, strict=True):
        if isinstance(answer, EngineError) or is_partial(answer):
            continue
        finished += 1
        assert answer.request_id == user.request.request_id
        assert answer.prompt_ids == alone.prompt_ids
        if written(answer) != written(alone):
            assert is_near_tie(user.request, alone, answer), user.request
            continue
        for ours, theirs in zip(answer.attempts, alone.attempts, strict=True):
            assert_same_attempt(ours, theirs)
            is_traced = user.request.trace_top_n > 0
            assert [s.chosen for s in ours.steps] == list(ours.token_ids) * is_traced
        assert_same_nodes(answer, alone)
    # So that nothing holds only because nobody is left to look at.
    assert finished >= 35


def is_partial(answer: Completion) -> bool:
    return any(a.finish_reason in ("cancelled", "deadline") for a in answer.attempts)


def test_who_leaves_early_gets_the_beginning_of_their_lone_run(load):
    users, outcomes, lone, _ = load
    reasons = []
    for user, answer, alone in zip(users, outcomes, lone, strict=True):
        if isinstance(answer, EngineError):
            assert answer.code == "deadline"
            assert user.request.deadline_s == 0.4
            continue
        if not is_partial(answer):
            continue
        reasons += [a.finish_reason for a in answer.attempts]
        # A search has no beginning of its answer: what it has looked at is that of the other.
        assert_same_nodes(answer, alone)
        by_die = {alone.die_of(i): a for i, a in enumerate(alone.attempts)}
        for place, attempt in enumerate(answer.attempts if answer.beams is None else ()):
            whole = by_die[answer.die_of(place)]
            at = parting(whole.token_ids, attempt.token_ids)
            if at is not None:
                assert is_near_tie(user.request, alone, answer), user.request
                continue
            assert len(attempt.token_ids) <= len(whole.token_ids)
            for ours, theirs in zip(attempt.steps, whole.steps, strict=False):
                assert_same_step(ours, theirs)
    assert reasons.count("cancelled") >= 4


def test_they_did_run_at_once_and_came_and_went_meanwhile(load):
    users, outcomes, _, most = load
    assert most > 8
    assert {user.wave for user in users} == {0, 1, 2}
    assert {user.request.params.strategy for user in users} == set(STRATEGIES)
    reasons = {
        attempt.finish_reason
        for answer in outcomes
        if isinstance(answer, Completion)
        for attempt in answer.attempts
    }
    assert {"length", "stop", "cancelled"} <= reasons


@pytest.mark.parametrize(("nearness", "is_near"), [(2e-5, True), (2e-3, False)])
def test_what_nearly_came_out_is_told_from_what_did_not(nearness, is_near):
    request = GenerationRequest(
        prompt=PROMPTS[0], params=DecodingParams(max_new_tokens=1), trace_top_n=5
    )
    (answer,) = asyncio.run(run_alone([request]))
    (step,) = answer.attempts[0].steps
    best, second, *rest = step.candidates
    rival = replace(second, final_prob=best.final_prob * (1 - nearness))
    near = replace(step, candidates=(best, rival, *rest))
    assert is_nearly_drawn(near, second.token_id) == is_near
    assert not is_nearly_drawn(near, rest[0].token_id)
