"""A hypothesis of a search with beams, as a chain of links."""

from __future__ import annotations

from dataclasses import dataclass

from engine.decoding.text_end import Search
from engine.trace import Draw, FinishReason, Step


@dataclass(eq=False)
class BeamPath:
    """A hypothesis as the last link of its path.

    Attributes:
        length: New tokens.
        token_score: Processed log-probability of the last token.
        score: Sum of the token scores.
        logprob: Sum of the raw log-probabilities, nats.
        draw: The throw that chose it among all continuations of its step.
        step: How the last token was decided, in a traced run.
        node: Index in the tree, or None where it has none.
        search: For stop strings in its text, or None without any.
    """

    parent: BeamPath | None
    token_id: int
    length: int
    token_score: float
    score: float
    logprob: float
    finish_reason: FinishReason | None = None
    draw: Draw | None = None
    step: Step | None = None
    node: int | None = None
    search: Search | None = None

    @property
    def token_ids(self) -> list[int]:
        """New tokens."""
        return [link.token_id for link in self.links()]

    def links(self) -> list[BeamPath]:
        """Return the path from its first token to this one."""
        links: list[BeamPath] = []
        link: BeamPath | None = self
        while link is not None:
            links.append(link)
            link = link.parent
        return links[::-1]
