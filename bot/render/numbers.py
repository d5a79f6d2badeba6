"""Numbers as Spanish readers write them, and back.

Units are joined with a no-break space, and digits are grouped with a narrow one from five digits
on. Source: Real Academia Española, Ortografía de la lengua española (2010), chapter VIII.
"""

from __future__ import annotations

import math
import re

from babel.numbers import format_decimal

LOCALE = "es"
NO_BREAK_SPACE = "\u00a0"
GROUP_SPACE = "\u202f"
MINUS = "−"

_GROUPED_FROM = 10_000
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)")
_SIGNED_SHARE = re.compile(
    rf"\b(?P<article>un|el|al|del) (?P<stars>\**)(?P<sign>[<>]){NO_BREAK_SPACE}"
)
_SIGN_WORDS = {"<": "menos", ">": "más"}
_LONGEST_INPUT = 32
_BYTE_UNITS = ("B", "kB", "MB", "GB", "TB")


def decimal(x: float, digits: int = 2) -> str:
    """Format with up to `digits` decimals, trailing zeros left out: «0,8», «−142,3»."""
    return _format(x, "0." + "#" * digits)


def fixed(x: float, digits: int) -> str:
    """Format with exactly `digits` decimals, so that columns line up: «0,500»."""
    return _format(x, "0." + "0" * digits)


def integer(n: int) -> str:
    """Format a count: «2048», «262 144»."""
    return _format(n, "0")


def percent(p: float, digits: int = 1) -> str:
    """Format a probability: «8,1 %»; tiny and nearly certain ones as «< 0,1 %» and «> 99,9 %».

    Only a true 0 and a true 1 are written «0 %» and «100 %».
    """
    least = 10**-digits
    value = 100 * p
    if 0 < value <= least / 2:
        text = f"<{NO_BREAK_SPACE}{fixed(least, digits)}"
    elif 100 - least / 2 <= value < 100:
        text = f">{NO_BREAK_SPACE}{fixed(100 - least, digits)}"
    elif value in {0, 100}:
        text = integer(round(value))
    else:
        text = fixed(value, digits)
    return f"{text}{NO_BREAK_SPACE}%"


def in_words(markdown: str) -> str:
    """Say a tiny share as people do: «menos del 0,1 %», where a sentence had «un < 0,1 %».

    Tables keep their sign; so does what somebody wrote, in which it is escaped.
    """
    return _SIGNED_SHARE.sub(_worded_share, markdown)


def _worded_share(match: re.Match[str]) -> str:
    preposition = {"al": "a ", "del": "de "}.get(match["article"], "")
    return f"{preposition}{match['stars']}{_SIGN_WORDS[match['sign']]} del "


def points(x: float, digits: int) -> str:
    """Format a score, which may be huge: «−3,412», «−120 411», «−1,2e10»."""
    if abs(x) < 1000 or math.isinf(x):
        return fixed(x, digits)
    if abs(x) < 1_000_000:
        return integer(round(x))
    mantissa, exponent = f"{x:.1e}".split("e")
    return f"{fixed(float(mantissa), 1)}e{int(exponent)}"


def duration(seconds: float) -> str:
    """Format a time: «35 ms», «2,1 s», «1 min 5 s», «3 h 2 min», «2 d 4 h»."""
    if seconds < 0.0995:
        return _join((round(seconds * 1000), "ms"))
    if seconds < 59.95:
        return f"{decimal(seconds, 1)}{NO_BREAK_SPACE}s"
    minutes, s = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return _join((days, "d"), (hours, "h"))
    if hours:
        return _join((hours, "h"), (minutes, "min"))
    return _join((minutes, "min"), (s, "s"))


def bytes_size(n: int) -> str:
    """Format a size in decimal units: «512 B», «1,2 MB»."""
    size, unit = float(n), 0
    while round(size, 1) >= 1000 and unit < len(_BYTE_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{decimal(size, 1)}{NO_BREAK_SPACE}{_BYTE_UNITS[unit]}"


def parse_decimal(text: str) -> float:
    """Read a number that a person typed: «0,9», «0.9», «,9», «−1,5».

    Raises:
        ValueError: Anything else: thousands separators, exponents, infinities.
    """
    number = text.strip().replace(MINUS, "-")
    if len(number) > _LONGEST_INPUT or not _DECIMAL.fullmatch(number):
        raise ValueError(f"not a decimal number: {text[:_LONGEST_INPUT]!r}")
    return float(number.replace(",", "."))


def plain_spaces(text: str) -> str:
    """Replace the special spaces, for monospaced text and pictures."""
    return text.replace(NO_BREAK_SPACE, " ").replace(GROUP_SPACE, " ")


def _format(x: float, pattern: str) -> str:
    text = format_decimal(x, format=pattern, locale=LOCALE)
    if not text.strip("-0,"):
        text = text.lstrip("-")
    if _GROUPED_FROM <= abs(x) < math.inf:
        whole, comma, decimals = text.partition(",")
        digits = whole.lstrip("-")
        groups = f"{int(digits):,}".replace(",", GROUP_SPACE)
        text = whole.replace(digits, groups) + comma + decimals
    return text.replace("-", MINUS)


def _join(*parts: tuple[int, str]) -> str:
    return " ".join(
        f"{integer(n)}{NO_BREAK_SPACE}{unit}" for i, (n, unit) in enumerate(parts) if n or i == 0
    )
