"""Where a page inside the model stands: all that its buttons need to know."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Self

from bot.messages.place import PageName, Place


class InsidePage(IntEnum):
    """The pages, by their number in a custom_id."""

    SUMMARY = 0
    LENS = 1
    ATTENTION = 2
    VECTOR = 3
    CROSS = 4
    """From a target at its source, in an encoder-decoder."""
    OF_SOURCE = 5
    """Attention of the source itself."""


PARTS = (InsidePage.CROSS, InsidePage.OF_SOURCE, InsidePage.ATTENTION)
"""The attention of an encoder-decoder: across, of its encoder, of its decoder."""
LAST_LAYER = 9999
"""Stands for the last layer where nobody knows yet how many there are."""


@dataclass(frozen=True, kw_only=True)
class InsidePlace:
    """A page inside the model.

    Attributes:
        attempt: 0-based attempt.
        step: 0-based step.
        candidates: How many candidates the explorer lists, to which the page leads back.
        page: Which one.
        layer: 0-based layer whose attention is shown.
        head: 1-based head, or 0 for the mean of the layer's heads.
        token: 1-based token whose vector is shown, or before whose end attention is drawn; 0 for
            the last one.
    """

    attempt: int = 0
    step: int = 0
    candidates: int = 5
    page: int = InsidePage.SUMMARY
    layer: int = 0
    head: int = 0
    token: int = 0

    @property
    def args(self) -> tuple[int, ...]:
        """The numbers of a custom_id, in the order of `PLACE_ARGS`."""
        return tuple(getattr(self, name) for name in PLACE_ARGS)

    @classmethod
    def of_args(cls, args: tuple[int, ...]) -> Self:
        """Read what `args` wrote."""
        return cls(**dict(zip(PLACE_ARGS, args, strict=False)))

    @classmethod
    def of(cls, place: Place) -> Self:
        """Read the place of a page in the explorer; without details, the summary's."""
        return cls.of_args((place.attempt, place.step, place.candidates, *place.details))

    @property
    def in_explorer(self) -> Place:
        """The page's place among those of the explorer."""
        details = self.args[len(_OF_STEP) :]
        return replace(self.of_step, page=PageName.INSIDE, details=details)

    @property
    def of_step(self) -> Place:
        """The explorer's page of the same step."""
        return Place(attempt=self.attempt, step=self.step, candidates=self.candidates)

    def at(self, page: InsidePage) -> Self:
        """Return another page of the same step, at the text's end."""
        return replace(self, page=page, token=0)


_OF_STEP = ("attempt", "step", "candidates")
PLACE_ARGS = tuple(field.name for field in fields(InsidePlace))
