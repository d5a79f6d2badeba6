"""The table of one step: candidates, what is left of the tail, and what the filters removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.render.numbers import integer, percent
from bot.render.step import StepView, token_label
from bot.render.step_sentence import every_filter, vocabulary_size
from bot.render.tables import GAP, MAX_COLUMNS, cut, table, width
from bot.texts import step as texts
from engine import Candidate, Step


@dataclass(frozen=True, kw_only=True)
class Tail:
    """The tokens that the table does not list.

    Attributes:
        more_count: How many of them can still be chosen.
        removed_count: How many of them the filters removed.
    """

    more_count: int
    more_raw: float
    more_final: float
    removed_count: int
    removed_raw: float


def listed(step: Step, count: int) -> tuple[Candidate, ...]:
    """Return the `count` most probable candidates and the chosen one, by raw rank."""
    shown = sorted(step.candidates, key=lambda c: c.raw_rank)[:count]
    chosen = step.chosen_candidate
    return tuple(shown if chosen in shown else [*shown, chosen])


def tail(step: Step, shown: tuple[Candidate, ...]) -> Tail:
    """Split what is not shown into the tokens that survived the filters and those that did not."""
    stages = every_filter(step)
    vocabulary = vocabulary_size(step)
    kept = stages[-1].tokens_kept if stages else vocabulary
    kept_raw = stages[-1].raw_mass if stages else 1.0
    alive = [c for c in shown if c.removed_by is None]
    removed = [c for c in shown if c.removed_by is not None]
    return Tail(
        more_count=max(0, kept - len(alive)),
        more_raw=_share(kept_raw - sum(c.raw_prob for c in alive)),
        more_final=_share(1.0 - sum(c.final_prob for c in alive)),
        removed_count=max(0, vocabulary - kept - len(removed)),
        removed_raw=_share(1.0 - kept_raw - sum(c.raw_prob for c in removed)),
    )


def step_table(view: StepView) -> str:
    """Return the step's table in a code block narrow enough for a phone."""
    shown = listed(view.current, view.candidates)
    ranks = max(len(str(c.raw_rank)) for c in shown)
    header: tuple[str, ...] = (texts.COLUMN_RAW, texts.COLUMN_FINAL)
    numbers: list[tuple[str, ...]] = [(percent(c.raw_prob), percent(c.final_prob)) for c in shown]
    rest = _tail_rows(tail(view.current, shown))
    if not every_filter(view.current):  # both columns would say the same
        header = (texts.COLUMN_ALONE,)
        numbers, rest = [cells[:1] for cells in numbers], [row[:2] for row in rest]
    right = [header, *numbers, *(row[1:] for row in rest)]
    room = label_room(right, ranks)
    rows = [
        (candidate_label(candidate, ranks, room, _marks(candidate, view.current.chosen)), *cells)
        for candidate, cells in zip(shown, numbers, strict=True)
    ]
    return table((" " * (ranks + 1) + texts.COLUMN_TOKEN, *header), [*rows, *rest])


def _tail_rows(left: Tail) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    if left.more_count:
        more = texts.MORE.format(count=integer(left.more_count))
        rows.append((more, percent(left.more_raw), percent(left.more_final)))
    if left.removed_count:
        removed = texts.REMOVED.format(count=integer(left.removed_count))
        rows.append((removed, percent(left.removed_raw), percent(0.0)))
    return rows


def label_room(right: Sequence[Sequence[str]], ranks: int) -> int:
    """Return the columns that are left for a token.

    Args:
        right: The cells to its right, row by row.
        ranks: Columns of the rank before it.
    """
    columns = sum(len(GAP) + max(map(width, cells)) for cells in zip(*right, strict=True))
    return MAX_COLUMNS - columns - ranks - 1


def candidate_label(candidate: Candidate, ranks: int, room: int, marks: str) -> str:
    """Return rank, token and marks, the token cut to the room."""
    marks = marks if width(marks) < room else marks.replace(" ", "")
    token = cut(token_label(candidate.text), max(1, room - width(marks)))
    return f"{candidate.raw_rank:>{ranks}} {token}{marks}"


def _marks(candidate: Candidate, chosen: int) -> str:
    marks = ""
    if candidate.removed_by is not None:
        marks += f" {texts.REMOVED_MARK}"
    if candidate.token_id == chosen:
        marks += f" {texts.CHOSEN_MARK}"
    return marks


def _share(value: float) -> float:
    """Clear away what rounding left of a difference of probabilities."""
    return 0.0 if value < 1e-9 else min(value, 1.0)
