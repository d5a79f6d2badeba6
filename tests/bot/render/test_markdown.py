import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from simcord.preview._markdown import markdown_tokens

from bot.render import markdown
from tests.bot.render.hostile import CONTEXT, LIVE

PLAIN = {"inline", "paragraph", "break", "text"}
hostile = st.lists(st.sampled_from(LIVE) | st.text(max_size=4), max_size=12).map("".join)


def shown(markdown_text: str) -> tuple[str, set[str]]:
    """Return the text that Preview shows and the kinds of its nodes."""
    parts: list[str] = []
    kinds: set[str] = set()

    def visit(nodes) -> None:
        for node in nodes:
            kinds.add(node["type"])
            parts.append("\n" if node["type"] == "break" else node.get("content", ""))
            visit(node.get("children", ()))

    visit(markdown_tokens(markdown_text, context=CONTEXT))
    return "".join(parts), kinds


def letters(text: str) -> str:
    """Leave out what Preview's CommonMark changes about spaces, and our zero-width space."""
    return re.sub(r"[\s\u200b]|[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "", text)


def unindented(text: str) -> str:
    """Take away the indents that make code in CommonMark, but not in Discord."""
    return re.sub(r"(?m)(^|[\r\n])[^\S\r\n]+", r"\1", text)


@pytest.mark.parametrize("text", ["@everyone", "<@1>", "</x:1>", "**n**", "# a", "> a", "||s||"])
def test_the_oracle_sees_what_is_alive(text):
    assert not shown(text)[1] <= PLAIN


@given(hostile)
@example("  :smile:")
@example("-# pie\n -# pie")
@example("a\n===")
@example("|a\n:-")
@example("<@everyone>")
@example("`" * 7)
def test_escaped_text_is_shown_as_it_was(text):
    text = unindented(text)
    seen, kinds = shown(markdown.escape(text))
    assert letters(seen) == letters(text)
    assert kinds <= PLAIN


# What Discord's server and clients look for in the raw text, where a leading backslash is no help.
RAW = [
    r"@(everyone|here)",
    r"<@[!&]?\d+>",
    r"<#\d+>",
    r"https?://",
    r"discord\.gg/",
    r"discord\.com/",
    r"(?<!\\):[\w+-]+:",
    r"(?<!\\)<",
]


@given(hostile)
@pytest.mark.parametrize("pattern", RAW)
def test_the_raw_text_has_nothing_alive(pattern, text):
    escaped = re.sub(r"\\\\", "", markdown.escape(text))
    assert not re.search(pattern, escaped)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("# hola", "\\# hola"),
        ("a # b", "a # b"),
        ("-# pie", "-\u200b# pie"),
        ("1. uno\n2) dos", "1\\. uno\n2\\) dos"),
        ("3.14 y 0,5", "3.14 y 0,5"),
        ("> cita\n>>> cita", "\\> cita\n\\>>> cita"),
        ("a > b", "a > b"),
        ("no_repeat", "no\\_repeat"),
        ("@everyone y @ana", "@\u200beveryone y @ana"),
        ("<@1> <@&2> <#3>", "\\<\\@1> \\<\\@&2> \\<\\#3>"),
        ("<t:1:R> </x:1>", "\\<t\\:1:R> \\</x:1>"),
        ("https://x.es", "https\\://x.es"),
        ("ve a discord.gg/abc.", "ve a discord\\.gg/abc."),
        ("¿Qué? ¡Ñandú! —dijo", "¿Qué? ¡Ñandú! —dijo"),
        ("👩‍🏫 حياة 你好", "👩‍🏫 حياة 你好"),
        ("a\r\nb\rc\x00", "a\nb\nc"),
        ("", ""),
    ],
)
def test_escapes(text, escaped):
    assert markdown.escape(text) == escaped


@given(hostile, st.integers(0, 60))
def test_clip_holds_the_limit_and_splits_nothing(text, limit):
    escaped = markdown.escape(text)
    clipped = markdown.clip(escaped, limit)
    assert markdown.length(clipped) <= limit
    if clipped != escaped and limit:
        kept = clipped.removesuffix(markdown.ELLIPSIS)
        assert escaped.startswith(kept)
        backslashes = len(kept) - len(kept.rstrip("\\"))
        assert backslashes % 2 == 0


def test_clip_keeps_graphemes_whole():
    family = "👨‍👩‍👧"
    assert markdown.clip(f"a{family}{family}", 10) == f"a{family}…"
    assert markdown.clip(f"a{family}{family}", 9) == "a…"
    assert markdown.clip("e\u0301e\u0301e\u0301", 4) == "e\u0301…"


@given(hostile, st.integers(8, 60))
def test_clipped_escapes_stay_dead(text, limit):
    text = unindented(text)
    _, kinds = shown(markdown.clip(markdown.escape(text), limit))
    assert kinds <= PLAIN


@given(hostile, st.integers(8, 60))
def test_shorten_start_keeps_the_end(text, limit):
    short = markdown.shorten_start(text, limit)
    assert markdown.length(short) <= limit
    if short != text:
        assert short.startswith("[…]")
        assert text.endswith(short.removeprefix("[…] ").removeprefix("[…]"))


def test_shorten_start_begins_with_a_word():
    assert markdown.shorten_start("Había una vez un unicornio", 19) == "[…] un unicornio"
    assert markdown.shorten_start("Había una vez", 300) == "Había una vez"
    assert markdown.shorten_start("x" * 40, 10) == "[…] " + "x" * 6


def test_quote_marks_every_line():
    assert markdown.quote("uno\n\ndos") == "> uno\n> \n> dos"


def test_length_counts_as_strictly_as_discord():
    assert markdown.length("aé🦄") == 4
    assert markdown.fits("a" * 2000)
    assert not markdown.fits("🦄" * 1001)
    assert markdown.fits("a" * 4000, markdown.V2_TEXT_LIMIT)
