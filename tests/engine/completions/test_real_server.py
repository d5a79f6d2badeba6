"""Against a real server, where one is named: a fake only does what its author thought of.

UNICORNIO_TEST_SERVER is openai:<name>@<base url>, UNICORNIO_TEST_KEY its key. Written with that of
llama-cpp-python (`python -m llama_cpp.server --model X.gguf --logits_all true --api_key K`).
"""

from __future__ import annotations

import asyncio
import os

import pytest
from pydantic import SecretStr

from engine import DecodingParams, Done, GenerationRequest, Progress, create_engine
from engine.models.remote import remote_source
from tests.engine.runtime.asking import collect, failure_of

SERVER = os.environ.get("UNICORNIO_TEST_SERVER", "")
KEY = os.environ.get("UNICORNIO_TEST_KEY", "")
PROMPT = "La capital de Francia es"

pytestmark = pytest.mark.skipif(not SERVER, reason="no real server is named")


@pytest.fixture
async def engine():
    host = remote_source(SERVER).host
    found = create_engine(models=[SERVER], server_keys={host: SecretStr(KEY)} if KEY else None)
    await found.start()
    yield found
    await found.close()


def ask(tokens: int = 8, **fields) -> GenerationRequest:
    params = DecodingParams(max_new_tokens=tokens, **fields.pop("params", {}))
    return GenerationRequest(prompt=PROMPT, params=params, trace_top_n=5, **fields)


async def test_greedy_is_the_first_of_its_list_and_the_same_again(engine):
    done = await engine.generate(ask())
    again = await engine.generate(ask())
    (attempt,) = done.attempts
    assert attempt.text == again.attempts[0].text
    assert attempt.finish_reason == "length"
    assert "".join(step.text for step in attempt.listed) == attempt.text
    for step in attempt.listed:
        assert step.chosen.rank == 1
        assert sum(c.prob for c in step.candidates) + step.rest == pytest.approx(1)
        probs = [c.prob for c in step.candidates]
        assert probs == sorted(probs, reverse=True)


async def test_the_chances_are_raw(engine):
    """A temperature changes what is drawn, not what is listed."""
    cold = await engine.generate(ask(1))
    hot = await engine.generate(ask(1, params={"strategy": "sample", "temperature": 2.0}))
    listed = [
        {c.text: c.prob for c in done.attempts[0].listed[0].candidates if c.rank is not None}
        for done in (cold, hot)
    ]
    shared = listed[0].keys() & listed[1].keys()
    assert shared
    for text in shared:
        assert listed[0][text] == pytest.approx(listed[1][text], rel=0.05)


async def test_a_text_goes_on_as_if_it_had_not_stopped(engine):
    whole = await engine.generate(ask(8))
    first = await engine.generate(ask(4))
    rest = await engine.generate(ask(4, prefix_ids=first.attempts[0].token_ids))
    assert first.attempts[0].text + rest.attempts[0].text == whole.attempts[0].text


async def test_it_streams_and_stops(engine):
    events = await collect(engine.stream(ask(12)))
    assert len([e for e in events if isinstance(e, Progress)]) > 3
    assert isinstance(events[-1], Done)
    request = ask(200)
    async for seen in engine.stream(request):
        if isinstance(seen, Progress):
            engine.cancel(request.request_id)
        if isinstance(seen, Done):
            assert seen.completion.attempts[0].finish_reason in {"cancelled", "eos"}


async def test_several_attempts_and_a_stop_text(engine):
    params = {"strategy": "sample", "attempts": 2, "temperature": 0.8, "stop": ("\n",)}
    done = await asyncio.wait_for(engine.generate(ask(12, params=params, seed=7)), 120)
    assert len(done.attempts) == 2
    assert all("\n" not in attempt.text for attempt in done.attempts)


@pytest.mark.skipif(not KEY, reason="the server has no key")
async def test_another_key_is_refused():
    host = remote_source(SERVER).host
    engine = create_engine(models=[SERVER], server_keys={host: SecretStr("otra-clave")})
    await engine.start()
    error = await failure_of(engine.generate(ask()))
    await engine.close()
    assert (error.reason, error.status) == ("remote_key", 401)
