"""What a step of the lesson is in the notebook."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step: Spanish words and runnable cells.

    Attributes:
        key: Stable, English; that of the lesson's cell where there is one.
        title: A few words.
        idea: One sentence or two, Markdown.
        code: Cells, in order; each needs those of the steps before it.
        question: For whoever reads, one sentence; "" for none.
    """

    key: str
    title: str
    idea: str
    code: tuple[str, ...] = ()
    question: str = ""
