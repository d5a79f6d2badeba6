"""The rows of the workshop notebook's table: «Entrada, Opción 1 … 5», for pictures and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.features.explorer.files import texts
from bot.render.alt import listed
from bot.render.numbers import percent
from bot.render.step import join_tokens
from bot.render.tokens import glyphs, plain
from engine import Candidate, Step

OPTIONS = 5

_ALT_OPTIONS = 2


@dataclass(frozen=True, kw_only=True)
class Option:
    """One candidate: its token as `glyphs` shows it, and its raw probability."""

    label: str
    raw: float
    is_chosen: bool = False


@dataclass(frozen=True, kw_only=True)
class NotebookRow:
    """One step.

    Attributes:
        entry: The text before the step.
        options: The most probable tokens, best first.
        outside: The chosen token where it is not among them.
    """

    entry: str
    options: tuple[Option, ...]
    outside: Option | None = None

    @property
    def chosen(self) -> Option | None:
        """The option that came out."""
        return self.outside or next((o for o in self.options if o.is_chosen), None)


def notebook_rows(prompt: str, steps: Sequence[Step]) -> tuple[NotebookRow, ...]:
    """Return a row for each step of one text.

    Args:
        prompt: The text before the first step.
        steps: All steps from there on.
    """
    texts = [step.chosen_candidate.text for step in steps]
    return tuple(_row(prompt + join_tokens(texts[:i]), step) for i, step in enumerate(steps))


def _row(entry: str, step: Step) -> NotebookRow:
    best = sorted(step.candidates, key=lambda c: c.raw_rank)[:OPTIONS]
    chosen = step.chosen_candidate
    return NotebookRow(
        entry=entry,
        options=tuple(_option(candidate, step) for candidate in best),
        outside=None if chosen in best else _option(chosen, step),
    )


def _option(candidate: Candidate, step: Step) -> Option:
    return Option(
        label=glyphs(candidate.text),
        raw=candidate.raw_prob,
        is_chosen=candidate.token_id == step.chosen,
    )


def notebook_alt(rows: Sequence[NotebookRow]) -> str:
    """Say each step's best options and which token came out."""
    lead = texts.ALT_NOTEBOOK_ONE if len(rows) == 1 else texts.ALT_NOTEBOOK
    return listed(lead.format(count=len(rows)), [_row_alt(row) for row in rows], [])


def _row_alt(row: NotebookRow) -> str:
    options = ", ".join(
        texts.ALT_OPTION.format(token=plain(option.label), raw=percent(option.raw))
        for option in row.options[:_ALT_OPTIONS]
    )
    if row.chosen is None or row.chosen in row.options[:1]:
        return options
    return texts.ALT_ROW.format(options=options, token=plain(row.chosen.label))
