"""Where a function ends in a program that is being written.

A function in braces ends behind the brace that closes it; one in Python before the first line that
stands no deeper than its `def` or `class`. Strings and comments are read as such, so that what
looks like code in them is none.
"""

from __future__ import annotations

import copy
import re

_HEADER = re.compile(r"(?:async\s+)?(?:def|class)\b")
_CONTROL = re.compile(r"(?:\}\s*)?(?:if|else|for|foreach|while|do|switch|match|catch|try|with)\b")
_TAB = 8
_HEADER_LIMIT = 400


class Indented:
    """Reads Python, sign by sign.

    Attributes:
        open: Column of each `def` or `class` that is open, and whether it has a body.
        target: Place in `open` of the function that is waited for.
        end: Where the text of that function ends, once it has.
    """

    def __init__(self) -> None:
        self.open: list[tuple[int, bool]] = []
        self.target: int | None = None
        self.end: int | None = None
        self._is_sealed = False
        self._place = self._last = 0
        self._column, self._line, self._has_colon = 0, "", False
        self._brackets = 0
        self._quote, self._run, self._opened, self._emptied = "", 0, 0, 0
        self._is_escaped = self._is_comment = False

    def fork(self) -> Indented:
        """Return a reader of the same text that goes on by itself."""
        other = copy.copy(self)
        other.open = self.open.copy()
        return other

    def seal(self) -> None:
        """Wait for the innermost function that is open here, or else for the next one."""
        self._is_sealed = True
        is_in_header = bool(_HEADER.match(self._line)) and not self._has_colon
        self.target = len(self.open) - 1 if self.open and not is_in_header else None

    def read(self, text: str) -> None:
        """Read on, as far as the end that is waited for."""
        for char in text:
            if self.end is not None:
                break
            self._place += 1
            if self._quote:
                self._in_string(char)
            elif self._is_comment and char != "\n":
                pass
            else:
                self._in_code(char)
            if not char.isspace() and self.end is None:
                self._last = self._place

    def _in_string(self, char: str) -> None:
        if self._is_escaped:
            self._is_escaped = False
        elif char == "\\":
            self._is_escaped, self._run = True, 0
        elif char == self._quote[0]:
            self._run += 1
            if self._run == len(self._quote):
                self._emptied = self._place if self._place == self._opened + 1 else 0
                self._quote = ""
        elif char == "\n" and len(self._quote) == 1:
            # No string of one quote goes on in the next line.
            self._quote = ""
            self._in_code(char)
        else:
            self._run = 0

    def _in_code(self, char: str) -> None:
        if char == "\n":
            self._is_comment = False
            if not self._brackets and not self._line.endswith("\\"):
                self._column, self._line, self._has_colon = 0, "", False
        elif char.isspace():
            if not self._line:
                self._column += _TAB - self._column % _TAB if char == "\t" else 1
            else:
                self._note(" ")
        else:
            if not self._line:
                self._begin_line()
            if self.end is None:
                self._sign(char)

    def _begin_line(self) -> None:
        while self.open and self._column <= self.open[-1][0]:
            _, has_body = self.open.pop()
            if self.target == len(self.open):
                if has_body:
                    self.end = self._last
                    return
                self.target = None
        self._give_body()

    def _sign(self, char: str) -> None:
        if char == "#":
            self._is_comment = True
            self._line = self._line or char
            return
        if self._has_colon:
            self._give_body()
        if char in "\"'":
            # Behind an empty string, a third quote opens a long one.
            is_long = self._emptied == self._place - 1 and self._line.endswith(char)
            self._quote, self._run, self._opened = char * (3 if is_long else 1), 0, self._place
        else:
            self._brackets = max(0, self._brackets + (char in "([{") - (char in ")]}"))
        self._note(char)
        is_header = char == ":" and not self._brackets and bool(_HEADER.match(self._line))
        if is_header and not self._has_colon:
            self._has_colon = True
            self.open.append((self._column, False))
            if self._is_sealed and self.target is None:
                self.target = len(self.open) - 1

    def _give_body(self) -> None:
        if self.open:
            self.open[-1] = (self.open[-1][0], True)

    def _note(self, char: str) -> None:
        self._line = (self._line + char)[:_HEADER_LIMIT]


class Braced:
    """Reads a language of braces, sign by sign.

    Attributes:
        open: Of each brace that is open, whether a function begins with it.
        target: Place in `open` of the function that is waited for.
        end: Where the text of that function ends, once it has.
    """

    def __init__(self) -> None:
        self.open: list[bool] = []
        self.target: int | None = None
        self.end: int | None = None
        self._floor: int | None = None
        self._place = 0
        self._head, self._before = "", ""
        self._quote, self._is_escaped, self._comment = "", False, ""

    def fork(self) -> Braced:
        """Return a reader of the same text that goes on by itself."""
        other = copy.copy(self)
        other.open = self.open.copy()
        return other

    def seal(self) -> None:
        """Wait for the innermost function that is open here, or else for the next one."""
        self._floor = len(self.open)
        self.target = next((i for i in reversed(range(self._floor)) if self.open[i]), None)

    def read(self, text: str) -> None:
        """Read on, as far as the end that is waited for."""
        for char in text:
            if self.end is not None:
                break
            self._place += 1
            if self._quote:
                self._in_string(char)
            elif self._comment:
                self._in_comment(char)
            else:
                self._in_code(char)
            self._before = char

    def _in_string(self, char: str) -> None:
        if self._is_escaped:
            self._is_escaped = False
        elif char == "\\":
            self._is_escaped = True
        elif char == self._quote or (char == "\n" and self._quote != "`"):
            self._quote = ""

    def _in_comment(self, char: str) -> None:
        is_end = char == "\n" if self._comment == "/" else self._before + char == "*/"
        if is_end:
            self._comment, self._head = "", self._head.rstrip("/")

    def _in_code(self, char: str) -> None:
        if self._before == "/" and char in "/*":
            self._comment, self._head = char, self._head.rstrip("/")
        elif char in '"`' or (char == "'" and self._before not in ("&", "<")):
            # Behind `&` or `<` it names a lifetime.
            self._quote = char
        elif char == "{":
            self._open()
        elif char == "}":
            self._close()
        elif char == ";":
            self._head = ""
        else:
            self._head = (self._head + char)[-_HEADER_LIMIT:]

    def _open(self) -> None:
        head = self._head.strip()
        is_whole = "(" in head and head.count("(") == head.count(")")
        is_function = (is_whole or head.endswith("=>")) and not _CONTROL.match(head)
        self.open.append(is_function)
        self._head = ""
        if is_function and self._floor is not None and self.target is None:
            self.target = len(self.open) - 1

    def _close(self) -> None:
        self._head = ""
        if not self.open:
            return
        self.open.pop()
        is_out = self.target is None and self._floor is not None and len(self.open) < self._floor
        if is_out or len(self.open) == self.target:
            self.end = self._place


class FunctionScan:
    """Finds where the function ends that a text was begun with.

    Args:
        before: The text that a person wrote: what is open at its end is what ends.

    Attributes:
        end: Signs of all the text, `before` included, up to the end of the function; None as long
            as it goes on.
    """

    def __init__(self, before: str) -> None:
        self._readers: tuple[Indented | Braced, ...] = (Indented(), Braced())
        for reader in self._readers:
            reader.read(before)
            reader.seal()
        indented, braced = self._readers
        if indented.target is not None and braced.target is None:
            self._readers = (indented,)
        elif braced.open:
            self._readers = (braced,)

    @property
    def end(self) -> int | None:
        """Where the function ends; the reader that has found one first is right."""
        return self._readers[0].end if len(self._readers) == 1 else None

    def fork(self) -> FunctionScan:
        """Return a scan of the same text that goes on by itself."""
        other = copy.copy(self)
        other._readers = tuple(reader.fork() for reader in self._readers)
        return other

    def read(self, text: str) -> None:
        """Read what has been written behind."""
        for char in text:
            for reader in self._readers:
                reader.read(char)
            found = [reader for reader in self._readers if reader.target is not None]
            if found and len(self._readers) > 1:
                self._readers = (found[0],)
            if self.end is not None:
                break


def resumed_scan(prompt: str, before: str) -> FunctionScan:
    """Return the scan of a text that goes on.

    Args:
        prompt: What a person wrote.
        before: That, and what has been written behind it.
    """
    scan = FunctionScan(prompt)
    scan.read(before[len(prompt) :])
    return scan if scan.end is None else FunctionScan(before)


def without_rest(before: str, text: str) -> str:
    """Return a text without what stands behind the function that it ends.

    Args:
        before: What a person wrote.
        text: What was written behind.
    """
    scan = FunctionScan(before)
    scan.read(text)
    return text if scan.end is None else text[: max(0, scan.end - len(before))]
