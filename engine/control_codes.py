"""The first words by which a CTRL model is told what to write.

Source: Keskar et al. (2019), «CTRL: a conditional transformer language model for controllable
generation», §3 and appendix A.
"""

from __future__ import annotations

CONTROL_CODES: tuple[str, ...] = (
    "Wikipedia",
    "Books",
    "Reviews",
    "Links",
    "News",
    "Questions",
    "Translation",
    "Horror",
    "Science",
    "Joke",
    "Legal",
    "Politics",
    "Movies",
    "Gaming",
    "Fitness",
    "Finance",
    "Relationships",
    "Confessions",
    "Opinion",
    "Writing",
)
"""Those worth a choice, of the 55 that the model was trained with."""


def with_code(code: str, prompt: str) -> str:
    """Put a code before a text, in place of one that is there."""
    return f"{code} {split_code(prompt)[1]}"


def split_code(prompt: str) -> tuple[str | None, str]:
    """Tell the code at the beginning of a text from the rest of it."""
    first, gap, rest = prompt.partition(" ")
    return (first, rest) if gap and first in CONTROL_CODES else (None, prompt)
