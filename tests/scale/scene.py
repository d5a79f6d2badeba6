"""Everything together while parts of it die: `make scene`, as root, some ten minutes.

    WIRE_DIR=… python -m tests.scale.scene [replica|node|bot|head|change]…

Three machines (namespaces) with a cluster of Ray and two replicas, Redis, PostgreSQL, two processes
of the bot, and a hundred people. One part after the other ends at once in the middle of writing.
Prints, for each, how many were answered, how many with the same tokens as undisturbed, and what
must not be; ends with 1 where there is any of that.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from tests import postgresql
from tests.scale.cluster import favour, replicas_of
from tests.scale.crowd import PEOPLE, Crowd, Outcome, Texts, parted
from tests.scale.machines import Machines, lacking, running_machines
from tests.wire.processes import Bots

_BUSY: Final = range(1, 13)
"""Who asks again and again while the replicas are changed."""


class Scene:
    """The parts, and what is done to them.

    Args:
        machines: Started, with replicas.
        bots: Started.
        crowd: Of both.
    """

    def __init__(self, machines: Machines, bots: Bots, crowd: Crowd) -> None:
        self._machines = machines
        self._bots = bots
        self._crowd = crowd
        self._expected: Outcome | None = None
        self.has_failed = False

    async def play(self, acts: Sequence[str]) -> None:
        """Play some acts, and print what became of everybody."""
        _say("| qué | contestados | iguales | acuse más lento | texto más lento |")
        _say("|---|---|---|---|---|")
        self._expected = await self._row("nada", None)
        for act in acts:
            await ACTS[act](self)

    async def replica(self) -> None:
        """A replica ends."""
        await self._row("`kill -9` de una réplica", self._kill_replica)
        await self._all_here()

    async def node(self) -> None:
        """A node ends, with its replica and the address at which it is reached."""
        await self._row("`kill -9` de todo un nodo", self._kill_node)
        await asyncio.to_thread(self._machines.start_node, self._machines.nodes[1])
        await self._all_here()

    async def bot(self) -> None:
        """A process of the bot ends: the other writes again what it has left."""
        await self._row("`kill -9` de un proceso del bot", self._kill_bot)
        await self._bots.start(1)

    async def head(self) -> None:
        """The head ends; another one goes on with what Redis knows."""
        before = set(await replicas_of(self._machines.urls, 2))
        await self._row("`kill -9` de la principal", self._kill_head)
        await asyncio.to_thread(self._machines.start_head)
        await self._row("con otra principal y el mismo Redis", None)
        after = set(await replicas_of(self._machines.urls, 2))
        _say(f"  réplicas que seguían: {len(before & after)} de 2")
        # Only a head that knows of it replaces it.
        await self._row("después, `kill -9` de una réplica", self._kill_replica)
        await self._all_here()

    async def change(self) -> None:
        """Both replicas are made anew while people ask without a pause."""
        before = set(await replicas_of(self._machines.urls, 2))
        changing = asyncio.to_thread(self._machines.up, max_queue=201)
        count, odd = await self._crowd.keep_asking(changing, _BUSY)
        after = set(await replicas_of(self._machines.urls, 2))
        name = f"relevo de las réplicas, {len(_BUSY)} personas sin parar"
        _say(f"| {name} | {count} | {len(odd)} errores | | |")
        self._note(odd)
        self._note([f"{pid} is still there" for pid in before & after])
        assert self._expected is not None
        for number, texts in self._crowd.new_texts().items():
            for text in texts:
                self._compare(self._expected.texts, {number: [text]})

    async def _row(self, name: str, disturb: Callable[[], Awaitable[object]] | None) -> Outcome:
        outcome = await self._crowd.ask(disturb)
        expected = self._expected or outcome
        written = sum(len(texts) == 1 for texts in outcome.texts.values())
        times = (_seconds(outcome.ack_s), _seconds(outcome.slowest_s))
        _say(
            " | ".join(
                (f"| {name}", f"{written} de {PEOPLE}", str(outcome.equal(expected)), *times)
            )
            + " |"
        )
        self._note(outcome.odd)
        self._compare(expected.texts, outcome.texts)
        if written != PEOPLE:
            self._note([f"{PEOPLE - written} have no text"])
        return outcome

    def _compare(self, expected: Texts, texts: Texts) -> None:
        ties, odd = parted(expected, texts)
        for tie in ties:
            _say(f"  ~ {tie}")
        self._note(odd)

    def _note(self, odd: list[str]) -> None:
        for one in odd:
            self.has_failed = True
            _say(f"  ! {one}")

    async def _kill_replica(self) -> None:
        victim, *_ = await replicas_of(self._machines.urls, 2)
        os.kill(victim, signal.SIGKILL)

    async def _kill_node(self) -> None:
        await asyncio.to_thread(self._machines.nodes[1].kill)

    async def _kill_bot(self) -> None:
        await self._bots.kill(1)

    async def _kill_head(self) -> None:
        await asyncio.to_thread(self._machines.head.kill)

    async def _all_here(self) -> None:
        """Wait until both replicas are there again."""
        began_s = time.monotonic()
        await replicas_of(self._machines.urls, 2)
        _say(f"  otra vez dos réplicas a los {time.monotonic() - began_s:.0f} s")


ACTS: Final[Mapping[str, Callable[[Scene], Awaitable[None]]]] = {
    "replica": Scene.replica,
    "node": Scene.node,
    "bot": Scene.bot,
    "head": Scene.head,
    "change": Scene.change,
}


async def _main(acts: Sequence[str]) -> int:
    sys.path.insert(0, os.environ["WIRE_DIR"])
    from fakediscord import FakeDiscord

    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scene-")))
        server = stack.enter_context(postgresql.running_server())
        machines = stack.enter_context(running_machines())
        await asyncio.to_thread(machines.up)
        d: Any = await stack.enter_async_context(FakeDiscord(guilds=2, channels=50))
        name = server.new_database()
        env = {"DATABASE_URL": server.url(name), "ENGINE_URL": ",".join(machines.urls)}
        bots = Bots(d, folder, env)
        stack.push_async_callback(bots.close)
        await bots.start(0, 1)
        scene = Scene(machines, bots, Crowd(d, server, name))
        await scene.play(acts)
        if d.tracebacks():
            _say("\n".join(d.tracebacks()))
        return int(scene.has_failed or bool(d.tracebacks()))


def _seconds(value: float) -> str:
    return f"{value:.1f} s".replace(".", ",")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Play the scene where everything for it is here; return the exit status."""
    lack = lacking() or postgresql.missing()
    if lack or not os.environ.get("WIRE_DIR"):
        _say(lack or "WIRE_DIR names no fake Discord")
        return 1
    # Above the nodes, which are sessions of their own: Discord waits for three seconds.
    favour(os.getpid(), -10)
    # Whoever ends it leaves no machines behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("acts", nargs="*", default=list(ACTS), metavar="|".join(ACTS))
    return asyncio.run(_main(parser.parse_args().acts))


if __name__ == "__main__":
    sys.exit(main())
