"""A text of two hands: what is shown is the text, and the bold part of it is the person's."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from simcord.preview._markdown import markdown_tokens

from bot.render.markdown import length, sendable
from bot.render.paragraph import Paragraph
from tests.bot.render.hostile import CONTEXT, LIVE

PLAIN = {"inline", "paragraph", "break", "text", "strong_open", "strong_close"}
hostile = st.lists(st.sampled_from(LIVE) | st.text(max_size=4), max_size=12).map("".join)
SPACES = re.compile(r"[\s\u200b]")


def by_discord(markdown):
    """Return the text that Discord shows, and its bold part.

    Source: Discord's client, simple-markdown's rules `escape` and `strong` alone.
    """
    bold, plain = [], []

    def plain_of(part):
        return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", part)

    rest = markdown
    while rest:
        found = re.match(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)", rest)
        if found:
            bold.append(plain_of(found[1]))
            plain.append(plain_of(found[1]))
        else:
            found = re.match(r"\\[^0-9A-Za-z\s]|[\s\S]", rest)
            plain.append(plain_of(found[0]))
        rest = rest[found.end() :]
    return "".join(plain), "".join(bold)


def by_preview(markdown):
    """Return the same by CommonMark, and the kinds of all nodes."""
    plain, bold, kinds = [], [], set()
    depth = 0

    def visit(nodes):
        nonlocal depth
        for node in nodes:
            kinds.add(node["type"])
            depth += {"strong_open": 1, "strong_close": -1}.get(node["type"], 0)
            text = "\n" if node["type"] == "break" else node.get("content", "")
            plain.append(text)
            bold.append(text if depth else "")
            visit(node.get("children", ()))

    visit(markdown_tokens(markdown, context=CONTEXT))
    return "".join(plain), "".join(bold), kinds


def without_breaks(text):
    """Leave out our zero-width spaces, which stand in live mentions."""
    return text.replace("\u200b", "")


def letters(text):
    return SPACES.sub("", text)


@settings(max_examples=300, deadline=None)
@given(hostile, hostile)
@example("Hola**", "mundo")
@example("  Hola  ", "mundo")
@example("(", "abc")
@example("Me dijo (", "que sí")
@example("x @", "everyone")
@example("a\n\n b \n", "# c\n-# d")
@example("acaba en \\", "\\ y sigue")
@example("***", "***")
@example("uni", "cornio")
@example("🦄", "a")
@example("", "sin principio")
@example("def f(x):\n    return x", "\n\nf(2)")
def test_what_discord_shows_is_the_text(bold, plain):
    markdown = Paragraph(bold, plain).markdown()
    seen, strong = by_discord(markdown)
    assert without_breaks(seen) == without_breaks(sendable(bold + plain))
    # A sign may have to stay plain, for the mark after it to close.
    assert letters(sendable(bold)).startswith(letters(strong).rstrip())


def unindented(text):
    """Take away the indents that make code in CommonMark, but not in Discord."""
    return re.sub(r"(?m)(^|[\r\n])[^\S\r\n]+", r"\1", text)


@settings(max_examples=300, deadline=None)
@given(hostile, hostile)
@example("Hola**", "mundo")
@example("Me dijo (", "que sí")
@example("x @", "everyone")
@example("a\n\n b \n", "# c\n-# d")
@example("***", "***")
@example("1.", " uno")
@example(":", "smile:")
def test_commonmark_shows_the_same(bold, plain):
    bold, plain = unindented(bold), unindented(plain)
    seen, strong, kinds = by_preview(Paragraph(bold, plain).markdown())
    assert letters(seen) == letters(sendable(bold + plain))
    assert kinds <= PLAIN
    assert letters(sendable(bold)).startswith(letters(strong))


@pytest.mark.parametrize(
    ("bold", "plain", "markdown"),
    [
        ("Había una vez", " un unicornio.", "**Había una vez** un unicornio."),
        ("un uni", "cornio", "**un uni**cornio"),
        ("Hola ", "mundo", "**Hola** mundo"),
        ("¿Qué?", " Nada", "**¿Qué?** Nada"),
        ("Me dijo (", "que sí", "**Me dijo** (que sí"),
        ("verso uno\nverso dos\n", "verso tres", "**verso uno**\n**verso dos**\nverso tres"),
        ("  sangrado\n\n  otro", "", "  **sangrado**\n\n  **otro**"),
        ("Hola**", "", "**Hola\\*\\***"),
        ("x @", "everyone", "**x** @\u200beveryone"),
        ("", "solo", "solo"),
        ("   ", "solo", "   solo"),
    ],
)
def test_what_is_marked(bold, plain, markdown):
    assert Paragraph(bold, plain).markdown() == markdown


TEXTS = st.lists(
    st.sampled_from(["palabra ", "ñandú\n", "👩‍👩‍👧", "**", "\\", "<@1> ", "\n\n", "x" * 90]),
    min_size=1,
    max_size=90,
).map("".join)


@settings(max_examples=80, deadline=None)
@given(TEXTS, TEXTS, st.integers(200, 600))
def test_pages_fit_and_lose_nothing_but_the_space_at_a_cut(bold, plain, limit):
    paragraph = Paragraph(bold, plain)
    spans, first = paragraph.pages(len(bold), limit, 10_000)
    assert paragraph.pages(len(bold), limit, len(spans)) == (spans, first)
    assert paragraph.pages(len(bold), limit, len(spans) - 1) is None or len(spans) == 1
    assert paragraph.news(len(bold), limit) == spans[first] or len(spans) == 1
    parts = [paragraph.markdown(*span) for span in spans]
    assert all(length(part) <= limit for part in parts)
    assert letters("".join(by_discord(part)[0] for part in parts)) == letters(paragraph.text)
    start, stop = spans[first]
    assert start <= len(bold) <= stop
    ending = paragraph.ending(limit)
    assert length(ending) <= limit
    assert letters(paragraph.text).endswith(letters(by_discord(ending.removeprefix("[…] "))[0]))


def test_a_page_of_news_begins_with_the_last_words_before_them():
    before = "antes " * 500
    paragraph = Paragraph(before, "ahora " * 20)
    spans, first = paragraph.pages(len(before), 1000, 9)
    assert first == len(spans) - 1
    shown = paragraph.markdown(*spans[first])
    assert shown.startswith("**antes antes")
    assert 200 < shown.index("ahora") < 320
