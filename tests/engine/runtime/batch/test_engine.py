"""The engine over a batch: admission, fairness, cancellation, failures, other work."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest

from engine import Done, Progress, ScoreRequest
from engine.explain import contenders
from engine.runtime.batch.backend import BatchBackend
from engine.runtime.batch.cache import SlotCache
from engine.runtime.batch.forward import RowForward
from engine.runtime.local import LocalEngine
from tests.engine.runtime.asking import collect, failure_of
from tests.engine.runtime.fakes import TinyStore
from tests.engine.tiny import complete, request


class Gate:
    """Holds every decode step of a batch until it may pass."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._allowed: int | None = None
        self.widths: list[int] = []
        self.fault = lambda tokens: None

    def hold(self, after: int = 0) -> None:
        with self._changed:
            self._allowed = len(self.widths) + after
            self._changed.notify_all()

    def release(self) -> None:
        with self._changed:
            self._allowed = None
            self._changed.notify_all()

    def passing(self, tokens) -> None:
        with self._changed:
            self.widths.append(len(tokens))
            self._changed.notify_all()
            assert self._changed.wait_for(
                lambda: self._allowed is None or len(self.widths) <= self._allowed, timeout=20
            )
        self.fault(tokens)

    async def held(self) -> None:
        """Wait until a step stands at the gate."""

        def wait() -> None:
            with self._changed:
                assert self._changed.wait_for(
                    lambda: self._allowed is not None and len(self.widths) > self._allowed,
                    timeout=20,
                )

        await asyncio.to_thread(wait)


@pytest.fixture
def gate(monkeypatch):
    gate = Gate()
    decode = RowForward.decode

    def gated(self, tokens, positions, cache):
        gate.passing(tokens)
        return decode(self, tokens, positions, cache)

    def open_to_the_probe(backend, loaded):
        monkeypatch.setattr(RowForward, "decode", decode)
        proof = proved(backend, loaded)
        monkeypatch.setattr(RowForward, "decode", gated)
        return proof

    proved = BatchBackend._proof
    monkeypatch.setattr(BatchBackend, "_proof", open_to_the_probe)
    yield gate
    gate.release()


@pytest.fixture
async def make_engine(tiny_model):
    engines = []

    async def make(*models, backend=None, **options):
        store = TinyStore(*(models or (tiny_model("gpt2"),)))
        engine = LocalEngine(store=store, backend=backend or BatchBackend(), **options)
        engines.append(engine)
        await engine.start()
        return engine

    yield make
    for engine in engines:
        await engine.close()


async def until(condition) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 (the state of other threads)
            await asyncio.sleep(0.002)


def ask(prompt: str, tokens: int = 8, user_id: int = 0, deadline_s=None, **settings):
    wanted = request(prompt, max_new_tokens=tokens, **settings)
    return replace(wanted, user_id=user_id, deadline_s=deadline_s)


def ids_of(completion) -> list:
    return [attempt.token_ids for attempt in completion.attempts]


MIXED = (
    ask("La vida", 12, 1),
    ask("x", 20, 2, strategy="sample", attempts=3, top_p=0.9, seed=3),
    ask("Caminante, no hay ", 9, 3, strategy="beam", num_beams=4, attempts=2),
    ask("¿Qué es? ", 15, 4, strategy="sample", temperature=1.4, seed=9),
)


async def test_everybody_runs_at_once_and_writes_what_they_write_alone(
    make_engine, tiny_model, gate
):
    engine = await make_engine()
    gate.hold()
    tasks = [asyncio.create_task(engine.generate(MIXED[0]))]
    await gate.held()
    tasks += [asyncio.create_task(engine.generate(item)) for item in MIXED[1:]]
    await until(lambda: engine.stats().queued == 3)
    gate.hold(after=2)
    await until(lambda: engine.stats().running == 4)
    assert engine.stats().queued == 0
    assert engine.stats().expected_wait_s == 0.0
    gate.release()
    for item, completion in zip(MIXED, await asyncio.gather(*tasks), strict=True):
        assert ids_of(completion) == ids_of(complete(tiny_model("gpt2"), item))
        assert completion.decode_s > 0
    assert (engine.stats().running, engine.stats().completed) == (0, 4)
    assert max(gate.widths) > 5


MIXED_WITH_THE_REST = (
    *MIXED,
    ask("La vida", 9, 5, strategy="contrastive", top_k=4, penalty_alpha=0.6),
    ask("x", 8, 6, strategy="sample_and_rank", attempts=3, seed=2),
    ask("y", 8, 7, strategy="beam_sample", num_beams=3, temperature=1.5, seed=4),
    ask("z", 12, 8, strategy="sample", temperature=1.5, top_h=0.6, min_new_tokens=4, stop=("a",)),
)


async def test_fifty_users_with_mixed_strategies_each_get_their_lone_answer(
    make_engine, tiny_model
):
    engine = await make_engine(max_queue=200)
    mixed = MIXED_WITH_THE_REST
    wanted = [replace(mixed[i % 8], seed=i, user_id=i, request_id=f"{i:032x}") for i in range(50)]
    answers = await asyncio.gather(*(engine.generate(item) for item in wanted))
    for item, completion in zip(wanted, answers, strict=True):
        assert completion.request_id == item.request_id
        assert ids_of(completion) == ids_of(complete(tiny_model("gpt2"), item))


async def test_a_duel_runs_together_and_its_last_strategy_beside(make_engine, tiny_model, gate):
    engine = await make_engine()
    wanted = [replace(ask("La vida", 6), params=c.params) for c in contenders(6)]
    gate.hold()
    tasks = [asyncio.create_task(engine.generate(item)) for item in wanted]
    await gate.held()
    gate.hold(after=2)
    await until(lambda: engine.stats().running == len(wanted))
    assert engine.stats().queued == 0
    gate.release()
    answers = await asyncio.gather(*tasks)
    for item, completion in zip(wanted, answers, strict=True):
        assert ids_of(completion) == ids_of(complete(tiny_model("gpt2"), item))
    assert max(gate.widths) >= len(wanted) - 1


async def test_a_stream_in_a_crowd_shows_only_its_own_text(make_engine):
    engine = await make_engine()
    wanted = [ask(f"texto {i}", 10, i) for i in range(6)]
    streams = await asyncio.gather(*(collect(engine.stream(item)) for item in wanted))
    for events in streams:
        assert isinstance(events[-1], Done)
        full = events[-1].completion.attempts[0].text
        shown = [event.text for event in events if isinstance(event, Progress)]
        assert all(full.startswith(text) for text in shown)


async def test_who_does_not_fit_waits_with_a_position(make_engine, gate):
    engine = await make_engine(backend=BatchBackend(max_rows=2))
    gate.hold()
    tasks = [asyncio.create_task(engine.generate(ask("x", 8, 1)))]
    await gate.held()
    tasks.append(asyncio.create_task(engine.generate(ask("y", 8, 2))))
    await until(lambda: engine.stats().queued == 1)
    gate.hold(after=1)
    await until(lambda: engine.stats().running == 2)
    tasks.append(asyncio.create_task(engine.generate(ask("z", 8, 3))))
    await until(lambda: engine.stats().queued == 1)
    gate.hold(after=2)
    await gate.held()
    assert (engine.stats().running, engine.stats().queued) == (2, 1)
    assert engine.stats().expected_wait_s is None
    gate.release()
    await asyncio.gather(*tasks)
    assert max(gate.widths) == 2


async def test_users_take_turns_at_joining(make_engine, gate):
    engine = await make_engine(backend=BatchBackend(max_rows=1))
    order = []

    async def run(user: int, name: str) -> None:
        await engine.generate(ask(name, 2, user))
        order.append(name)

    gate.hold()
    tasks = [asyncio.create_task(run(1, "a0"))]
    await gate.held()
    for user, name in [(1, "a1"), (1, "a2"), (2, "b1"), (3, "c1")]:
        tasks.append(asyncio.create_task(run(user, name)))
        await asyncio.sleep(0)
    gate.release()
    await asyncio.gather(*tasks)
    assert order == ["a0", "b1", "c1", "a1", "a2"]


async def test_too_big_for_the_whole_budget_runs_plain(make_engine, tiny_model, gate):
    loaded = tiny_model("gpt2")
    engine = await make_engine(backend=BatchBackend(max_rows=2))
    big = ask("x", 8, strategy="beam", num_beams=3)
    small = ask("La vida", 8)
    answers = await asyncio.gather(*(engine.generate(item) for item in (small, big, ask("y", 3))))
    assert ids_of(answers[0]) == ids_of(complete(loaded, small))
    assert ids_of(answers[1]) == ids_of(complete(loaded, big))
    assert max(gate.widths) <= 2


@pytest.mark.parametrize("family", ["gpt_neo", "openai-gpt"])
async def test_a_model_that_is_not_proven_runs_plain(make_engine, tiny_model, gate, family, caplog):
    loaded = tiny_model(family)
    with caplog.at_level("INFO", logger="engine.runtime.batch.probe"):
        engine = await make_engine(loaded)
    assert "one request at a time" in caplog.text
    wanted = ask("La vida", 6)
    assert ids_of(await engine.generate(wanted)) == ids_of(complete(loaded, wanted))
    assert gate.widths == []


async def test_cancelled_and_late_ones_leave_and_the_others_go_on(
    make_engine, tiny_model, gate, run_out
):
    engine = await make_engine()
    loaded = tiny_model("gpt2")
    stays, cancelled, late = ask("La vida", 40), ask("x", 40), ask("y", 40, deadline_s=600)
    gate.hold(after=3)
    tasks = [asyncio.create_task(engine.generate(item)) for item in (stays, cancelled, late)]
    await gate.held()
    assert engine.cancel(cancelled.request_id)
    run_out()
    gate.release()
    answers = await asyncio.gather(*tasks)
    reasons = [answer.attempts[0].finish_reason for answer in answers]
    assert reasons[1:] == ["cancelled", "deadline"]
    for item, answer in zip((stays, cancelled, late), answers, strict=True):
        (full,) = complete(loaded, item).attempts
        ids = answer.attempts[0].token_ids
        assert ids
        assert ids == full.token_ids[: len(ids)]
    assert len(answers[0].attempts[0].token_ids) > 10


async def test_a_lack_of_memory_ends_the_newest_and_the_batch_goes_on(
    make_engine, tiny_model, gate
):
    engine = await make_engine()
    older, newest = ask("La vida", 20), ask("x", 20)

    def refuse_two(tokens) -> None:
        if len(tokens) > 1:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried")

    gate.hold()
    first = asyncio.create_task(engine.generate(older))
    await gate.held()
    second = asyncio.create_task(engine.generate(newest))
    await until(lambda: engine.stats().queued == 1)
    gate.fault = refuse_two
    gate.release()
    error = await failure_of(second)
    assert error.code == "out_of_memory"
    assert error.partial.attempts[0].token_ids
    assert ids_of(await first) == ids_of(complete(tiny_model("gpt2"), older))


async def test_a_lack_of_memory_for_what_is_kept_costs_nobody_an_answer(
    make_engine, tiny_model, monkeypatch
):
    def refuse(*_):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried")

    monkeypatch.setattr(SlotCache, "contents", refuse)
    engine = await make_engine()
    asked = [ask("La vida", 12), ask("Caminante", 7)]
    answers = await asyncio.gather(*(engine.generate(item) for item in asked))
    for item, answer in zip(asked, answers, strict=True):
        assert ids_of(answer) == ids_of(complete(tiny_model("gpt2"), item))


async def test_a_lack_of_memory_on_entering_ends_only_who_enters(
    make_engine, tiny_model, gate, monkeypatch
):
    engine = await make_engine()
    older, newest = ask("La vida", 20), ask("x", 20)
    gate.hold()
    first = asyncio.create_task(engine.generate(older))
    await gate.held()

    def refuse(*_):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried")

    monkeypatch.setattr(RowForward, "prefill", refuse)
    second = asyncio.create_task(engine.generate(newest))
    await until(lambda: engine.stats().queued == 1)
    gate.release()
    assert (await failure_of(second)).code == "out_of_memory"
    assert ids_of(await first) == ids_of(complete(tiny_model("gpt2"), older))


async def test_kept_texts_go_before_anybody_who_writes(make_engine, tiny_model, gate):
    engine = await make_engine()
    await engine.generate(ask("Caminante, no hay camino", 12))
    refused = []

    def refuse_once(tokens) -> None:
        if not refused:
            refused.append(tokens)
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried")

    gate.fault = refuse_once
    item = ask("La vida", 9)
    assert ids_of(await engine.generate(item)) == ids_of(complete(tiny_model("gpt2"), item))
    assert refused


async def test_a_step_that_fails_ends_those_in_it_and_the_next_are_served(make_engine, gate):
    engine = await make_engine()

    def break_down(tokens) -> None:
        raise KeyError("layer")

    gate.fault = break_down
    errors = await asyncio.gather(
        *(failure_of(engine.generate(ask(prompt))) for prompt in ("x", "y"))
    )
    assert {(error.code, error.reason) for error in errors} == {("model_unavailable", "failed")}
    gate.fault = lambda tokens: None
    assert (await engine.generate(ask("z"))).attempts[0].token_ids
    assert (engine.stats().running, engine.stats().failed) == (0, 2)


async def test_a_worker_that_dies_answers_everybody(make_engine, gate):
    engine = await make_engine()
    gate.hold()
    tasks = [asyncio.create_task(failure_of(engine.generate(ask("x", 20))))]
    await gate.held()
    tasks.append(asyncio.create_task(failure_of(engine.generate(ask("y", 20)))))
    await until(lambda: engine.stats().queued == 1)

    def die(tokens) -> None:
        if len(tokens) > 1:
            raise SystemExit(1)

    gate.fault = die
    gate.release()
    errors = await asyncio.wait_for(asyncio.gather(*tasks), 20)
    assert [error.reason for error in errors] == ["worker_died"] * 2
    gate.fault = lambda tokens: None
    assert (await engine.generate(ask("z"))).attempts[0].token_ids


async def test_a_request_that_is_refused_does_not_disturb_the_batch(make_engine, tiny_model, gate):
    engine = await make_engine()
    wanted = ask("La vida", 12)
    gate.hold()
    task = asyncio.create_task(engine.generate(wanted))
    await gate.held()
    refused = asyncio.create_task(
        failure_of(engine.generate(ask("x", strategy="sample", top_k=5000)))
    )
    await until(lambda: engine.stats().queued == 1)
    gate.release()
    assert (await refused).field == "top_k"
    assert ids_of(await task) == ids_of(complete(tiny_model("gpt2"), wanted))


async def test_scoring_comes_between_two_steps(make_engine, gate):
    engine = await make_engine()
    gate.hold()
    task = asyncio.create_task(engine.generate(ask("La vida", 30)))
    await gate.held()
    scored = asyncio.create_task(engine.score(ScoreRequest(prompt="La", continuation=" vida")))
    await until(lambda: engine.stats().queued == 1)
    gate.hold(after=1)
    assert await asyncio.wait_for(scored, 20)
    assert not task.done()
    gate.release()
    await task


async def test_another_model_waits_for_its_turn_and_gets_it(make_engine, tiny_model):
    one, other = tiny_model("gpt2"), tiny_model("llama")
    engine = await make_engine(one, other)
    wanted = [replace(ask(f"texto {i}", 10, i), model=(one, other)[i % 2].name) for i in range(6)]
    answers = await asyncio.gather(*(engine.generate(item) for item in wanted))
    for i, (item, answer) in enumerate(zip(wanted, answers, strict=True)):
        assert answer.model == item.model
        assert ids_of(answer) == ids_of(complete((one, other)[i % 2], item))


async def test_a_revision_that_is_the_current_one_joins_and_another_does_not(
    make_engine, tiny_model, gate
):
    base = tiny_model("gpt2")
    loaded = replace(base, revision="r1", info=replace(base.info, revision="r1"))
    engine = await make_engine(loaded)
    gate.hold()
    tasks = [asyncio.create_task(engine.generate(ask("x", 20)))]
    await gate.held()
    same = replace(ask("y", 20), revision="r1")
    tasks.append(asyncio.create_task(engine.generate(same)))
    await until(lambda: engine.stats().queued == 1)
    gate.hold(after=2)
    await until(lambda: engine.stats().running == 2)
    older = replace(ask("z", 20), revision="r0")
    tasks.append(asyncio.create_task(engine.generate(older)))
    await until(lambda: engine.stats().queued == 1)
    gate.hold(after=3)
    await gate.held()
    assert (engine.stats().running, engine.stats().queued) == (2, 1)
    gate.release()
    await asyncio.gather(*tasks)


async def test_closing_answers_everybody(make_engine, gate):
    engine = await make_engine(backend=BatchBackend(max_rows=2))
    gate.hold(after=2)
    tasks = [asyncio.create_task(engine.generate(ask(p, 40))) for p in ("x", "y", "z")]
    await gate.held()
    await until(lambda: engine.stats().queued == 1)
    closing = asyncio.create_task(engine.close())
    assert (await failure_of(tasks[2])).code == "closed"
    gate.release()
    await asyncio.wait_for(closing, 20)
    for task in tasks[:2]:
        (attempt,) = (await task).attempts
        assert attempt.finish_reason == "cancelled"
