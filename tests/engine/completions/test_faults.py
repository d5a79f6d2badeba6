from __future__ import annotations

import logging

import pytest
from pydantic import SecretStr

from engine import Completion
from engine.completions.client import CompletionsClient
from engine.models.remote import RemoteSource
from tests.engine.completions.conftest import engine_of
from tests.engine.completions.server import KEY, QUICK, choice, event, fails, message, sends
from tests.engine.runtime.asking import ask, failure_of

FIRST = event(message(choice(" un")))


@pytest.mark.parametrize(
    ("answer", "reason", "details"),
    [
        (fails(401), "remote_key", {"status": 401}),
        (fails(403), "remote_key", {"status": 403}),
        (fails(404, "the model does not exist"), "remote_not_found", {"status": 404}),
        (fails(429, **{"Retry-After": "17"}), "remote_busy", {"retry_after_s": 17}),
        (fails(429), "remote_busy", {"retry_after_s": None}),
        (fails(400, "prompt too long"), "remote_refused", {"status": 400}),
        (fails(500), "remote_failed", {"status": 500}),
        (fails(503, **{"Retry-After": "soon"}), "remote_failed", {"retry_after_s": None}),
        (fails(504), "remote_late", {"status": 504}),
        (fails(302, Location="http://127.0.0.1:1/v1"), "remote_garbled", {"status": 302}),
        (sends(b"data: {not json\n\n"), "remote_garbled", {}),
        (sends(b'data: {"object": "x"}\n\n'), "remote_garbled", {}),
        (sends(b"data: " + b"x" * 2**21), "remote_garbled", {}),
        (sends(b"<html>hola</html>"), "remote_cut", {}),
        (sends(then="silence"), "remote_late", {}),
        (sends(then="break"), "remote_cut", {}),
        (sends(FIRST, then="break"), "remote_cut", {}),
        (sends(FIRST), "remote_cut", {}),
        (sends(FIRST, then="silence"), "remote_late", {}),
        (sends(FIRST, event({"error": {"message": "x", "code": 503}})), "remote_failed", {}),
        (sends(FIRST, event({"error": "x"})), "remote_failed", {"status": 500}),
    ],
)
async def test_each_failure_has_its_reason(server, engine, caplog, answer, reason, details):
    caplog.set_level(logging.DEBUG)
    server.answer = answer
    error = await failure_of(engine.generate(ask("Érase")))
    assert (error.code, error.reason, error.host) == ("model_unavailable", reason, server.host)
    assert {name: error.details.get(name) for name in details} == details
    for said in (str(error), repr(error), repr(error.details), repr(error.__cause__), caplog.text):
        assert KEY not in said
    assert engine.stats().failed == 1
    assert engine.stats().running == 0


async def test_what_was_written_before_a_failure_is_kept(server, engine):
    server.answer = sends(FIRST, then="break")
    error = await failure_of(engine.generate(ask("Érase")))
    assert isinstance(error.partial, Completion)
    assert error.partial.attempts[0].text == " un"
    assert error.partial.remote.fault == "remote_cut"


async def test_nobody_there(unused_tcp_port):
    async with engine_of(f"http://127.0.0.1:{unused_tcp_port}/v1") as engine:
        error = await failure_of(engine.generate(ask("Érase")))
        assert error.reason == "remote_unreachable"


async def test_a_text_that_is_whole_survives_what_comes_after(server, engine):
    server.answer = sends(event(message(choice(" un", end="length"))), then="silence")
    done = await engine.generate(ask("Érase"))
    assert done.attempts[0].text == " un"
    assert done.prompt_tokens is None


def test_the_key_is_in_no_repr():
    source = RemoteSource(model="m", base_url="http://localhost/v1")
    client = CompletionsClient(source, "m", SecretStr(KEY), QUICK)
    assert KEY not in f"{client!r}{vars(client)!r}{source!r}"


async def test_no_completion_keeps_the_key(server, engine):
    done = await engine.generate(ask("Érase", trace_top_n=5))
    assert KEY not in repr(done)
    assert KEY not in str(done.to_dict())
    assert KEY not in repr(engine.models())
