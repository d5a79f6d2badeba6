"""What a class finds out has a step in the notebook file, beside which it stands."""

from bot.features.lesson.cells import CELLS
from engine.notebook.steps import steps


def test_every_cell_is_a_step_of_the_notebook_in_the_same_order():
    keys = [step.key for step in steps()]
    cells = [cell.key for cell in CELLS]
    assert [key for key in keys if key in cells] == cells
