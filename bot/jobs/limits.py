"""How much one person may ask for: a cap on what runs at once and a pause between requests."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from typing import Self

from discord.app_commands import Cooldown

from bot.jobs.elsewhere import Elsewhere
from bot.messages.errors import UserError
from bot.render.numbers import duration
from bot.texts import common as texts

_BUCKETS_KEPT = 10_000


class Ticket:
    """A place taken by one request; give it back exactly once, by `release` or `refund`.

    As a context it is released at the end.
    """

    def __init__(self, limits: Limits, user_id: int) -> None:
        self._limits: Limits | None = limits
        self._user_id = user_id

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Free the place; the pause goes on. A second call does nothing."""
        if self._limits is not None:
            self._limits.leave(self._user_id)
            self._limits = None

    def refund(self) -> None:
        """Free the place and forgive the pause: the person got nothing."""
        if self._limits is not None:
            self._limits.forgive(self._user_id)
        self.release()


class Limits:
    """The limits of one bot instance.

    Args:
        max_per_user: Requests of one person that may be queued or running at once.
        cooldown_s: Pause between two accepted requests of one person; 0 means none.
        elsewhere: What the same person asks of the bot's other processes; None: there are none.
        clock: Seconds of a clock that never goes back.
    """

    def __init__(
        self,
        *,
        max_per_user: int,
        cooldown_s: float,
        elsewhere: Elsewhere | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_per_user = max_per_user
        self._cooldown_s = cooldown_s
        self._elsewhere = elsewhere
        self._clock = clock
        self._running: Counter[int] = Counter()
        self._buckets: dict[int, Cooldown] = {}

    async def admit(self, user_id: int) -> Ticket:
        """Take a place for a request.

        Raises:
            UserError: The person has too many requests, or came back too soon.
        """
        self._require_place(self._running[user_id])
        _require_no_wait(self._take_token(user_id))
        self._running[user_id] += 1
        if self._elsewhere is not None:
            try:
                await self._ask(self._elsewhere, user_id)
            except BaseException:
                self._buckets.pop(user_id, None)
                self.leave(user_id)
                raise
        return Ticket(self, user_id)

    def admit_again(self, user_id: int) -> Ticket:
        """Take a place for a request that was admitted before its process ended.

        Whatever the person has asked for meanwhile, it is not refused.
        """
        self._running[user_id] += 1
        return Ticket(self, user_id)

    def leave(self, user_id: int) -> None:
        """Count one request of a person less."""
        self._running[user_id] -= 1
        if self._running[user_id] <= 0:
            del self._running[user_id]

    def forgive(self, user_id: int) -> None:
        """Let a person ask again at once."""
        self._buckets.pop(user_id, None)
        if self._elsewhere is not None and self._cooldown_s:
            self._elsewhere.forgive(user_id)

    async def _ask(self, elsewhere: Elsewhere, user_id: int) -> None:
        """Count what other processes serve of a person; this request has its place already."""
        self._require_place(self._running[user_id] - 1 + await elsewhere.running(user_id))
        if self._cooldown_s:
            _require_no_wait(await elsewhere.take_pause(user_id, self._cooldown_s))

    def _require_place(self, running: int) -> None:
        if running >= self._max_per_user:
            raise UserError(
                texts.TOO_MANY_ONE
                if self._max_per_user == 1
                else texts.TOO_MANY.format(limit=self._max_per_user)
            )

    def _take_token(self, user_id: int) -> float | None:
        if not self._cooldown_s:
            return None
        now = self._clock()
        if len(self._buckets) >= _BUCKETS_KEPT:
            self._buckets = {
                user: bucket
                for user, bucket in self._buckets.items()
                if bucket.get_retry_after(now) > 0
            }
        bucket = self._buckets.setdefault(user_id, Cooldown(1, self._cooldown_s))
        return bucket.update_rate_limit(now)


def _require_no_wait(wait_s: float | None) -> None:
    if wait_s:
        raise UserError(texts.COOLDOWN.format(wait=duration(math.ceil(wait_s))))
