"""Cells of the lesson run once on a tiny model that is saved and loaded like a real one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from bot.config import Settings
from bot.features.lesson.cell import CellResult, Lab, Pinned
from bot.features.lesson.cells import cell_of
from bot.messages.pictures import PictureCache
from engine import create_engine
from engine.words import WordList
from tests.engine import tiny

LONG = 256
"""A context in which the notebook's prompts and their 128 tokens have room."""


@dataclass(frozen=True)
class Reference:
    """The same model in transformers."""

    model: Any
    tokenizer: Any

    def ids(self, prompt: str) -> torch.Tensor:
        """Return what the model reads, shape (1, tokens)."""
        return self.tokenizer(prompt, return_tensors="pt")["input_ids"]

    def generate(self, prompt: str, **options: Any) -> tuple[torch.Tensor, int]:
        """Return prompt and text as ids, shape (1, tokens), and the tokens of the prompt."""
        ids = self.ids(prompt)
        out = self.model.generate(ids, pad_token_id=self.model.config.eos_token_id, **options)
        return out, ids.shape[1]

    def logprobs(self, out: torch.Tensor) -> torch.Tensor:
        """Return the log-probability of every token but the first, shape (tokens − 1,)."""
        with torch.inference_mode():
            scores = self.model(out).logits[0].log_softmax(-1)
        return scores[range(out.shape[1] - 1), out[0, 1:]]

    def next_probs(self, prompt: str) -> torch.Tensor:
        """Return the probabilities of the token behind a prompt, shape (vocab,)."""
        with torch.inference_mode():
            return self.model(self.ids(prompt)).logits[0, -1].double().softmax(-1)


class Replies:
    """Stored replies, as far as cells look for them.

    Attributes:
        asked: The ids that were looked for.
    """

    def __init__(self, **known: Any) -> None:
        self.known, self.asked = known, []

    async def get(self, reply_id: str) -> Any:
        self.asked.append(reply_id)
        return self.known.get(reply_id)


def build(folder: Path, family: str = "gpt2", *, positions: int = LONG, **options: Any) -> str:
    """Save a tiny random model; return its name for the engine."""
    shape = dict(tiny.SHAPES[family])
    for name in ("n_positions", "max_position_embeddings"):
        if name in shape:
            shape[name] = positions
    with mock.patch.dict(tiny.SHAPES, {family: shape}):
        tiny.build(family, folder, **options)
    return str(folder)


def reference(folder: Path) -> Reference:
    """Load the model as anybody would."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return Reference(model, AutoTokenizer.from_pretrained(folder))


def run_cells(
    *keys: str,
    models: list[str],
    text: str | None = None,
    lessons: Any = None,
    reports: list[tuple[int, int]] | None = None,
    replies: Any = None,
    games: Any = None,
    **settings: Any,
) -> dict[str, CellResult]:
    """Run cells one behind the other, each once.

    Args:
        *keys: Of the cells.
        models: The first one gives the lesson.
        text: In place of the notebook's prompts.
        lessons: What is stored of the lesson.
        replies: What is stored of the texts of earlier cells.
        reports: Takes what cells say of their progress.
        games: What is stored of games.
        **settings: Of the installation.
    """

    async def run() -> dict[str, CellResult]:
        engine = create_engine(models=models, device="cpu", batch_rows=16)
        await engine.start()
        words = tuple(settings.pop("blocked_words", ()))
        client: Any = SimpleNamespace(
            engine=engine,
            settings=Settings(**settings),
            blocked_words=words,
            word_list=WordList(words),
            pictures=PictureCache(),
            storage=SimpleNamespace(lessons=lessons, replies=replies or Replies(), games=games),
        )
        info = engine.models()[0]
        pinned = Pinned(model=info.name, revision=None, precision="exact")
        told = None if reports is None else lambda *said: reports.append(said)
        lab = Lab(client, pinned, owner_id=1, lesson_id="a" * 32, channel_id=2, report=told)
        found = {}
        for key in keys:
            cell: Any = cell_of(key)
            found[key] = await cell.run(lab, text)
        await engine.close()
        return found

    return asyncio.run(run())


def executed(code: str, **names: Any) -> Any:
    """Run a cell's code, as it is shown; return the value of its last line."""
    *lines, last = code.splitlines()
    while lines and last.startswith((" ", "#")):
        last = f"{lines.pop()}\n{last}"
    scope = {"torch": torch, **names}
    with torch.inference_mode():
        exec("\n".join(lines), scope)
        if "=" in last.partition("(")[0]:
            exec(last, scope)
            return scope[last.partition(" ")[0]]
        return eval(last, scope)
