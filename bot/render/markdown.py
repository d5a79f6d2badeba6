"""Make any text safe to show in a Discord message, and measure and cut it.

`escape` is the one function through which model and user text reaches Discord's Markdown. A
backslash does the work wherever it can, because it leaves no trace on screen: Discord drops it
before any ASCII punctuation. It sits *inside* mentions, links and invites, since Discord's server
and its invite cards look for those in the raw text, where a leading backslash would not stop them.
A zero-width space is used only in @everyone and @here, whose letters no backslash can precede, and
in «-# », which some renderers look for after they have taken the backslashes out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.render.graphemes import graphemes

CONTENT_LIMIT = 2000
V2_TEXT_LIMIT = 4000
ELLIPSIS = "…"
CUT_START = "[…] "

_ZERO_WIDTH_SPACE = "\u200b"
_UNSENDABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LIVE = re.compile(
    r"""
      (?P<broken> @(?=everyone|here) | (?<![^\n])[^\S\n]*-(?=\#) )
    | (?P<item> (?<![^\n]) [^\S\n]* \d+ (?=[.)](?:\s|$)) )  # 1. numbered list
    | (?P<mention> < (?=[@\#]) )                            # <@1> <@&1> <#1>: needs two backslashes
    | (?P<indent> (?<![^\n]) [^\S\n]* ) (?=[-+=>\#])        # heading, subtext, list, quote, rule
    | (?= [\\`*_~|<\[] )                                    # code, emphasis, spoiler, link, <t:…>
    | (?= : (?: // | [\w+-]+: | -+[^\S\n]*(?:\n|\Z) ) )     # https://, :emoji:, :--- of a table
    | (?= \. [A-Za-z]{2,24} / )                             # discord.gg/…
    | (?= & \#? \w+ ; )                                     # &amp;
    """,
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_WORD_SEARCH = 24


def escape(text: str) -> str:
    r"""Return Markdown that Discord shows as `text`, with nothing alive in it.

    Nothing pings, links, unfurls, formats or hides: mentions, links, masked links, invites,
    timestamps, command mentions, custom emoji and shortcodes, headings, subtext, lists, quotes,
    rules, code, emphasis and spoilers. Emoji and every script stay as they are; line breaks become
    "\n", and control characters (which Discord refuses or drops) are left out.
    """
    return _LIVE.sub(_disarm, sendable(text))


def sendable(text: str) -> str:
    """Leave out what Discord refuses or drops, and end every line as Unix does."""
    return _UNSENDABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def unescape(markdown: str) -> str:
    """Return the text that `escape` made this of; a zero-width space of its own stays."""
    return _ESCAPED.sub(r"\1", markdown)


def _disarm(match: re.Match[str]) -> str:
    if match["broken"]:
        return match[0] + _ZERO_WIDTH_SPACE
    if match["mention"]:
        return "\\<\\"
    return match[0] + "\\"


def length(text: str) -> int:
    """Count UTF-16 code units: the strictest of the ways in which Discord's parts count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fits(text: str, limit: int = CONTENT_LIMIT) -> bool:
    """Tell whether the text, already escaped, is short enough."""
    return length(text) <= limit


def clip(text: str, limit: int) -> str:
    """Cut the end of raw or escaped text so that it fits, «…» included.

    Neither a grapheme nor an escape is split.
    """
    if fits(text, limit):
        return text
    return "".join(_take(_units(text), limit - length(ELLIPSIS))) + ELLIPSIS if limit > 0 else ""


def shorten_start(text: str, limit: int) -> str:
    """Keep the end of raw or escaped text, «[…] » in front where something was cut."""
    if fits(text, limit):
        return text
    units = list(_units(text))
    kept = "".join(reversed(_take(reversed(units), limit - length(CUT_START))))
    head, space, tail = kept[:_WORD_SEARCH].partition(" ")
    if space and head and not text[: -len(kept)].endswith((" ", "\n")):
        kept = tail + kept[_WORD_SEARCH:]
    return clip(CUT_START + kept.lstrip(" "), limit)


def quote(markdown: str) -> str:
    """Quote every line of text that is already escaped."""
    return "\n".join(f"> {line}" for line in markdown.split("\n"))


def _units(text: str) -> Iterator[str]:
    """Split into graphemes, a backslash joined to what it escapes."""
    backslash = ""
    for grapheme in graphemes(text):
        if grapheme == "\\" and not backslash:
            backslash = grapheme
        else:
            yield backslash + grapheme
            backslash = ""
    if backslash:
        yield backslash


def _take(units: Iterable[str], limit: int) -> list[str]:
    taken: list[str] = []
    for unit in units:
        limit -= length(unit)
        if limit < 0:
            break
        taken.append(unit)
    return taken
