"""An argument parser whose own words are Spanish."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

_MISUSED = 2


class SpanishParser(argparse.ArgumentParser):
    """Says «uso», «opciones» and what is wrong in Spanish."""

    def __init__(self, **options: Any) -> None:
        super().__init__(add_help=False, formatter_class=_Formatter, **options)
        self._positionals.title = "datos"
        self._optionals.title = "opciones"
        self.add_argument("-h", "--help", action="help", help="enseña esta ayuda")

    def error(self, message: str) -> NoReturn:  # noqa: ARG002 (argparse's is English)
        """Say that the command line makes no sense, and leave."""
        self.exit(_MISUSED, f"No entiendo esa orden. Mira las que hay con: {self.prog} --help\n")


class _Formatter(argparse.HelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "uso: " if prefix is None else prefix)
