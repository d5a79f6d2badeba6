from __future__ import annotations

import asyncio

import pytest

from engine import (
    GAVE_WAY,
    Completion,
    DecodingParams,
    Done,
    EngineError,
    GenerationRequest,
    Progress,
    Queued,
)
from engine.completions.client import Timeouts
from engine.completions.engine import AT_ONCE
from engine.completions.pieces import text_of
from engine.explain import Moment, WhyNotRequest
from engine.requests import ScoreRequest
from tests.engine.completions.conftest import engine_of
from tests.engine.completions.server import KEY, WORDS, choice, event, fails, message, sends, writes
from tests.engine.runtime.asking import ask, collect, failure_of


async def test_a_text_comes_with_what_the_server_lists_and_nothing_else(server, engine):
    done = await engine.generate(ask("Érase", trace_top_n=5))

    (attempt,) = done.attempts
    assert attempt.text == " un unicornio azul."
    assert attempt.steps == ()
    assert [step.text for step in attempt.listed] == list(WORDS)
    step = attempt.listed[1]
    assert [(c.text, c.rank) for c in step.candidates][:2] == [(" unicornio", 1), (" otra1", 2)]
    assert step.rest == pytest.approx(1 - sum(c.prob for c in step.candidates))
    assert attempt.logprob == pytest.approx(4 * step.logprob)
    assert attempt.finish_reason == "length"
    assert (done.prompt_tokens, done.revision, done.prompt_ids) == (7, None, ())
    assert (done.remote.host, done.remote.answered_as) == (server.host, "de-prueba")
    assert done.remote.top_n == 5
    assert Completion.from_dict(done.to_dict()) == done


async def test_the_server_gets_the_settings_that_its_interface_takes(server, engine):
    params = DecodingParams(
        strategy="sample",
        max_new_tokens=3,
        temperature=0.7,
        top_p=0.9,
        attempts=2,
        stop=("FIN",),
        top_k=40,
        repetition_penalty=1.2,
        plain_text=True,
    )
    done = await engine.generate(GenerationRequest(prompt="Érase ", params=params, seed=9))

    (body,) = server.bodies
    assert body == {
        "model": "de-prueba",
        "prompt": "Érase ",
        "max_tokens": 3,
        "temperature": 0.7,
        "top_p": 0.9,
        "n": 2,
        "seed": 9,
        "stop": ["FIN"],
        "logprobs": 1,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert [attempt.text for attempt in done.attempts] == [" un unicornio azul"] * 2
    assert done.remote.unsent == ("top_k", "repetition_penalty", "plain_text")
    assert set(done.remote.unsent) <= set(done.inactive)
    assert (done.params.top_k, done.params.plain_text, done.params.temperature) == (0, False, 0.7)
    assert done.queue_s >= 0
    assert all(attempt.listed == () for attempt in done.attempts)


async def test_greedy_is_a_temperature_of_nothing_and_has_no_seed(server, engine):
    await engine.generate(GenerationRequest(prompt="a", params=DecodingParams(max_new_tokens=2)))
    (body,) = server.bodies
    assert body["temperature"] == 0
    assert not {"seed", "top_p", "n"} & set(body)


async def test_the_key_goes_to_its_server_only(server, engine):
    await engine.generate(ask("a"))
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"


async def test_a_text_goes_on_from_the_ids_of_its_tokens(server, engine):
    first = await engine.generate(ask("Érase", trace_top_n=5))
    ids = first.attempts[0].token_ids
    assert text_of(ids) == first.attempts[0].text
    more = await engine.generate(ask("Érase", prefix_ids=ids))
    assert server.bodies[-1]["prompt"] == "Érase un unicornio azul."
    assert more.prefix_text == " un unicornio azul."


async def test_ids_of_another_model_are_refused(engine):
    error = await failure_of(engine.generate(ask("a", prefix_ids=(5, 700))))
    assert (error.code, error.field) == ("invalid_params", "prefix_ids")


async def test_a_stream_shows_the_text_as_it_grows(server, engine):
    server.answer = writes(pause_s=0.1)
    events = await collect(engine.stream(ask("Érase")))
    assert isinstance(events[0], Queued)
    texts = [e.text for e in events if isinstance(e, Progress)]
    assert texts == [" un", " un unicornio", " un unicornio azul", " un unicornio azul."]
    assert isinstance(events[-1], Done)


async def test_a_cancelled_text_keeps_what_is_there_and_closes_the_connection(server, engine):
    server.answer = writes(tuple(" la" for _ in range(200)), pause_s=0.05)
    request = ask("Érase", tokens=200)
    async for seen in engine.stream(request):
        if isinstance(seen, Progress):
            assert engine.cancel(request.request_id)
        if isinstance(seen, Done):
            assert seen.completion.attempts[0].finish_reason == "cancelled"
            assert seen.completion.attempts[0].text.startswith(" la")
    await asyncio.wait_for(server.gone.wait(), 60)
    assert engine.stats().running == 0


async def test_leaving_a_stream_closes_the_connection(server, engine):
    server.answer = writes(tuple(" la" for _ in range(200)), pause_s=0.05)
    stream = engine.stream(ask("Érase", tokens=200))
    async for seen in stream:
        if isinstance(seen, Progress):
            break
    await stream.aclose()
    await asyncio.wait_for(server.gone.wait(), 60)


async def test_a_text_ends_at_its_deadline(server, engine):
    server.answer = writes(tuple(" la" for _ in range(200)), pause_s=0.05)
    done = await engine.generate(ask("Érase", tokens=200, deadline_s=1.0))
    assert done.attempts[0].finish_reason == "deadline"
    assert done.attempts[0].text
    server.answer = sends(then="silence")
    error = await failure_of(engine.generate(ask("Érase", deadline_s=0.1)))
    assert error.code == "deadline"


async def test_what_waits_is_bounded_and_people_take_turns(server, monkeypatch):
    monkeypatch.setattr("engine.completions.engine.AT_ONCE", 1)
    from tests.engine.completions.conftest import engine_of

    async with engine_of(server.url, max_queue=3) as engine:
        server.answer = writes(pause_s=0.05)
        tasks = []
        for user, text in ((1, "a1"), (1, "a2"), (1, "a3"), (2, "b1")):
            tasks.append(asyncio.create_task(engine.generate(ask(text, user_id=user))))
            await asyncio.sleep(0)
        stats = engine.stats()
        assert (stats.running, stats.queued) == (1, 3)
        error = await failure_of(engine.generate(ask("c1", user_id=3)))
        assert error.code == "queue_full"
        await asyncio.gather(*tasks)
        assert [body["prompt"] for body in server.bodies] == ["a1", "b1", "a2", "a3"]
        assert engine.stats().completed == 4


async def test_a_server_that_takes_less_is_asked_for_less_and_remembered(server, engine):
    async def answer(own, request, body):
        for name, most in (("logprobs", 5),):
            if body.get(name, 0) > most:
                return await fails(400, f"{name} must be at most {most}")(own, request, body)
        for name in ("stream_options", "n"):
            if name in body:
                return await fails(422, f"unknown field: {name}")(own, request, body)
        return await writes()(own, request, body)

    server.answer = answer
    done = await engine.generate(ask("Érase", attempts=2, trace_top_n=25, seed=3))
    assert [attempt.text for attempt in done.attempts] == [" un unicornio azul."] * 2
    assert [body.get("seed") for body in server.bodies[-2:]] == [3, 4]
    assert (done.remote.top_n, done.prompt_tokens) == (5, None)
    assert engine.capabilities().max_top_n == 5
    before = len(server.bodies)
    await engine.generate(ask("Érase", trace_top_n=25))
    assert len(server.bodies) == before + 1


async def test_a_server_that_leaves_the_number_of_texts_aside_is_asked_again(server, engine):
    async def answer(own, request, body):
        return await writes()(own, request, body | {"n": 1})

    server.answer = answer
    done = await engine.generate(ask("Érase", attempts=3, seed=3))
    assert [attempt.text for attempt in done.attempts] == [" un unicornio azul."] * 3
    assert [body["seed"] for body in server.bodies] == [3, 4, 5]
    await engine.generate(ask("Érase", attempts=2))
    assert len(server.bodies) == 5


async def test_a_server_without_chances_has_a_text_and_no_numbers(server, engine):
    async def answer(own, request, body):
        if "logprobs" in body:
            return await fails(500, "logprobs is not supported")(own, request, body)
        return await writes()(own, request, body)

    server.answer = answer
    done = await engine.generate(ask("Érase", trace_top_n=5))
    (attempt,) = done.attempts
    assert attempt.text == " un unicornio azul."
    assert (attempt.logprob, attempt.score, attempt.listed) == (None, None, ())
    assert done.remote.top_n == 0


async def test_a_text_ends_before_a_word_of_the_list(server, engine):
    server.answer = writes((" un", " uni", "cornio", " azul", " y", " más"))
    params = DecodingParams(strategy="sample", max_new_tokens=9, bad_words=("unicornio",))
    shown = []
    async for seen in engine.stream(GenerationRequest(prompt="Érase", params=params)):
        if isinstance(seen, Progress):
            shown.append(seen.text)
        if isinstance(seen, Done):
            done = seen.completion
    assert done.attempts[0].text == " un"
    assert done.attempts[0].finish_reason == "no_token_left"
    assert done.remote.cut_by_list == (0,)
    assert not any("uni" in text for text in shown)
    assert text_of(done.attempts[0].token_ids) == " un"


async def test_a_text_ends_before_its_stop_text_whatever_the_server_does(server, engine):
    server.answer = writes((" un", " FI", "N", " más"))
    stops = ("a", "b", "c", "d", "FIN")
    params = DecodingParams(max_new_tokens=9, stop=stops)
    done = await engine.generate(GenerationRequest(prompt="Érase", params=params))
    assert server.bodies[0]["stop"] == ["a", "b", "c", "d"]
    assert (done.attempts[0].text, done.attempts[0].finish_reason) == (" un ", "stop")


async def test_an_answer_that_is_not_streamed_is_read_too(server, engine):
    from aiohttp import web

    async def answer(_own, _request, _body):
        return web.json_response(message(choice(" hola", end="stop"), usage={"prompt_tokens": 2}))

    server.answer = answer
    done = await engine.generate(ask("a"))
    assert (done.attempts[0].text, done.attempts[0].finish_reason) == (" hola", "eos")


async def test_what_would_have_to_be_looked_into_is_refused(engine):
    for call in (
        engine.score(ScoreRequest(prompt="", continuation="hola")),
        engine.explain(
            WhyNotRequest(moment=Moment(context_ids=(1,), params=DecodingParams()), word="b")
        ),
        engine.generate(
            GenerationRequest(prompt="a", params=DecodingParams(strategy="beam", num_beams=3))
        ),
    ):
        assert (await failure_of(call)).code == "unsupported"


async def test_it_says_what_it_is(server, engine):
    (info,) = engine.models()
    assert (info.name, info.kind, info.host) == ("de-prueba", "remote", server.host)
    assert server.url in info.aliases[0]
    can = engine.capabilities()
    assert (can.strategies, can.full_distribution, can.attention) == (
        ("greedy", "sample"),
        False,
        False,
    )
    assert (can.kind, can.seedable) == ("remote", False)


async def test_a_closed_engine_answers_all_that_ran(server, engine):
    server.answer = writes(tuple(" la" for _ in range(200)), pause_s=0.05)
    events = engine.stream(ask("Érase", tokens=200))
    async for seen in events:
        if isinstance(seen, Progress):
            break
    await engine.close()
    done = (await asyncio.wait_for(collect(events), 60))[-1].completion
    assert done.attempts[0].finish_reason == "cancelled"
    with pytest.raises(EngineError, match="closed"):
        await engine.generate(ask("a"))


async def test_a_stopped_request_frees_its_place_before_it_began(server, engine):
    request = ask("a")
    task = asyncio.create_task(engine.generate(request))
    await asyncio.sleep(0)
    assert engine.cancel(request.request_id)
    assert (await failure_of(task)).code == "cancelled"
    await asyncio.sleep(0.05)
    assert engine.stats().running == 0


def test_a_chosen_token_behind_the_list_has_no_rank():
    data = message(choice(" x"))
    data["choices"][0]["logprobs"] = {
        "tokens": [" x"],
        "token_logprobs": [-3.0],
        "top_logprobs": [{" a": -0.5, " b": -1.5, " x": -3.0}],
    }
    from engine.completions.answer import chunk_of

    (step,) = chunk_of(data, 2).pieces[0].steps
    assert [(c.text, c.rank) for c in step.candidates] == [(" a", 1), (" b", 2), (" x", None)]
    assert step.chosen.rank is None
    assert event(data).startswith(b"data: ")


async def test_what_is_done_in_the_background_gives_way_and_closes_its_connection(server):
    begins, has_all = sends(event(message(choice(" un"))), then="silence"), asyncio.Event()

    async def answer(server, request, body):
        if len(server.bodies) == AT_ONCE:
            has_all.set()
        return await begins(server, request, body)

    server.answer = answer
    patient = Timeouts(connect_s=5.0, first_s=20.0, between_s=20.0)
    async with engine_of(server.url, timeouts=patient) as engine:
        later = [
            asyncio.create_task(engine.generate(ask("Érase", user_id=9, background=True)))
            for _ in range(AT_ONCE)
        ]
        await asyncio.wait_for(has_all.wait(), 60)
        server.answer = writes()
        done = await asyncio.wait_for(engine.generate(ask("Érase", user_id=1)), 60)
        assert done.attempts[0].text == " un unicornio azul."
        for task in later:
            failure = await failure_of(task)
            assert (failure.code, failure.reason) == ("cancelled", GAVE_WAY)
        await asyncio.wait_for(server.gone.wait(), 60)
