"""Which click turned a message last: what an earlier one finds out later is not shown."""

from __future__ import annotations

from collections import OrderedDict

_MESSAGES_KEPT = 256


class Turns:
    """The newest click on each of the messages that were turned lately."""

    def __init__(self) -> None:
        self._latest: OrderedDict[int, int] = OrderedDict()

    def note(self, message_id: int, interaction_id: int) -> None:
        """Take note that a click turned a message."""
        self._latest[message_id] = interaction_id
        self._latest.move_to_end(message_id)
        if len(self._latest) > _MESSAGES_KEPT:
            self._latest.popitem(last=False)

    def is_latest(self, message_id: int, interaction_id: int) -> bool:
        """Tell whether no other click has turned the message since."""
        return self._latest.get(message_id) == interaction_id
