"""The small Spanish models that ship inside the package, and how they were trained."""

from pathlib import Path

FOLDER = Path(__file__).parent
GAPS_FOLDER = FOLDER / "huecos"
ACCENTS_FOLDER = FOLDER / "tildes"
BLOCKED_WORDS_FILE = FOLDER / "blocked_words.txt"
"""Slurs and vulgar words, one a line (# starts a comment): left out of training, and of the bot."""


def blocked_words(path: Path = BLOCKED_WORDS_FILE) -> tuple[str, ...]:
    """Read a list of words or phrases, one a line; `#` starts a comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    words = (line.split("#", 1)[0].strip() for line in lines)
    return tuple(dict.fromkeys(word for word in words if word))
