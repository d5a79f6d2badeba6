"""The notebook's numbers as a model gives them now, whoever computes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.notebook import facts


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is computed.

    Attributes:
        unicorns: The prompt of the texts.
        prompt_tokens: Of that prompt.
        max_length: Of prompt and new tokens together.
    """

    unicorns: str
    prompt_tokens: int
    max_length: int

    @property
    def room(self) -> int:
        """New tokens that fit behind the prompt; below 1: none."""
        return self.max_length - self.prompt_tokens


@dataclass(frozen=True, kw_only=True)
class TextSum:
    """A text and its log-probability, summed in both ways, in nats.

    Attributes:
        ids: New tokens.
        whole: Of all of them.
        as_notebook: Without the first, as the notebook's slice leaves it out.
    """

    ids: tuple[int, ...]
    whole: float
    as_notebook: float


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What one way of computing gives.

    Attributes:
        greedy_ids: Of the first table, `facts.GREEDY_STEPS` or as many as come before an end.
        greedy_percents: Raw probability of each, 0–100.
        sums: By the name of `facts.WRITTEN`; empty where the prompt leaves no room.
    """

    greedy_ids: tuple[int, ...]
    greedy_percents: tuple[float, ...]
    sums: Mapping[facts.StrategyName, TextSum]
