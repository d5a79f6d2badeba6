"""The script of a server's text asks that server for the same, and says how it ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from engine import Attempt, Completion, DecodingParams, GenerationRequest, RemoteFacts
from engine.explain import recipe

KEY = "sk-clave"


class Handler(BaseHTTPRequestHandler):
    text = " azul"
    seen: ClassVar[list] = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((self.path, self.headers.get("Authorization"), body))
        data = json.dumps({"choices": [{"index": 0, "text": self.text}]}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    Handler.seen.clear()
    found = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield found
    found.shutdown()


def answered(port: int, **fields) -> tuple[GenerationRequest, Completion]:
    params = DecodingParams(strategy="sample", max_new_tokens=3, temperature=0.7, stop=("\n",))
    request = GenerationRequest(prompt='El «"cielo"» es', params=params, seed=9)
    facts = RemoteFacts(
        host=f"127.0.0.1:{port}",
        base_url=f"http://127.0.0.1:{port}/v1",
        model="gpt-x",
        answered_as=None,
        fingerprint=None,
        top_n=5,
        sent=(),
        unsent=(),
        **{"is_seed_sent": True, **fields},
    )
    attempt = Attempt(token_ids=(), text=" azul", logprob=None, score=None, finish_reason="length")
    return request, Completion(
        request_id="r",
        model="gpt-x",
        revision=None,
        precision="remote",
        device="remote",
        seed=9,
        params=params,
        inactive=(),
        prompt_tokens=None,
        truncated_tokens=0,
        queue_s=0.0,
        prefill_s=0.0,
        decode_s=0.0,
        attempts=(attempt,),
        prefix_text="",
        remote=facts,
    )


def run(script: str, tmp_path) -> str:
    path = tmp_path / "receta.py"
    path.write_text(script, encoding="utf-8")
    environ = {**os.environ, "OPENAI_API_KEY": KEY, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, str(path)], env=environ, capture_output=True, check=True, timeout=60
    )
    return done.stdout.decode()


def test_the_script_asks_for_the_same(server, tmp_path):
    script = recipe(*answered(server.server_port))
    assert KEY not in script
    assert "Igual que entonces." in run(script, tmp_path)
    Handler.text = " verde"
    assert "Esta vez ha escrito otra cosa." in run(script, tmp_path)
    Handler.text = " azul"
    path, key, body = Handler.seen[0]
    assert (path, key) == ("/v1/completions", f"Bearer {KEY}")
    assert body == {
        "model": "gpt-x",
        "prompt": 'El «"cielo"» es',
        "max_tokens": 3,
        "temperature": 0.7,
        "top_p": 1.0,
        "seed": 9,
        "stop": ["\n"],
        "logprobs": 5,
    }


def test_it_promises_nothing_that_the_server_does_not():
    assert "cada servidor decide si la respeta" in recipe(*answered(1))
    assert "no admite semilla" in recipe(*answered(1, is_seed_sent=False))
