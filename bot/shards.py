"""Which of a bot's servers are this process's: Discord deals them to shards."""

from __future__ import annotations

from dataclasses import dataclass

_SHARD_SHIFT = 22
"""Discord's own: an id without its last bits, modulo the number of shards (its documentation)."""


@dataclass(frozen=True)
class Shards:
    """The shards of one process.

    Attributes:
        ids: 0-based; () where the process has all that Discord asks for.
        count: Of all processes together; None before Discord has said how many.
    """

    ids: tuple[int, ...] = ()
    count: int | None = None

    @property
    def are_some(self) -> bool:
        """Whether other processes have the others."""
        return self.count is not None and 0 < len(self.ids) < self.count

    @property
    def label(self) -> str:
        """Their ids, as an admin writes them."""
        return ",".join(map(str, self.ids))

    def have(self, guild_id: int | None) -> bool:
        """Tell whether a server's events come to this process; direct messages come to shard 0."""
        if self.count is None or not self.ids:
            return True
        return ((guild_id or 0) >> _SHARD_SHIFT) % self.count in self.ids
