"""The words of a lesson's two kinds of message: the teacher's, and one for each cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.features.lesson import texts
from bot.features.lesson.cell import Cell, CellResult
from bot.features.lesson.cells import cell_of, plan
from bot.features.lesson.findings import failure_in
from bot.render.numbers import integer
from bot.render.tables import table
from bot.storage.doubts import DoubtCount
from bot.storage.lesson_records import Lesson, LessonCell

TABLE_COLUMNS = 25
"""What a phone shows in a container without moving sideways."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All that is known of a lesson at one moment.

    Attributes:
        cells: Those that have been shown, by their keys.
        doubts: How many there are, by the cells' keys.
        model_name: As people know it, ready for Markdown.
        resumed: Key of the cell that is or was computed again after a restart.
        progress: How much of the cell under way is done, and of how many; None where it says not.
    """

    lesson: Lesson
    model_name: str
    cells: Mapping[str, LessonCell] = field(default_factory=dict)
    doubts: Mapping[str, DoubtCount] = field(default_factory=dict)
    resumed: str | None = None
    progress: tuple[int, int] | None = None

    @property
    def current(self) -> LessonCell:
        """The cell where the lesson stands."""
        key = self.lesson.cell
        return self.cells.get(key) or LessonCell(cell=key, state="shown")

    @property
    def open_doubts(self) -> int:
        """How many doubts are not resolved."""
        return sum(count.open for count in self.doubts.values())

    @property
    def facts(self) -> str:
        """What is pinned, in a few words."""
        return texts.FACTS.format(model=self.model_name, seed=self.lesson.seed)


def number_of(key: str) -> int:
    """Return the 1-based number of a cell; 0 where this version has none of that key."""
    return next((i for i, cell in enumerate(plan(), start=1) if cell.key == key), 0)


def name_of(key: str) -> str:
    """Name a cell with its number, as plain text."""
    cell = cell_of(key)
    if cell is None:
        return texts.CELL_GONE
    return texts.CELL_NAME.format(number=number_of(key), title=cell.title)


def control_text(standing: Standing) -> str:
    """Say where a lesson stands."""
    lesson = standing.lesson
    if not lesson.is_open:
        return _ended_text(standing)
    owner = texts.CONTROL_OWNER.format(owner=f"<@{lesson.owner_id}>", facts=standing.facts)
    cell = cell_of(lesson.cell)
    if cell is None:
        return f"{texts.CONTROL_LOST}\n{texts.UNKNOWN_CELL}\n{owner}"
    title = texts.CONTROL_TITLE.format(
        number=number_of(lesson.cell), count=len(plan()), title=cell.title
    )
    return "\n".join((title, f"{_state_text(standing)}{_link(standing)}", owner))


def running_cell(standing: Standing) -> str | None:
    """Return the key of the cell that is being computed, or None."""
    return next((key for key, cell in standing.cells.items() if cell.state == "running"), None)


def _state_text(standing: Standing) -> str:
    current, running = standing.current, running_cell(standing)
    is_resumed = standing.resumed == current.cell
    if is_resumed and current.state in {"running", "done"}:
        return texts.RESUMED_RUNNING if current.state == "running" else texts.RESUMED_DONE
    if current.state == "shown" and running is not None:
        return texts.BUSY_ELSEWHERE.format(number=number_of(running))
    if current.state == "running" and standing.progress is not None:
        done, count = standing.progress
        return texts.STATE_PART.format(done=done, count=count)
    return texts.STATES[current.state].format(why=failure_in(current.findings))


def _link(standing: Standing) -> str:
    message_id = standing.current.message_id
    if message_id is None:
        return ""
    return " " + texts.LINK.format(url=message_url(standing.lesson, message_id))


def message_url(lesson: Lesson, message_id: int) -> str:
    """Return the address of one of a lesson's messages."""
    return f"https://discord.com/channels/{lesson.guild_id}/{lesson.channel_id}/{message_id}"


def _ended_text(standing: Standing) -> str:
    open_doubts = standing.open_doubts
    doubts = ""
    if open_doubts:
        doubts = texts.ENDED_DOUBTS[open_doubts == 1].format(count=integer(open_doubts))
    done = sum(cell.state == "done" for cell in standing.cells.values())
    summary = texts.ENDED_SUMMARY.format(
        done=done, count=len(plan()), doubts=doubts, facts=standing.facts
    )
    return f"{texts.ENDED}\n{summary}\n{texts.ENDED_NOTE}"


def heading(cell: Cell) -> str:
    """Return a cell's title, its idea and its code."""
    title = texts.CELL_TITLE.format(number=number_of(cell.key), title=cell.title)
    lines = [title, cell.idea]
    if cell.code:
        lines.append(f"```python\n{cell.code}\n```")
    return "\n".join(lines)


def state_of(shown: LessonCell, standing: Standing) -> str:
    """Say why there is no result of a cell yet."""
    if shown.state == "failed":
        return texts.FAILED.format(why=failure_in(shown.findings))
    if shown.state != "running":
        return texts.NOT_YET
    if standing.progress is None:
        return texts.RUNNING
    done, count = standing.progress
    return texts.RUNNING_PART.format(done=done, count=count)


def below(result: CellResult) -> str:
    """Return the notebook's numbers beside ours, and why they differ."""
    lines = []
    if result.rows:
        rows = [(row.what, row.notebook or texts.NOT_STORED, row.ours) for row in result.rows]
        lines.append(table(texts.ROWS_HEADER, rows, columns=TABLE_COLUMNS))
    if result.why is not None:
        lines.append(texts.WHY.format(why=result.why))
    return "\n".join(lines)


def last_lines(cell: Cell, standing: Standing, *, has_text: bool) -> str:
    """Return the question for the class and the small lines under it."""
    lines = [texts.QUESTION.format(question=cell.question)] if cell.question else []
    resolved = standing.doubts.get(cell.key, DoubtCount()).resolved
    if resolved:
        lines.append(texts.RESOLVED[resolved == 1].format(count=integer(resolved)))
    footer = texts.INVENTED if has_text else texts.FOOTER
    lines.append(footer.format(facts=standing.facts))
    return "\n".join(lines)
