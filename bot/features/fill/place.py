"""Where a page of `/rellenar` stands: all that its buttons need to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from bot.client import Client
from bot.storage.records import StoredReply
from bot.ui.carried import item_at
from engine.filling import FILL_ORDERS, FillOrder


class FillPage(IntEnum):
    """The pages of a filled text."""

    GAP = 0
    NUMBERS = 1
    ATTENTION = 2


@dataclass(frozen=True, kw_only=True)
class FillPlace:
    """A page.

    Attributes:
        gap: 0-based number of the gap.
        order: 0-based place in `FILL_ORDERS`.
        page: Which one.
        publisher: User id of whom a public copy belongs to; 0 where only the reader sees it.
    """

    gap: int = 0
    order: int = 0
    page: FillPage = FillPage.GAP
    publisher: int = 0

    @classmethod
    def of(cls, numbers: Mapping[str, int]) -> FillPlace:
        """Return the place that the numbers of a custom_id name.

        Raises:
            StaleItemError: There is no such order or page.
        """
        item_at(FILL_ORDERS, numbers["order"])
        return cls(
            gap=numbers["index"],
            order=numbers["order"],
            page=item_at(tuple(FillPage), numbers.get("page", FillPage.GAP)),
            publisher=numbers.get("publisher", 0),
        )

    @property
    def order_name(self) -> FillOrder:
        """In which the gaps are filled."""
        return FILL_ORDERS[self.order]

    @property
    def args(self) -> tuple[int, int, int, int]:
        """Its numbers, in the order in which the custom_ids have them."""
        return self.gap, self.order, int(self.page), self.publisher

    def private(self) -> FillPlace:
        """Return the same page for one reader."""
        return replace(self, publisher=0)


@dataclass(frozen=True, kw_only=True)
class FillReading:
    """Somebody who reads a page of a filled text.

    Attributes:
        client: Whose engine may be asked.
        reader_id: Who asks for the page.
        reply: The text.
        place: Which page.
        other: Name of an encoder to compare with, or None.
    """

    client: Client
    reader_id: int
    reply: StoredReply
    place: FillPlace
    other: str | None = None
