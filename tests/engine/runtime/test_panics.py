"""A tokenizer that panics costs the request that it panicked on, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import replace
from itertools import count

import pytest

from engine import DecodingParams, ScoreRequest
from engine.explain import Moment, WhyNotRequest
from engine.panics import is_failure
from engine.runtime.batch.backend import BatchBackend
from engine.runtime.batch.batch import Batch
from engine.runtime.local import LocalEngine
from tests.engine.runtime.asking import ask, collect, failure_of
from tests.engine.runtime.fakes import TinyStore
from tests.engine.runtime.panics import MARK, panic, panic_of
from tests.engine.tiny import complete, request


class PanickingTokenizer:
    """A tokenizer that panics on one sign, or on the token that writes it."""

    def __init__(self, tokenizer, *, in_decode: bool = False) -> None:
        self._tokenizer = tokenizer
        self._in_decode = in_decode

    def __call__(self, text, **options):
        if MARK in text and not self._in_decode:
            panic()
        return self._tokenizer(text, **options)

    def decode(self, ids, **options):
        text = self._tokenizer.decode(ids, **options)
        if MARK in text and self._in_decode:
            panic()
        return text

    def __getattr__(self, name):
        return getattr(self._tokenizer, name)


def with_panics(loaded, **options):
    return replace(loaded, tokenizer=PanickingTokenizer(loaded.tokenizer, **options))


def test_a_panic_is_a_failure_of_the_work_and_an_exit_is_none():
    assert not isinstance(panic_of(), Exception)
    assert is_failure(panic_of())
    assert is_failure(KeyError())
    for ending in (SystemExit(), KeyboardInterrupt(), GeneratorExit()):
        assert not is_failure(ending)


async def test_a_panic_is_typed_and_the_same_thread_serves_the_next(bench, caplog):
    before = {thread.ident for thread in threading.enumerate()}
    bench.backend.faults["hola"] = (1, panic_of())
    error = await asyncio.wait_for(failure_of(bench.engine.generate(ask("hola"))), 20)
    assert (error.code, error.reason) == ("model_unavailable", "failed")
    assert (await bench.engine.generate(ask("otra"))).attempts[0].text == "otra/0:4"
    assert {thread.ident for thread in threading.enumerate()} <= before
    assert "died" not in caplog.text


def written(completion):
    return [(attempt.token_ids, attempt.text) for attempt in completion.attempts]


@contextlib.asynccontextmanager
async def engine_of(loaded, backend=None):
    engine = LocalEngine(store=TinyStore(loaded), backend=backend)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()


@pytest.mark.parametrize("in_decode", [False, True])
@pytest.mark.parametrize("is_batched", [False, True])
async def test_the_others_go_on_while_one_panics(tiny_model, caplog, is_batched, in_decode):
    loaded = tiny_model("gpt2")
    backend = BatchBackend() if is_batched else None
    wanted = [request(f"Texto {i} ", max_new_tokens=20) for i in range(3)]
    bad = request(f"malo {MARK}", max_new_tokens=20)
    async with engine_of(with_panics(loaded, in_decode=in_decode), backend) as engine:
        calls = [engine.generate(wanted[0]), engine.generate(bad)]
        calls += [collect(engine.stream(replace(bad, request_id="otra")))]
        calls += [engine.generate(one) for one in wanted[1:]]
        first, failed, streamed, *rest = await asyncio.wait_for(
            asyncio.gather(*calls, return_exceptions=True), 60
        )
    for error in (failed, streamed):
        assert (error.code, error.reason) == ("model_unavailable", "failed")
        assert error.error == "PanicException"
    assert "slice index" not in caplog.text
    assert "panicked" in caplog.text
    for one, completion in zip(wanted, (first, *rest), strict=True):
        assert written(completion) == written(complete(loaded, one))


async def test_what_else_reads_a_text_answers_too(tiny_model):
    loaded = with_panics(tiny_model("gpt2"))
    moment = Moment(context_ids=(5, 9), params=DecodingParams())
    questions = [
        ScoreRequest(prompt="La ", continuation=MARK),
        WhyNotRequest(moment=moment, word=MARK),
    ]
    async with engine_of(loaded) as engine:
        scored = await failure_of(engine.score(questions[0]))
        asked = await failure_of(engine.explain(questions[1]))
        assert {scored.reason, asked.reason} == {"failed"}
        assert (await engine.generate(request(max_new_tokens=2))).attempts


async def test_a_text_that_cannot_be_decoded_leaves_the_batch_without_a_partial(
    tiny_model, monkeypatch
):
    """The model's numbers break while others write; what one has written is beyond decoding."""
    loaded = tiny_model("gpt2")
    async with engine_of(with_panics(loaded, in_decode=True), BatchBackend()) as engine:
        steps = count()
        decode = Batch.decode

        def broken(self):
            if next(steps) == 6:
                raise RuntimeError("broken")
            return decode(self)

        monkeypatch.setattr(Batch, "decode", broken)
        good, bad = request("Bueno ", max_new_tokens=20), request(MARK, max_new_tokens=20)
        results = await asyncio.wait_for(
            asyncio.gather(engine.generate(good), engine.generate(bad), return_exceptions=True), 60
        )
        assert [error.reason for error in results] == ["failed", "failed"]
        assert results[0].partial is not None
        assert results[1].partial is None
        assert written(await engine.generate(good)) == written(complete(loaded, good))
