"""Every script is drawn, by few fonts that keep few files open."""

import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import RendererAgg

from bot.render import typefaces

ROOT = Path(__file__).parents[3]


SCRIPTS = [
    "ñandú €", "e\u0301 a\u0308\u0323", "◌\u0301", "🦄 👩‍🏫 👍🏽 🇪🇸 ❤\ufe0f 1\ufe0f⃣", "حياة السلام",
    "你好 繁體 日本語 カナ", "한국어", "नमस्ते", "ไทย", "Ελλάδα Русский", "שלום", "␣⏎⇥⟨C3⟩✂◀",
    "\U00013000\U0001f9ff\ue000", "$x^2$ \\alpha %", "\u202eabc\x00\ufffd",
]  # fmt: skip


def missing_glyphs(text: str, *, is_bold: bool = False) -> list[str]:
    """Lay a text out as the charts do, and return matplotlib's complaints."""
    properties = typefaces.font(text, 12.0, is_bold=is_bold)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        RendererAgg(1, 1, 100).get_text_width_height_descent(text, properties, ismath=False)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("text", SCRIPTS)
@pytest.mark.parametrize("is_bold", [False, True])
def test_every_script_is_drawn_without_missing_glyphs(text, is_bold):
    assert missing_glyphs(typefaces.drawable(text), is_bold=is_bold) == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=12))
def test_any_text_is_drawn_without_missing_glyphs(text):
    assert missing_glyphs(typefaces.drawable(text)) == []


def test_missing_glyphs_would_be_noticed():
    assert "missing" in missing_glyphs("\U00013000")[0]


@given(st.text(max_size=8))
def test_texts_share_few_combinations_of_fonts(text):
    families = [*typefaces.font(typefaces.drawable(text), 12.0).get_family()]
    assert len(families) in (1, 2, 1 + len(typefaces._FALLBACKS))
    if len(families) > 2:
        assert families == [*typefaces.font("a🦄日नท한", 12.0).get_family()]


@pytest.mark.skipif(sys.platform != "linux", reason="open files are listed there")
def test_the_fonts_of_all_scripts_together_keep_few_files_open():
    code = textwrap.dedent("""
        from itertools import combinations
        from pathlib import Path

        from bot.render.sheet import Sheet

        signs = ("a", "🦄", "⏎", "日", "한", "न", "ท")
        for count in range(1, len(signs) + 1):
            for some in combinations(signs, count):
                for is_bold in (False, True):
                    Sheet(50).text(0, 20, "".join(some), is_bold=is_bold)
        open_files = [link.resolve().suffix for link in Path("/proc/self/fd").iterdir()]
        print(sum(suffix in (".ttf", ".otf") for suffix in open_files))
    """)
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert 0 < int(ended.stdout) <= 2 * (1 + 1 + len(typefaces._FALLBACKS))


def test_what_no_font_draws_is_named():
    assert typefaces.drawable("\U00013000") == "⟨U+13000⟩"
    assert typefaces.drawable("a\u2068b\u2069\n") == "ab⏎"
    assert typefaces.drawable("8,1\u00a0%") == "8,1 %"
