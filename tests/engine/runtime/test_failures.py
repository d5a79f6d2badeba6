from __future__ import annotations

import asyncio
import gc
import threading
import weakref

import pytest

from engine import EngineError
from engine.runtime import failures, local
from tests.engine.runtime.asking import ask, collect, failure_of


async def assert_still_serves(bench) -> None:
    completion = await asyncio.wait_for(bench.engine.generate(ask("la siguiente")), 20)
    assert completion.attempts[0].text == "la siguiente/0:4"


async def test_an_error_of_the_run_arrives_with_the_text_so_far(bench):
    bench.backend.faults["hola"] = (2, EngineError("invalid_logits"))
    error = await failure_of(bench.engine.generate(ask("hola")))
    assert error.code == "invalid_logits"
    assert error.partial.attempts[0].text == "hola/0:2"
    assert error.partial.queue_s >= 0
    await assert_still_serves(bench)
    assert (bench.engine.stats().completed, bench.engine.stats().failed) == (1, 1)


async def test_an_error_before_the_first_token_has_no_partial_text(bench):
    bench.backend.faults["hola"] = (0, EngineError("invalid_logits"))
    assert (await failure_of(bench.engine.generate(ask("hola")))).partial is None


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (MemoryError(), "out_of_memory"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), "out_of_memory"),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate"
                         " memory: you tried to allocate 4 bytes"),
            "out_of_memory",
        ),
        (RuntimeError("shape mismatch"), "model_unavailable"),
        (KeyError("layer"), "model_unavailable"),
    ],
)  # fmt: skip
async def test_every_failure_is_typed_and_the_next_request_is_served(bench, fault, code):
    bench.backend.faults["hola"] = (1, fault)
    error = await failure_of(bench.engine.generate(ask("hola")))
    assert error.code == code
    assert error.model == "uno"
    await assert_still_serves(bench)
    assert bench.store.in_use == 0


async def test_a_thread_that_the_machine_does_not_give_is_asked_for_again(make_bench, monkeypatch):
    bench = await make_bench()
    bench.backend.hold("hola")
    writing = asyncio.create_task(bench.engine.generate(ask("hola")))
    await bench.held("hola")
    other = bench.store.infos()[1].name

    def refuse(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError):
            await bench.engine.generate(ask("nadie", model=other))
    assert bench.engine.stats().running == 2
    also = asyncio.create_task(bench.engine.generate(ask("otro", model=other)))
    await bench.until(lambda: other in bench.store.loaded)
    bench.backend.release("hola")
    assert (await writing).attempts
    assert (await also).attempts
    assert bench.engine.stats().running == 0


async def test_a_failure_keeps_nothing_of_the_run_alive(bench, monkeypatch):
    monkeypatch.setattr(failures.logger, "disabled", True)  # pytest keeps the records it captures.

    class Tensor:
        pass

    kept = []

    def load(name):
        tensor = Tensor()
        kept.append(weakref.ref(tensor))
        raise RuntimeError("broken") from ValueError("cause")

    bench.store.load = load
    error = await failure_of(bench.engine.generate(ask("hola")))
    gc.collect()
    assert error.reason == "failed"
    assert kept[0]() is None
    bench.store.load = lambda name: None


@pytest.mark.parametrize("death", [SystemExit(1), KeyboardInterrupt()])
async def test_a_worker_that_dies_is_replaced_and_its_request_answered(bench, death):
    bench.backend.faults["hola"] = (1, death)
    error = await asyncio.wait_for(failure_of(bench.engine.generate(ask("hola"))), 20)
    assert (error.code, error.reason) == ("model_unavailable", "worker_died")
    await assert_still_serves(bench)


async def test_close_ends_each_state_in_its_own_way(bench):
    engine = bench.engine
    bench.backend.hold("corre", after=2)
    running = asyncio.create_task(collect(engine.stream(ask("corre", tokens=50))))
    await bench.held("corre")
    waiting = asyncio.create_task(engine.generate(ask("espera")))
    await bench.until(lambda: engine.stats().queued == 1)
    closing = asyncio.create_task(engine.close())
    assert (await failure_of(waiting)).code == "closed"
    assert not closing.done()
    bench.backend.release("corre")
    await asyncio.wait_for(closing, 20)
    (attempt,) = (await running)[-1].completion.attempts
    assert (attempt.finish_reason, len(attempt.token_ids)) == ("cancelled", 3)
    assert bench.store.closed == 1


async def test_close_before_the_first_token_cancels_at_once(bench):
    bench.backend.hold("corre")
    running = asyncio.create_task(bench.engine.generate(ask("corre")))
    await bench.held("corre")
    closing = asyncio.create_task(bench.engine.close())
    assert (await failure_of(running)).code == "cancelled"
    bench.backend.release("corre")
    await closing


async def test_close_is_idempotent_and_final(bench):
    await asyncio.gather(bench.engine.close(), bench.engine.close())
    await bench.engine.close()
    assert bench.store.closed == 1
    for call in (bench.engine.start(), bench.engine.generate(ask("hola"))):
        assert (await failure_of(call)).code == "closed"
    assert (await failure_of(collect(bench.engine.stream(ask("hola"))))).code == "closed"
    assert not bench.engine.cancel("nadie")


async def test_close_without_start_frees_the_models():
    from tests.engine.runtime.conftest import Bench

    bench = Bench()
    await bench.engine.close()
    assert bench.store.closed == 1


async def test_close_does_not_wait_for_ever_and_leaves_a_used_model_alone(bench, monkeypatch):
    monkeypatch.setattr(local, "CLOSE_TIMEOUT_S", 0.05)
    bench.backend.hold("corre")
    running = asyncio.create_task(bench.engine.generate(ask("corre")))
    await bench.held("corre")
    await bench.engine.close()
    assert (await failure_of(running)).code == "cancelled"
    assert bench.store.closed == 0
    monkeypatch.undo()
    bench.backend.release("corre")
    await bench.engine.close()
    assert bench.store.closed == 1


def test_what_somebody_wrote_stays_out_of_what_logs_say():
    written = EngineError("invalid_params", field="prompt", value="secreto", range="Unicode text")
    assert written.value == "secreto"
    assert "secreto" not in repr(written)
    assert "value=7" in repr(EngineError("invalid_params", field="top_k", value=7, range="…"))
