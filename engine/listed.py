"""What a server that lists only its best candidates tells of a text: all that is known, no more."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.values import Value

_BYTE = re.compile(r"⟨([0-9A-F]{2})⟩")


@dataclass(frozen=True, kw_only=True)
class Listed(Value):
    """One token that the server named at a step.

    Attributes:
        prob: As the server gives it.
        rank: 1-based place among all tokens; None for a chosen one behind those that it lists.
    """

    text: str
    prob: float
    rank: int | None


@dataclass(frozen=True, kw_only=True)
class ListedStep(Value):
    """One token of a text.

    Attributes:
        text: Of the token; bytes as ⟨C3⟩ where they do not decode alone.
        logprob: In nats, as the server gives it; None where it does not.
        candidates: Those that it lists, the best first, then the chosen one if it is not there.
        rest: Chance of all that is not listed, inferred: 1 − what is.
    """

    text: str
    logprob: float | None
    candidates: tuple[Listed, ...] = ()
    rest: float | None = None

    @property
    def data(self) -> bytes:
        """What it adds to the text."""
        parts = _BYTE.split(self.text)
        return b"".join(
            bytes.fromhex(part) if place % 2 else part.encode() for place, part in enumerate(parts)
        )

    @property
    def chosen(self) -> Listed | None:
        """The candidate that was written, where its chance is known."""
        return next((one for one in self.candidates if one.text == self.text), None)


@dataclass(frozen=True, kw_only=True)
class RemoteFacts(Value):
    """What is known of a text from elsewhere beside the text.

    Attributes:
        host: Where the prompt was sent.
        base_url: The same, as a program needs it.
        model: What it was asked for there.
        answered_as: What the server calls its model.
        fingerprint: What it says of its set-up: with another, the same request may
            be answered otherwise.
        top_n: Candidates that were asked for at each step; 0 where it gives no chances.
        sent: Settings that the server got.
        unsent: Settings in force that its interface does not take.
        is_seed_sent: Whether it got the seed; it need not keep to it.
        cut_by_list: 0-based attempts that end before a word that may not be written.
        fault: Why it ends early, where the server failed: one of `UNAVAILABLE_REASONS`.
    """

    host: str
    base_url: str
    model: str
    answered_as: str | None
    fingerprint: str | None
    top_n: int
    sent: tuple[str, ...]
    unsent: tuple[str, ...]
    is_seed_sent: bool
    cut_by_list: tuple[int, ...] = ()
    fault: str | None = None
