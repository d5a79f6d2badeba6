from __future__ import annotations

import asyncio

import pytest

from engine import (
    STRATEGIES,
    DecodingParams,
    Done,
    EngineError,
    GenerationRequest,
    ModelUnavailable,
    Progress,
    Queued,
    ScoreRequest,
)
from engine.runtime.local import LocalEngine
from tests.engine.runtime.asking import ask, collect, failure_of
from tests.engine.runtime.fakes import FakeBackend, FakeStore


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("precision", "int8"),
        ("device", "gpu"),
        ("device", None),
        ("workers", 0),
        ("workers", "a"),
        ("max_queue", 0),
        ("max_queue", 1.5),
        ("batch_rows", 0),
    ],
)
def test_an_engine_that_cannot_be_is_refused_with_the_range(field, value):
    with pytest.raises(EngineError) as caught:
        LocalEngine(store=FakeStore(), **{field: value})
    error = caught.value
    assert (error.code, error.field, error.value) == ("invalid_params", field, value)
    assert error.range


async def test_generate_answers_and_is_counted(bench):
    completion = await bench.engine.generate(ask("hola", tokens=3, attempts=2))
    assert [attempt.text for attempt in completion.attempts] == ["hola/0:3", "hola/1:3"]
    stats = bench.engine.stats()
    assert (stats.completed, stats.failed, stats.queued, stats.running) == (1, 0, 0, 0)
    assert (stats.device, stats.loaded_models, stats.cache_hits) == ("cpu", ("uno",), 0)
    assert stats.tokens_per_s > 0


async def test_start_loads_only_the_first_model_and_the_others_when_asked(bench):
    assert bench.store.loaded == ["uno"]
    await bench.engine.generate(ask("hola", model="dos"))
    assert bench.store.loaded == ["uno", "dos"]


async def test_a_first_model_that_cannot_be_loaded_fails_the_start_which_may_be_tried_again():
    store = FakeStore()
    engine = LocalEngine(store=store, backend=FakeBackend())

    def refuse(name):
        raise ModelUnavailable(name, "not_found")

    store.load = refuse
    with pytest.raises(ModelUnavailable) as caught:
        await engine.start()
    assert caught.value.reason == "not_found"
    assert (await failure_of(engine.generate(ask("hola")))).code == "closed"
    store.load = lambda name: None
    await engine.start()
    assert (await engine.generate(ask("hola"))).attempts[0].text == "hola/0:4"
    await engine.close()


async def test_stream_begins_with_the_position_and_ends_with_the_completion(bench):
    events = await collect(bench.engine.stream(ask("hola", tokens=3, attempts=2)))
    assert events[0] == Queued(position=1)
    assert isinstance(events[-1], Done)
    newest = {event.attempt: event.text for event in events if isinstance(event, Progress)}
    assert newest == {0: "hola/0:3", 1: "hola/1:3"}
    assert all(isinstance(event, Progress) for event in events[1:-1])


async def test_a_reader_that_does_not_look_gets_the_newest_text_only(bench):
    bench.backend.hold("hola", after=1)
    stream = bench.engine.stream(ask("hola", tokens=500))
    assert await anext(stream) == Queued(position=1)
    first = await anext(stream)
    assert first.tokens == 1
    bench.backend.release("hola")
    await bench.until(lambda: bench.engine.stats().running == 0)
    rest = await collect(stream)
    assert [type(event) for event in rest] == [Progress, Done]
    assert rest[0].tokens == 500


async def test_positions_move_up_while_waiting(bench):
    bench.backend.hold("primero")
    first = asyncio.create_task(bench.engine.generate(ask("primero", user_id=1)))
    await bench.held("primero")
    second = asyncio.create_task(bench.engine.generate(ask("segundo", user_id=2)))
    await bench.until(lambda: bench.engine.stats().queued == 1)
    stream = bench.engine.stream(ask("tercero", user_id=3))
    assert await anext(stream) == Queued(position=2)
    bench.backend.hold("segundo")
    bench.backend.release("primero")
    assert await anext(stream) == Queued(position=1)
    bench.backend.release("segundo")
    assert isinstance((await collect(stream))[-1], Done)
    await asyncio.gather(first, second)


async def test_a_full_queue_refuses_and_attempts_take_places(make_bench):
    bench = await make_bench(max_queue=3)
    bench.backend.hold("primero")
    tasks = [asyncio.create_task(bench.engine.generate(ask("primero")))]
    await bench.held("primero")
    tasks.append(asyncio.create_task(bench.engine.generate(ask("dos intentos", attempts=2))))
    await bench.until(lambda: bench.engine.stats().queued == 1)
    error = await failure_of(bench.engine.generate(ask("otros dos", attempts=2)))
    assert (error.code, error.position, error.limit) == ("queue_full", 2, 3)
    tasks.append(asyncio.create_task(bench.engine.generate(ask("uno más"))))
    await bench.until(lambda: bench.engine.stats().queued == 2)
    bench.backend.release("primero")
    assert len(await asyncio.gather(*tasks)) == 3


async def test_attempts_without_effect_take_no_places(make_bench):
    bench = await make_bench(max_queue=2)
    bench.backend.hold("primero")
    tasks = [asyncio.create_task(bench.engine.generate(ask("primero")))]
    await bench.held("primero")
    for prompt in ("a", "b"):
        request = GenerationRequest(prompt=prompt, params=DecodingParams(attempts=10))
        tasks.append(asyncio.create_task(bench.engine.generate(request)))
    await bench.until(lambda: bench.engine.stats().queued == 2)
    bench.backend.release("primero")
    await asyncio.gather(*tasks)


async def test_one_user_cannot_keep_another_waiting(bench):
    bench.backend.hold("a0")
    tasks = [asyncio.create_task(bench.engine.generate(ask("a0", user_id=1)))]
    await bench.held("a0")
    for user, prompt in [(1, "a1"), (1, "a2"), (1, "a3"), (2, "b1"), (3, "c1")]:
        tasks.append(asyncio.create_task(bench.engine.generate(ask(prompt, user_id=user))))
        await asyncio.sleep(0)
    bench.backend.release("a0")
    await asyncio.gather(*tasks)
    assert bench.backend.order == ["a0", "b1", "c1", "a1", "a2", "a3"]


async def test_unknown_model_is_refused_at_submission(bench):
    error = await failure_of(bench.engine.generate(ask("hola", model="tres")))
    assert (error.code, error.model) == ("unknown_model", "tres")
    assert (await failure_of(collect(bench.engine.stream(ask("x", model="tres"))))).model == "tres"
    with pytest.raises(EngineError, match="unknown_model"):
        bench.engine.capabilities("tres")
    assert bench.engine.capabilities().strategies == STRATEGIES


async def test_an_id_that_is_in_use_is_refused_and_may_be_replayed_later(bench):
    request = ask("hola")
    bench.backend.hold("hola")
    first = asyncio.create_task(bench.engine.generate(request))
    await bench.held("hola")
    error = await failure_of(bench.engine.generate(request))
    assert (error.code, error.field) == ("invalid_params", "request_id")
    bench.backend.release("hola")
    attempts = (await first).attempts
    assert (await bench.engine.generate(request)).attempts == attempts


async def test_cancelling_what_waits(bench):
    bench.backend.hold("primero")
    first = asyncio.create_task(bench.engine.generate(ask("primero")))
    await bench.held("primero")
    request = ask("segundo")
    second = asyncio.create_task(bench.engine.generate(request))
    await bench.until(lambda: bench.engine.stats().queued == 1)
    assert bench.engine.cancel(request.request_id)
    assert (await failure_of(second)).code == "cancelled"
    assert not bench.engine.cancel(request.request_id)
    bench.backend.release("primero")
    await first
    assert bench.backend.order == ["primero"]


async def test_cancelling_before_the_first_token_answers_during_the_step(bench):
    bench.backend.hold("hola")
    request = ask("hola")
    task = asyncio.create_task(bench.engine.generate(request))
    await bench.held("hola")
    assert bench.engine.cancel(request.request_id)
    assert (await failure_of(task)).code == "cancelled"
    bench.backend.release("hola")
    assert (await bench.engine.generate(ask("otra"))).attempts[0].text == "otra/0:4"
    assert bench.engine.stats().completed == 1


async def test_cancelling_after_a_token_returns_the_text_so_far(bench):
    bench.backend.hold("hola", after=2)
    request = ask("hola", tokens=50)
    stream = bench.engine.stream(request)
    await anext(stream)
    await bench.held("hola")
    assert bench.engine.cancel(request.request_id)
    bench.backend.release("hola")
    (attempt,) = (await collect(stream))[-1].completion.attempts
    assert attempt.finish_reason == "cancelled"
    assert attempt.token_ids == (0, 1, 2)


async def test_a_deadline_that_passes_in_the_queue(bench):
    bench.backend.hold("primero")
    first = asyncio.create_task(bench.engine.generate(ask("primero")))
    await bench.held("primero")
    late = bench.engine.generate(ask("segundo", deadline_s=0.05))
    assert (await failure_of(late)).code == "deadline"
    bench.backend.release("primero")
    await first
    assert bench.engine.stats().failed == 1


async def test_a_deadline_before_the_first_token_does_not_wait_for_the_step(bench):
    bench.backend.hold("hola")
    late = bench.engine.generate(ask("hola", deadline_s=0.05))
    assert (await failure_of(late)).code == "deadline"


async def test_a_deadline_after_a_token_returns_the_text_so_far(bench, run_out):
    bench.backend.hold("hola", after=2)
    task = asyncio.create_task(bench.engine.generate(ask("hola", tokens=50, deadline_s=600)))
    await bench.held("hola")
    run_out()
    bench.backend.release("hola")
    (attempt,) = (await task).attempts
    assert (attempt.finish_reason, len(attempt.token_ids)) == ("deadline", 3)


async def test_a_model_that_loads_slowly_does_not_hold_a_deadline_back(bench):
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()
    bench.store.load = lambda name: asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(20)
    late = bench.engine.generate(ask("hola", model="dos", deadline_s=0.05))
    assert (await failure_of(late)).code == "deadline"
    gate.set()


async def test_leaving_a_stream_cancels_the_request(bench):
    bench.backend.hold("hola", after=1)
    request = ask("hola", tokens=50)
    async for event in bench.engine.stream(request):
        if isinstance(event, Progress):
            break
    await bench.held("hola")
    job = bench.engine._scheduler.find(request.request_id)
    await bench.until(lambda: job.stop_reason == "cancelled")
    bench.backend.release("hola")
    await bench.until(lambda: bench.engine.stats().running == 0)
    assert job.new_tokens < 50
    assert (await bench.engine.generate(ask("otra"))).attempts[0].finish_reason == "length"


async def test_a_caller_that_is_cancelled_frees_its_place(bench):
    bench.backend.hold("primero")
    first = asyncio.create_task(bench.engine.generate(ask("primero")))
    await bench.held("primero")
    second = asyncio.create_task(bench.engine.generate(ask("segundo")))
    await bench.until(lambda: bench.engine.stats().queued == 1)
    second.cancel()
    await asyncio.wait([second])
    assert bench.engine.stats().queued == 0
    bench.backend.release("primero")
    await first


async def test_fifty_streams_each_get_their_own_answer(make_bench):
    bench = await make_bench(workers=2)

    async def run(number: int):
        events = await collect(bench.engine.stream(ask(f"texto {number}", user_id=number)))
        texts = {event.text.split("/")[0] for event in events if isinstance(event, Progress)}
        assert texts == {f"texto {number}"}
        return events[-1].completion.attempts[0].text

    answers = await asyncio.gather(*(run(number) for number in range(50)))
    assert answers == [f"texto {number}/0:4" for number in range(50)]
    assert bench.engine.stats().completed == 50


async def test_score_queues_and_can_be_late_or_cancelled(bench):
    assert await bench.engine.score(ScoreRequest(prompt="uno", continuation="dos")) == ()
    bench.backend.hold("tarda")
    request = ScoreRequest(prompt="tarda", continuation="x")
    task = asyncio.create_task(bench.engine.score(request))
    await bench.held("tarda")
    waiting = ScoreRequest(prompt="espera", continuation="x", deadline_s=0.05)
    assert (await failure_of(bench.engine.score(waiting))).code == "deadline"
    assert bench.engine.cancel(request.request_id)
    assert (await failure_of(task)).code == "cancelled"
    bench.backend.release("tarda")
    unknown = ScoreRequest(prompt="x", continuation="y", model="tres")
    assert (await failure_of(bench.engine.score(unknown))).code == "unknown_model"


async def test_expected_wait_is_known_after_the_first_requests(bench):
    assert bench.engine.stats().expected_wait_s == 0.0
    await bench.engine.generate(ask("hola"))
    bench.backend.hold("tarda")
    task = asyncio.create_task(bench.engine.generate(ask("tarda")))
    await bench.held("tarda")
    assert bench.engine.stats().expected_wait_s > 0.0
    bench.backend.release("tarda")
    await task
