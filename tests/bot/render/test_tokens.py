import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render import tokens


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" vida", "␣vida"),
        ("a b", "a␣b"),
        ("\n\n", "⏎⏎"),
        ("\r\n", "␍⏎"),
        ("\t", "⇥"),
        ("\x00\x7f", "␀␡"),
        ("\u202eabc", "⟨U+202E⟩abc"),
        ("\u200b", "⟨U+200B⟩"),
        ("\u00a0", "⟨U+00A0⟩"),
        ("\ufffd", "⟨U+FFFD⟩"),
        ("\u2068a\u2069", "a"),
        ("⟨C3⟩", "⟨C3⟩"),
        ("ñandú", "ñandú"),
        ("e\u0301", "e\u0301"),
        ("\u0301", "◌\u0301"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("\ufe0f", "⟨U+FE0F⟩"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("\u200d", "⟨U+200D⟩"),
        ("🏴\U000e0065\U000e0073\U000e007f", "🏴\U000e0065\U000e0073\U000e007f"),
        ("حياة", "\u2068حياة\u2069"),
        ("你好", "你好"),
        ("", "⟨⟩"),
    ],
)
def test_glyphs(text, shown):
    assert tokens.glyphs(text) == shown


@given(st.text(max_size=8))
def test_glyphs_leave_a_mark_and_never_break_a_line(text):
    shown = tokens.plain(tokens.glyphs(text))
    assert shown
    assert not set(shown) & {" ", "\n", "\r", "\t", "\ufffd"}
    assert not any(unicodedata.category(char) in {"Cc", "Zl", "Zp", "Zs"} for char in shown)
    assert not any(unicodedata.bidirectional(char) in {"RLO", "LRO", "RLE"} for char in shown)


def test_visible_leaves_spaces():
    assert tokens.visible("36 más\n") == "36 más⏎"
