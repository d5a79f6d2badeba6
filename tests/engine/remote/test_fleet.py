"""What the addresses have said: of the replicas that are there, and of no other."""

from __future__ import annotations

from types import SimpleNamespace

from engine.remote import fleet as module
from engine.remote.connection import Timeouts
from engine.remote.fleet import Fleet
from engine.remote.status import ReplicaStatus, together
from engine.status import FreeMemory

STATS = together((), 2)


class Address:
    """An address behind which each look meets a replica of another name."""

    host = "uno"

    def __init__(self) -> None:
        self.looks = 0

    async def status(self) -> ReplicaStatus:
        self.looks += 1
        return ReplicaStatus(
            replica=f"réplica {self.looks}",
            models=(),
            capabilities={},
            stats=STATS,
            free_memory=FreeMemory(device="cpu", available_bytes=None),
        )


async def test_replicas_that_are_gone_are_forgotten_but_for_the_last_word(monkeypatch):
    clock = SimpleNamespace(now_s=0.0)
    clock.monotonic = lambda: clock.now_s
    monkeypatch.setattr(module, "time", clock)
    fleet = Fleet(["http://uno"], Timeouts(), patience_s=1.0)
    fleet._connections = [Address()]
    for _ in range(500):
        clock.now_s += 2.0
        await fleet.look()
    assert 1 < len(fleet._statuses) < 10
    clock.now_s = 5000.0
    assert fleet.status.replica == "réplica 500"
    assert fleet.stats(3).queued == STATS.queued + 3
