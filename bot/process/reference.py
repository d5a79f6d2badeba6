"""The configuration reference: `.env.example` and the table of the README, from the code."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic_core import PydanticUndefined

from bot.config import DECODING_PREFIX, Settings
from bot.render.plain_words import plain
from bot.styles import STYLES
from bot.texts import config as texts
from engine import EARLY_STOPPING, RANGES, STRATEGIES, NumberRange

_CHOICES: Mapping[str, Sequence[str]] = {
    "style": [plain(style.label) for style in STYLES.values()],
    "strategy": STRATEGIES,
    "early_stopping": [str(value).lower() for value in EARLY_STOPPING],
}


def default_of(key: str) -> str:
    """Return a key's default as it is written in an env file; empty when there is none."""
    value = Settings.model_fields[key.lower()].default
    if value is None or value == () or value is PydanticUndefined:
        return ""
    if value in STYLES:
        return plain(STYLES[value].label)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def range_of(key: str) -> str:
    """Return the values that a key takes, in Spanish; empty when any text will do."""
    name = key.lower()
    decoding_name = name.removeprefix(DECODING_PREFIX)
    if name.startswith(DECODING_PREFIX) and decoding_name in RANGES:
        return _interval(RANGES[decoding_name])
    if decoding_name in _CHOICES:
        return ", ".join(_CHOICES[decoding_name])
    field = Settings.model_fields[name]
    if get_origin(field.annotation) is Literal:
        return ", ".join(get_args(field.annotation))
    if bool in (field.annotation, *get_args(field.annotation)):
        return "true, false"
    low = next((m.ge for m in field.metadata if isinstance(m, Ge)), None)
    high = next((m.le for m in field.metadata if isinstance(m, Le)), None)
    return "" if low is None else f"{low} a {high}"


def _interval(numbers: NumberRange) -> str:
    low = f"más de {numbers.low:g}" if numbers.low_open else f"{numbers.low:g}"
    if math.isinf(numbers.high):
        return f"{low} o más"
    return (
        f"{low} a menos de {numbers.high:g}" if numbers.high_open else f"{low} a {numbers.high:g}"
    )


def env_example() -> str:
    """Return the text of `.env.example`: every key with its help and its default."""
    return "\n".join(_env_lines()) + "\n"


def _help() -> Mapping[str, tuple[str, str]]:
    """Return what each key means, the decoding settings in the order of the configuration."""
    decoding = [key.upper() for key in Settings.model_fields if key.startswith(DECODING_PREFIX)]
    others = [key for key in texts.HELP if key not in decoding]
    return {key: texts.HELP[key] for key in (*others, *decoding)}


def _env_lines() -> Iterator[str]:
    yield texts.ENV_HEADER
    for key, (meaning, example) in _help().items():
        if key in texts.ENV_SECTIONS:
            yield ""
            yield f"# ── {texts.ENV_SECTIONS[key]} ──"
        yield ""
        allowed = range_of(key)
        yield f"# {meaning}" + (f" [{allowed}]" if allowed else "")
        default = default_of(key)
        if not default and example:
            yield f"# Ejemplo: {key}={example}"
        yield f"{key}={default}"


def readme_table() -> str:
    """Return the README's table of env keys."""
    rows = ["| Clave | Qué es | Por defecto | Valores |", "|---|---|---|---|"]
    for key, (meaning, _) in _help().items():
        default = default_of(key)
        shown = f"`{default}`" if default else "(vacío)"
        said, allowed = meaning.replace("|", r"\|"), range_of(key).replace("|", "/")
        rows.append(f"| `{key}` | {said} | {shown} | {allowed} |")
    return "\n".join(rows)


def write_reference(root: Path) -> None:
    """Bring `.env.example` and the README's table to what the code says."""
    (root / ".env.example").write_text(env_example(), encoding="utf-8")
    readme = root / "README.md"
    head, rows = readme_table().split("\n", 1)
    before, after = readme.read_text(encoding="utf-8").split(head, 1)
    rest = after.partition("\n\n")[2]
    readme.write_text(f"{before}{head}\n{rows}\n\n{rest}", encoding="utf-8")


if __name__ == "__main__":
    write_reference(Path())
