"""The command that serves an engine; what needs Ray stands in tests/scale."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import signal
import sys
from pathlib import Path

import pytest
import yaml

from engine import DecodingParams, Done, GenerationRequest, Progress, create_engine, serve
from engine.serving.options import NODE_ENVIRONMENT, ServeOptions

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="Ray is installed")
@pytest.mark.parametrize("command", ["up", "status", "down"])
def test_without_ray_it_says_what_is_missing(command, capsys):
    assert serve.main([command]) == 1
    assert "extra «ray»" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong", ["--replicas=0", "--rows=muchas", "--precision=int8", "--cpus=-1"]
)
def test_an_option_that_cannot_be_is_named(wrong, capsys):
    with pytest.raises(SystemExit):
        serve.main(["one", wrong])
    option, _, value = wrong.partition("=")
    assert f"{option}: no vale {value}" in capsys.readouterr().err


def test_the_command_line_speaks_spanish_and_says_what_each_option_is(capsys):
    with pytest.raises(SystemExit) as left:
        serve.main(["one", "--help"])
    said = capsys.readouterr().out
    assert left.value.code == 0
    assert said.startswith("uso: python -m engine.serve one ")
    assert "options" not in said
    assert "None" not in said
    assert list(serve._HELP) == list(ServeOptions.model_fields)
    for wrong in ([], ["one", "--nada"], ["one", "--port=muchos"]):
        with pytest.raises(SystemExit) as left:
            serve.main(wrong)
        assert left.value.code == 2
        assert capsys.readouterr().err.startswith("No entiendo esa orden.")


async def test_one_engine_is_served_and_lets_its_texts_end():
    command = [sys.executable, "-m", "engine.serve", "one", "--models=embedded", "--port=0"]
    process = await asyncio.create_subprocess_exec(
        *command, "--device=cpu", stdout=asyncio.subprocess.PIPE
    )
    said = (await process.stdout.readline()).decode()
    engine = create_engine(url=said.split()[2].rstrip("."))
    await engine.start()
    is_told = False
    try:
        # Longer than the half second between two records, however quick the machine is.
        params = DecodingParams(strategy="sample", max_new_tokens=450, attempts=8)
        request = GenerationRequest(prompt="Había una vez", params=params)
        async for event in engine.stream(request):
            if isinstance(event, Progress) and not is_told:
                process.send_signal(signal.SIGTERM)
                is_told = True
        assert is_told
        assert isinstance(event, Done)
        assert {a.finish_reason for a in event.completion.attempts} <= {"length", "eos"}
    finally:
        await engine.close()
        if not is_told:
            process.kill()
    assert await process.wait() == 0


async def test_a_model_that_is_not_there_is_said():
    command = [sys.executable, "-m", "engine.serve", "one", "--models=/no/está", "--port=0"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 1
    assert said.decode().startswith("El motor no arranca: ")
    assert "not_found" in said.decode()


async def test_an_address_that_cannot_be_had_is_said():
    command = [sys.executable, "-m", "engine.serve", "one", "--models=embedded", "--port=0"]
    process = await asyncio.create_subprocess_exec(
        *command, "--host=192.0.2.1", "--device=cpu", stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 1
    assert said.decode().startswith("No se puede escuchar en 192.0.2.1:0: ")


def test_only_the_bots_of_the_containers_are_asked_how_a_bot_is():
    file = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
    ours = {name: one for name, one in file["services"].items() if "build" in one}
    others = {name for name, one in ours.items() if "entrypoint" in one}
    assert others == {"principal", "nodo", "motor"}
    for name, service in ours.items():
        assert service.get("healthcheck") == ({"disable": True} if name in others else None)
        assert ("RAY_AUTH_TOKEN" in service["environment"]) == (name in others)


def test_every_node_is_told_who_hands_the_calls_out():
    file = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
    for name in ("principal", "nodo"):
        assert file["services"][name]["environment"].items() >= NODE_ENVIRONMENT.items()
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    for name, value in NODE_ENVIRONMENT.items():
        assert re.search(rf"^export .*\b{name}={value}\b", page, re.MULTILINE)


def test_the_file_for_a_cluster_says_what_the_command_takes():
    file = yaml.safe_load((ROOT / "deploy" / "serve.yaml").read_text(encoding="utf-8"))
    (application,) = file["applications"]
    module, _, function = application["import_path"].partition(":")
    assert callable(getattr(importlib.import_module(module), function))
    options = ServeOptions.model_validate(application["args"])
    assert options.models
    assert options.max_replicas >= options.replicas
