"""Stop strings as people type them: one after another, with marks for what cannot be typed."""

from __future__ import annotations

import unicodedata

STOP_LIMIT = 100
"""The longest that can be typed, as Discord counts."""

SEPARATOR = "|"
_MARKS = {"\\n": "\n", "⏎": "\n", "⇥": "\t", "␣": " "}
_SPACES = " "


def parse_stop(typed: str) -> tuple[str, ...]:
    r"""Read stop strings: «FIN | Ana:␣ | ⏎⏎».

    The spaces around each are dropped, so one that counts is written «␣»; «⏎» or «\n» is a line
    break and «⇥» a tab. A separator alone means none. Accents are composed, as models write them.
    """
    sound = typed.encode(errors="ignore").decode()
    pieces = (piece.strip(_SPACES) for piece in sound.split(SEPARATOR))
    return tuple(dict.fromkeys(_unmarked(piece) for piece in pieces if piece))


def stop_text(strings: tuple[str, ...]) -> str:
    """Write stop strings so that they can be typed again, with room between them if it is there.

    What was typed within `STOP_LIMIT` is written within it too.
    """
    marked = [*map(_marked, strings)]
    spaced = f" {SEPARATOR} ".join(marked) or SEPARATOR
    is_long = len(spaced.encode("utf-16-le", "surrogatepass")) // 2 > STOP_LIMIT
    return SEPARATOR.join(marked) if is_long else spaced


def _unmarked(piece: str) -> str:
    for mark, meant in _MARKS.items():
        piece = piece.replace(mark, meant)
    composed = unicodedata.normalize("NFC", piece)
    # Some characters become two: they would not fit any more.
    return composed if len(composed) <= len(piece) else piece


def _marked(string: str) -> str:
    core = string.strip(_SPACES)
    before, _, after = string.partition(core) if core else (string, "", "")
    spaced = "␣" * len(before) + core + "␣" * len(after)
    return spaced.replace("\n", "⏎").replace("\t", "⇥")
