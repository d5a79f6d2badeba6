"""Server-sent events, as far as completions use them.

Source: WHATWG HTML, §9.2.6 «Interpreting an event stream».
"""

from __future__ import annotations

import codecs

MOST_CHARACTERS = 2**20
"""Longest event that is read; a completion's are a thousandth of it."""


class TooLongError(Exception):
    """An event does not end."""


class EventReader:
    """Cuts a stream of bytes into the data of its events, wherever the network has cut it."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._line = ""
        self._data: list[str] = []
        self._is_after_return = False

    def feed(self, data: bytes) -> list[str]:
        """Return the data of each event that these bytes complete.

        Raises:
            TooLongError: An event is longer than `MOST_CHARACTERS`.
        """
        events = []
        for line in self._lines(self._decoder.decode(data)):
            if line:
                self._take(line)
            elif self._data:
                events.append("\n".join(self._data))
                self._data = []
        if len(self._line) + sum(map(len, self._data)) > MOST_CHARACTERS:
            raise TooLongError
        return events

    def rest(self) -> str | None:
        """Return the data of a last event without the empty line behind it, if there is one."""
        if self._line:
            self._take(self._line)
            self._line = ""
        data, self._data = self._data, []
        return "\n".join(data) if data else None

    def _lines(self, text: str) -> list[str]:
        # \r\n is one end, also where the two come apart.
        if self._is_after_return and text:
            text = text.removeprefix("\n")
            self._is_after_return = False
        self._is_after_return = self._is_after_return or text.endswith("\r")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        *lines, self._line = (self._line + text).split("\n")
        return lines

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
