"""Where an explorer stands: all that its buttons need to know, small enough for a custom_id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import Any

from bot.messages.errors import UserError
from bot.render.listed import ListedView, most_surprising
from bot.render.markdown import escape
from bot.render.step import StepView
from bot.render.written_words import most_surprising_word
from bot.storage.records import StoredReply
from bot.texts import step as texts

DEFAULT_CANDIDATES = 5
MOST_SURPRISING = -1
"""Opens an attempt at the first token of its most surprising word; never in a custom_id."""
WINDOW = 25
"""Steps in one menu: Discord's limit of options."""


CANDIDATE_CHOICES = (5, 10, 25)


class PageName(StrEnum):
    """The pages of an explorer; those of «Más…» by their value there."""

    STEP = "paso"
    NUMBERS = "numeros"
    COLOURED = "color"
    FUNNEL = "embudo"
    TREE = "arbol-beams"
    BRANCHES = "rama"
    SWAP = "cambiar"
    WORD = "palabra"
    REDRAW = "otra"
    INSIDE = "dentro"
    FAMILIES = "familias"


class FileKind(StrEnum):
    """What the explorer can send."""

    NOTEBOOK = "tabla"
    CSV = "csv"
    RECIPE = "receta"
    JSON = "json"
    TREE = "arbol"


class Role(IntEnum):
    """Why a step button is there: two may lead to the same step, and custom_ids must differ."""

    BACK = 0
    ON = 1
    WINDOW_BACK = 2
    WINDOW_ON = 3


@dataclass(frozen=True, kw_only=True)
class Place:
    """A page of an explorer.

    Attributes:
        attempt: 0-based attempt.
        step: 0-based step, or `MOST_SURPRISING`.
        candidates: How many candidates are listed.
        publisher: User id of whom a public copy belongs to; 0 where only the reader sees it.
        page: Which one.
        details: Numbers that only this page knows.
    """

    attempt: int = 0
    step: int = MOST_SURPRISING
    candidates: int = DEFAULT_CANDIDATES
    publisher: int = 0
    page: PageName = PageName.STEP
    details: tuple[int, ...] = ()

    @classmethod
    def of(cls, numbers: Mapping[str, int], page: PageName = PageName.STEP) -> Place:
        """Return the place that the numbers of a custom_id name; it leaves others aside."""
        named: dict[str, Any] = {
            name: numbers[name]
            for name in ("attempt", "step", "candidates", "publisher")
            if name in numbers
        }
        return cls(page=page, **named)

    @property
    def is_public(self) -> bool:
        """Whether the page stands in the channel."""
        return self.publisher != 0

    def private(self) -> Place:
        """Return the same page for one reader."""
        return replace(self, publisher=0)


def step_view(reply: StoredReply, place: Place) -> StepView:
    """Return what the page shows; a place beyond the end shows the last there is.

    Raises:
        UserError: The reply has no recorded steps.
    """
    if reply.completion.remote is not None:
        raise UserError(texts.ELSEWHERE.format(host=escape(reply.completion.remote.host)))
    attempt = min(place.attempt, len(reply.completion.attempts) - 1)
    if attempt < 0 or not reply.completion.attempts[attempt].steps:
        raise UserError(texts.NO_STEPS)
    chosen = reply.completion.attempts[attempt]
    step = place.step
    if step == MOST_SURPRISING:
        step = most_surprising_word(reply.text_before, chosen).start
    return StepView(
        before=reply.text_before,
        completion=reply.completion,
        attempt=attempt,
        step=min(step, len(chosen.steps) - 1),
        candidates=place.candidates,
    )


def listed_view(reply: StoredReply, place: Place) -> ListedView:
    """Return what the page of a server's text shows; see `step_view`.

    Raises:
        UserError: The reply has no recorded steps.
    """
    attempt = min(place.attempt, len(reply.completion.attempts) - 1)
    if attempt < 0 or not reply.completion.attempts[attempt].listed:
        raise UserError(texts.NO_STEPS_ELSEWHERE)
    steps = reply.completion.attempts[attempt].listed
    step = most_surprising(steps) if place.step == MOST_SURPRISING else place.step
    return ListedView(
        before=reply.text_before,
        completion=reply.completion,
        attempt=attempt,
        step=min(step, len(steps) - 1),
        candidates=place.candidates,
    )


def view_of(reply: StoredReply, place: Place) -> StepView | ListedView:
    """Return the step of either kind of text.

    Raises:
        UserError: The reply has no recorded steps.
    """
    is_here = reply.completion.remote is None
    return step_view(reply, place) if is_here else listed_view(reply, place)


def window_of(step: int, steps: int) -> range:
    """Return the steps that share a menu with this one."""
    first = step // WINDOW * WINDOW
    return range(first, min(first + WINDOW, steps))
