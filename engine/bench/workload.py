"""What every contestant of a bench is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, cycle, islice
from typing import Protocol

TOP_P = 0.9
TEMPERATURE = 0.8
MOST_USERS = 64
"""Users of a turn whose prompts are kept apart from those of the next."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What every user asks for: a prompt of some tokens, continued by some.

    Attributes:
        prompt: Text at the start of every prompt.
        prompt_ids: What it is to the tokenizer.
        text_ids: A text; each prompt goes on with a stretch of it, from another place.
        prompt_tokens: Length of a prompt.
        new_tokens: Length of an answer.
        is_sampled: Top-p sampling, else greedy search.
        turn: Which turn of the bench it is.
    """

    prompt: str
    prompt_ids: tuple[int, ...]
    text_ids: tuple[int, ...]
    prompt_tokens: int
    new_tokens: int
    is_sampled: bool
    turn: int = 0

    def rest_of(self, user: int) -> tuple[int, ...]:
        """Return the ids that follow the start in a user's prompt.

        No two prompts of a bench begin alike, so nobody goes on from what it has read before.
        """
        count = self.prompt_tokens - len(self.prompt_ids)
        first = 7 * user % len(self.text_ids)
        number = MOST_USERS * self.turn + user
        size = len(self.text_ids)
        own = (self.text_ids[number % size], self.text_ids[number // size % size])
        text = islice(cycle(self.text_ids), first, None)
        return tuple(islice(chain(own, text), count))


class Contestant(Protocol):
    """One way to serve `users` at once."""

    name: str

    async def serve(self, work: Workload, users: int) -> int:
        """Serve everybody; return how many tokens were written."""
        ...
