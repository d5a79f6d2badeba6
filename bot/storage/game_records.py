"""A game of guessing the next word, as frozen values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, Self

from engine import GenerationRequest

RoundState = Literal["preparing", "open", "revealed", "shown"]
"""«preparing»: the engine is asked; «revealed»: closed, and its message may not say so yet."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One of the words that a round offers.

    Attributes:
        token_id: The token that writes it.
        word: As people read it.
        prob: Its probability when the die falls.
    """

    token_id: int
    word: str
    prob: float


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the die gave.

    Attributes:
        ids: The token that was drawn, and those that end its word.
        text: What they add to the text.
        word: The same as people read it.
        token: The drawn token alone, as people read it.
        prob: Of the drawn token.
        u: The die, 0 ≤ u < 1.
        low: Where the token's stretch of the unit interval begins.
        high: Where it ends.
    """

    ids: tuple[int, ...]
    text: str
    word: str
    token: str
    prob: float
    u: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Hand:
    """A round as the model sees it.

    Attributes:
        before: The text so far.
        options: A, B, C, …, in the order in which they are offered.
        outcome: What came out.
        entropy_bits: Mean surprise of a word that the model's own die draws.
        shares: Probabilities of the likeliest tokens, the greatest first.
    """

    before: str
    options: tuple[Option, ...]
    outcome: Outcome
    entropy_bits: float
    shares: tuple[float, ...]

    @property
    def favourite(self) -> int:
        """Index of the option that the model thinks likeliest."""
        return max(range(len(self.options)), key=lambda i: self.options[i].prob)

    @property
    def drawn(self) -> int | None:
        """Index of the option that came out, or None where none of them did."""
        first = self.outcome.ids[0]
        return next((i for i, one in enumerate(self.options) if one.token_id == first), None)

    def to_json(self) -> str:
        """Write it as JSON."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read it from JSON.

        Raises:
            ValueError: It is none, or of a newer version.
        """
        try:
            fields = json.loads(text)
            options = tuple(Option(**option) for option in fields.pop("options"))
            outcome: Mapping[str, Any] = fields.pop("outcome")
            drawn = Outcome(**{**outcome, "ids": tuple(outcome["ids"])})
            shares = tuple(fields.pop("shares"))
            return cls(options=options, outcome=drawn, shares=shares, **fields)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(repr(error)) from error


@dataclass(frozen=True, kw_only=True)
class Game:
    """A game in a channel.

    Attributes:
        rounds: How many words are guessed.
        seconds: How long each is voted on; None where the host ends it.
        request: What is asked of the engine; each round goes on where the last one ended.
        created_at: Aware, UTC.
        is_open: Whether it still goes on.
    """

    game_id: str
    host_id: int
    guild_id: int | None
    channel_id: int
    application_id: int
    rounds: int
    seconds: int | None
    request: GenerationRequest
    created_at: datetime
    is_open: bool = True


@dataclass(frozen=True, kw_only=True)
class Round:
    """One word of a game.

    Attributes:
        number: 1-based.
        version: Grows with every change of its state.
        reply_id: Of the text that explains it, once it is revealed.
        message_id: The message that shows it, once sent.
        interaction_token: Lets the bot edit that message for 15 minutes from `token_at` on; ""
            where the bot wrote it on its own.
        deadline: When its votes end, aware, UTC; None where the host ends them.
        prefix: Tokens written before it.
        hand: What the model thinks; None while the engine is asked.
    """

    game_id: str
    number: int
    state: RoundState
    version: int
    reply_id: str
    message_id: int | None
    interaction_token: str
    token_at: datetime
    deadline: datetime | None
    prefix: tuple[int, ...]
    hand: Hand | None = None

    @property
    def is_over(self) -> bool:
        """Whether everybody may see what came out."""
        return self.state in ("revealed", "shown")


@dataclass(frozen=True, kw_only=True)
class Guess:
    """One person's choice in a round.

    Attributes:
        choice: 0-based option; None for a word of one's own.
        word: What was chosen, as people read it.
        ids: The tokens that write it.
        prob: Its probability: the product of its tokens'.
    """

    number: int
    voter_id: int
    choice: int | None
    word: str
    ids: tuple[int, ...]
    prob: float


@dataclass(frozen=True, kw_only=True)
class PersonalGame:
    """A game that a person began, or what a person guessed in one.

    Attributes:
        text: What it began with; "" where it is another person's.
        guesses: The person's own, in order.
    """

    guild_id: int | None
    channel_id: int
    created_at: datetime
    is_host: bool
    text: str
    guesses: tuple[Guess, ...]
