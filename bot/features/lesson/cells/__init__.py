"""The cells of the lesson, in their order."""

from __future__ import annotations

from bot.features.lesson.cell import Cell
from bot.features.lesson.cells.beams import BeamCell, NgramCell
from bot.features.lesson.cells.closing import CloseCell
from bot.features.lesson.cells.cuts import TopKCell, TopPCell
from bot.features.lesson.cells.greedy import ByHandCell, GenerateCell
from bot.features.lesson.cells.guess import GuessCell
from bot.features.lesson.cells.probabilities import ProbabilitiesCell
from bot.features.lesson.cells.slides import FamiliesCell, ModelCell
from bot.features.lesson.cells.temperature import TemperatureCell
from bot.features.lesson.cells.unicorns import LogprobCell, UnicornCell

CELLS: tuple[Cell, ...] = (
    FamiliesCell(),
    ModelCell(),
    ByHandCell(),
    GenerateCell(),
    UnicornCell(),
    LogprobCell(),
    BeamCell(),
    NgramCell(),
    TemperatureCell(),
    ProbabilitiesCell(),
    TopKCell(),
    TopPCell(),
    GuessCell(),
    CloseCell(),
)


def plan() -> tuple[Cell, ...]:
    """Return the cells of a lesson, in their order."""
    return CELLS


def cell_of(key: str) -> Cell | None:
    """Return the cell of that key, or None where this version has none."""
    return next((cell for cell in CELLS if cell.key == key), None)
