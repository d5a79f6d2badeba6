"""What the real bot does on the wire: how soon it answers, and what an answer costs its process."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from engine import Completion
from engine.packing import unpack
from tests.growth.processes import processor_s
from tests.wire.asking import is_written

ROOT = Path(__file__).parents[2]
_CHANNELS = 50
_QUIET_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Run:
    """What came of some replies.

    Attributes:
        answers_s: From the command to the finished message, by reply.
        words_s: To the first word that is seen.
        processor_s: What the bot's process used for a reply.
        requests: To Discord, for a reply.
        outside: Those of all replies that are no answers to interactions.
    """

    answers_s: Sequence[float]
    words_s: Sequence[float]
    processor_s: float
    requests: float
    outside: int


class Wire:
    """A bot that serves the fake Discord.

    Args:
        d: The fake Discord.

    Attributes:
        tokens: Mean length of what was written, once the bot has ended.
        row_bytes: Mean size of a stored reply, then too.
    """

    def __init__(self, d: Any) -> None:
        self._d = d
        self._users = count(1)
        self.tokens = self.row_bytes = 0.0

    async def ask(self, offsets_s: Sequence[float], tokens: int) -> Run:
        """Let people ask at those moments from now on, each in a channel of its own."""
        await asyncio.sleep(_QUIET_S)
        sent, used_s = len(self._d.requests), processor_s(self._d.proc.pid)
        results = await asyncio.gather(*(self._later(one_s, tokens) for one_s in offsets_s))
        used_s = processor_s(self._d.proc.pid) - used_s
        requests = self._d.requests[sent:]
        return Run(
            answers_s=[one.latency_done for one in results],
            words_s=[_first_word_s(one) for one in results],
            processor_s=used_s / len(results),
            requests=len(requests) / len(results),
            outside=sum(one.result is None for one in requests),
        )

    def read(self, folder: Path) -> None:
        """Read what a bot that has ended has stored."""
        with sqlite3.connect(next(folder.glob("*.db"))) as connection:
            rows = connection.execute("SELECT completion, size_bytes FROM replies").fetchall()
        self.row_bytes = statistics.mean(size for _, size in rows)
        self.tokens = statistics.mean(
            len(unpack(Completion, packed).attempts[0].token_ids) for packed, _ in rows
        )

    async def _later(self, offset_s: float, tokens: int) -> Any:
        user = next(self._users)
        await asyncio.sleep(offset_s)
        return await self._d.slash(
            "continuar",
            {"texto": f"Texto {user}", "tokens": tokens},
            user=user,
            channel=user % _CHANNELS,
            until=is_written,
            timeout=200,
        )


@asynccontextmanager
async def served(rest_s: tuple[float, float], cores: str) -> AsyncIterator[Wire]:
    """Start a bot with the model that ships, and end it.

    Args:
        rest_s: Least and greatest time that the fake Discord takes for a request.
        cores: That the bot may use, as `taskset` wants them.
    """
    sys.path.insert(0, os.environ["WIRE_DIR"])
    from fakediscord import FakeDiscord

    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        async with FakeDiscord(
            rest_latency=rest_s, gateway_latency=(0.01, 0.03), channels=_CHANNELS
        ) as d:
            bot = [sys.executable, "-m", "bot", "--env-file", _empty_file(folder)]
            await d.start_bot(
                ["taskset", "-c", cores, *bot],
                env={"MODELS": "unicornio-9m", "DATA_DIR": folder},
                cwd=ROOT,
                ready_timeout=180,
                sync_grace=60,
                nice=0,
            )
            wire = Wire(d)
            # What is slow for the first time only.
            await wire.ask([0.0] * 4, 20)
            yield wire
            await d.stop_bot()
        wire.read(Path(folder))


def _empty_file(folder: str) -> str:
    path = Path(folder, "none.env")
    path.touch()
    return str(path)


def _first_word_s(result: Any) -> float:
    """Return when the first word was seen, which the place in the queue is not."""
    return min(
        float(seconds)
        for message in result.messages
        for seconds, content, *_ in message.history
        if "▌" in content or "nventado por" in content
    )
