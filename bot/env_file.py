"""Reads the env file: every line counts, or it is said what is wrong with it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from bot.texts import config as texts

COMPOSE_KEYS = frozenset({"EXTRAS", "MEMORY_LIMIT", "TORCH_INDEX"})
"""What compose.yaml reads from the same file for itself."""
_COMPOSE_PREFIX = "COMPOSE_"
_OUR_PREFIX = "DISCORD_"
_FREE_TEXT = frozenset({"DEFAULT_STOP"})
"""Keys whose value may be any text, a «#» or a «$» included."""
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_NEAR_ENOUGH = 0.7
_QUOTES = ("'", '"')


@dataclass(frozen=True, kw_only=True)
class EnvFile:
    """The values of an env file, and one Spanish sentence for each line that has none."""

    values: Mapping[str, str]
    problems: tuple[str, ...]


def read_env_file(path: Path) -> EnvFile:
    """Read `KEY=value` lines with python-dotenv's own quotes, escapes and comments.

    Each line is read by itself, so that a quote left open costs one line and none is dropped
    unsaid; variables are not put in.
    """
    if not path.exists():
        return EnvFile(values={}, problems=())
    values: dict[str, str] = {}
    problems: list[str] = []
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                for binding in parse_stream(StringIO(line)):
                    problems.extend(_problems(binding, path, number, values))
                    if binding.key is not None and binding.value is not None:
                        values[binding.key] = binding.value
    except UnicodeDecodeError:
        return EnvFile(values={}, problems=(texts.NOT_UTF8.format(path=path),))
    except OSError:
        return EnvFile(values={}, problems=(texts.NO_SUCH_FILE.format(path=path),))
    return EnvFile(values=values, problems=tuple(problems))


def _problems(
    binding: Binding, path: Path, number: int, former: Mapping[str, str]
) -> Iterator[str]:
    """Say what is wrong with one line; what it holds is not quoted, it may be a secret."""
    key, value = binding.key, binding.value
    if binding.error or (key is not None and value is None):
        yield texts.BAD_LINE.format(path=path, number=number)
    if key is None or value is None:
        return
    if key not in texts.HELP:
        if key not in COMPOSE_KEYS and not key.startswith(_COMPOSE_PREFIX):
            yield _unknown(key)
    elif former.get(key) and not value:
        yield texts.EMPTIED.format(key=key, number=number)
    elif key in _FREE_TEXT:
        if _is_cut(binding):
            yield texts.CUT.format(key=key, value=value)
    elif _VARIABLE.search(value):
        yield texts.NOT_EXPANDED_IN.format(key=key)


def misnamed(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Say which variables of the process can only be ours, misspelt.

    Docker passes the file's lines as variables, among those of other programs. A lost
    `DISCORD_GUILD_IDS` would open what was closed.
    """
    ours = (
        key
        for key in sorted(environ)
        if key not in texts.HELP and (key.upper() in texts.HELP or key.startswith(_OUR_PREFIX))
    )
    return tuple(_unknown(key) for key in ours)


def _is_cut(binding: Binding) -> bool:
    """Tell whether a «#» ended a value that stands without quotes."""
    written = binding.original.string.partition("=")[2].strip()
    return not written.startswith(_QUOTES) and written != binding.value


def _unknown(key: str) -> str:
    if key.upper() in texts.HELP:
        return texts.LOWER_CASE.format(key=key, right=key.upper())
    near = difflib.get_close_matches(key.upper(), texts.HELP, n=1, cutoff=_NEAR_ENOUGH)
    if near:
        return texts.MISSPELT.format(key=key, near=near[0])
    return texts.UNKNOWN_KEY.format(key=key)
