"""The rivals' protocols, on stand-ins: the programs themselves are not installed here."""

import json
import sys
from types import ModuleType, SimpleNamespace

import pytest

from engine.bench import rivals
from engine.bench.__main__ import main
from engine.bench.rivals import CTranslate2, LlamaServer, open_rivals
from engine.bench.shapes import save_random
from engine.bench.workload import Workload

SERVER = """#!{python}
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
assert options["--parallel"] == "3" and options["--ctx-size"] == "36", options
if options["--model"].endswith("broken.gguf"):
    sys.exit(1)


class Handler(BaseHTTPRequestHandler):
    def answer(self, value):
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        assert self.path == "/health"
        self.answer({{"status": "ok"}})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with open({log!r}, "a") as log:
            log.write(json.dumps(asked) + "\\n")
        self.answer({{"tokens_predicted": asked["n_predict"]}})

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(options["--port"])), Handler).serve_forever()
"""


@pytest.fixture
def work():
    return Workload(
        prompt="x",
        prompt_ids=(1,),
        text_ids=tuple(range(10, 40)),
        prompt_tokens=5,
        new_tokens=7,
        is_sampled=True,
    )


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A stand-in for llama-server on the PATH, and the file in which it notes what it is asked."""
    log = tmp_path / "asked.jsonl"
    program = tmp_path / rivals.SERVER
    program.write_text(SERVER.format(python=sys.executable, log=str(log)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return log


async def test_the_server_of_llama_cpp_is_asked_once_per_user_and_ended(server, tmp_path, work):
    rival = LlamaServer(tmp_path / "model.gguf", users=3, tokens=12)
    try:
        assert rival.name == "llama.cpp server, model"
        assert await rival.serve(work, 3) == 21
    finally:
        rival.close()
    asked = [json.loads(line) for line in server.read_text().splitlines()]
    prompts = sorted(tuple(item["prompt"]) for item in asked)
    assert prompts == sorted((1, *work.rest_of(user)) for user in range(3))
    assert all(item["ignore_eos"] and item["n_predict"] == 7 for item in asked)
    assert all(item["temperature"] == 0.8 and item["top_p"] == 0.9 for item in asked)
    assert rival._process.poll() is not None


def test_a_server_that_does_not_start_is_no_hanging_bench(server, tmp_path):
    with pytest.raises(SystemExit, match="did not start"):
        LlamaServer(tmp_path / "broken.gguf", users=3, tokens=12)


async def test_ctranslate2_gets_the_tokens_of_all_users_in_one_call(tmp_path, monkeypatch, work):
    save_random("tiny", tmp_path / "model")
    calls = []

    class Generator:
        def __init__(self, folder, **options):
            calls.append((folder, options))

        def generate_batch(self, rows, **options):
            calls.append((rows, options))
            written = list(range(options["max_length"]))
            return [SimpleNamespace(sequences_ids=[written]) for _ in rows]

    class Converter:
        def __init__(self, folder):
            calls.append(folder)

        def convert(self, target, **options):
            calls.append((target, options))

    module, converters = ModuleType("ctranslate2"), ModuleType("ctranslate2.converters")
    module.Generator, converters.TransformersConverter = Generator, Converter
    monkeypatch.setitem(sys.modules, "ctranslate2", module)
    monkeypatch.setitem(sys.modules, "ctranslate2.converters", converters)
    rival = CTranslate2(tmp_path / "model", tmp_path)
    assert await rival.serve(work, 3) == 21
    source, (target, conversion), (folder, _), (rows, options) = calls
    assert (source, conversion) == (str(tmp_path / "model"), {"quantization": "int8"})
    assert target == folder
    assert [len(row) for row in rows] == [5, 5, 5]
    assert all(isinstance(token, str) for row in rows for token in row)
    assert options["min_length"] == options["max_length"] == 7
    assert (options["sampling_topp"], options["sampling_temperature"]) == (0.9, 0.8)


@pytest.mark.parametrize(
    ("name", "message"),
    [("ctranslate2", "unicornio\\[rivals\\]"), ("llama.cpp", "llama-server is not on the PATH")],
)
def test_what_is_not_installed_is_said(tmp_path, monkeypatch, name, message):
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(SystemExit, match=message),
        open_rivals(
            [name],
            model="tiny",
            folder=tmp_path,
            gguf=[tmp_path / "model.gguf"],
            npm=tmp_path,
            users=1,
            tokens=8,
            scratch=tmp_path,
        ),
    ):
        pass


def test_a_model_without_a_gguf_file_is_asked_for_one(server, tmp_path):
    with (
        pytest.raises(SystemExit, match="--gguf FILE"),
        open_rivals(
            ["llama.cpp"],
            model="tiny",
            folder=tmp_path,
            gguf=[],
            npm=tmp_path,
            users=3,
            tokens=12,
            scratch=tmp_path,
        ),
    ):
        pass


def test_an_unknown_rival_is_refused_before_anything_is_loaded(capsys):
    with pytest.raises(SystemExit):
        main(["--with", "vllm"])
    assert "ctranslate2, llama.cpp" in capsys.readouterr().err
