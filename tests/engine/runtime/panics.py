"""A panic of the tokenizers' native library."""

from __future__ import annotations

from tokenizers import decoders

MARK = "¬"


def panic() -> None:
    """Make the real library panic, as it does on texts that it was not written for."""
    decoders.Strip(content=MARK, left=1, right=1).decode([MARK])


def panic_of() -> BaseException:
    try:
        panic()
    except BaseException as error:  # noqa: BLE001 (what this is about)
        return error
    raise AssertionError("the library has become more careful: another panic is needed")
