"""What the simulation is fed with: what was measured, what others say, and what is assumed.

`docs/growth.md` says where each comes from.
"""

from __future__ import annotations

from dataclasses import dataclass

DAY_S = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What an engine takes, in seconds.

    Attributes:
        points: Rows of a step, ascending from one, and what it takes with its choices and records.
        prompt_s: To read a prompt of some twenty tokens.
    """

    points: tuple[tuple[int, float], ...]
    prompt_s: float

    def step_s(self, rows: int) -> float:
        """Return the seconds of a step, on the line between the nearest two that are known."""
        (few, few_s), *_ = self.points
        for many, many_s in self.points[1:]:
            if rows <= many:
                return few_s + (many_s - few_s) * (rows - few) / (many - few)
            few, few_s = many, many_s
        return few_s * rows / few


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What a reply costs beside its tokens, in seconds.

    Attributes:
        begin_s: Of a bot's processor, from a command to its acknowledgement.
        edit_s: For an edit of what is being written.
        end_s: To pack a text, to store it and to show its last page.
        rest_s: Least and greatest time that Discord takes for a request.
        interval_s: Between two edits of a message.
        write_s: From a write to the end of its transaction, when nobody else writes.
        read_s: The same for a read; None where a bot is alone and need not ask.
        transaction_s: Of the database's processor, for a transaction.
        proxy_s: Of a proxy's processor, for a call.
        way_s: What a call through a proxy takes longer than one without.
    """

    begin_s: float = 0.006
    edit_s: float = 0.001
    end_s: float = 0.009
    rest_s: tuple[float, float] = (0.02, 0.08)
    interval_s: float = 1.5
    write_s: float = 0.002
    read_s: float | None = None
    transaction_s: float = 0.0005
    proxy_s: float = 1 / 150
    way_s: float = 0.028


ALONE = Costs()
SHARED = Costs(rest_s=(0.08, 0.25), write_s=0.0085, read_s=0.002)
"""Several machines, and the real Discord."""

MEASURED = Steps(
    points=(
        (1, 0.0025),
        (2, 0.0034),
        (4, 0.0042),
        (8, 0.0060),
        (16, 0.0097),
        (32, 0.0204),
    ),
    prompt_s=0.005,
)
"""unicornio-9m on one core, Equilibrado, ten candidates recorded."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What there is.

    Attributes:
        bots: Processes that speak to Discord.
        replicas: Engines.
        steps: Of a replica.
        rows: That a replica computes at once.
        seats: Texts that a replica takes; more than its rows take turns.
        queue: Texts that may wait for a seat, all replicas together.
        is_one_process: Whether the one bot and the one replica share a processor.
        proxies: That the calls go through; 0: the bots know the replicas.
        database_cores: Of the database.
        costs: Of the rest.
    """

    bots: int = 1
    replicas: int = 1
    steps: Steps = MEASURED
    rows: int = 32
    seats: int = 40
    queue: int = 64
    is_one_process: bool = False
    proxies: int = 0
    database_cores: int = 1
    costs: Costs = SHARED


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """What is asked for.

    Attributes:
        per_day: Replies.
        peak: How much more than the mean is asked for in the busiest moment of a day.
        tokens: Least and greatest length of a text.
        group_share: Share of the replies that a group asks for together: a class.
        group: How many they are.
        group_s: Within how many seconds they ask.
    """

    per_day: float
    peak: float = 3.0
    tokens: tuple[float, float] = (60.0, 78.0)
    group_share: float = 0.2
    group: int = 30
    group_s: float = 10.0
