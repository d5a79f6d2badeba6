"""Our numbers beside those that the notebook stores, and why they differ."""

from __future__ import annotations

from collections.abc import Iterable

from bot.features.lesson.cell import Lab, Row
from bot.features.lesson.cells import texts
from bot.render.model_names import model_info, shown_name
from engine.notebook import facts

_SHORT_NAME = facts.MODEL.rpartition("/")[2]
EQUAL = " ✔"


def beside(what: str, notebook: str | None, ours: str) -> Row:
    """Put two numbers side by side; equal ones are marked.

    Args:
        what: A few words, at most 14 characters.
        notebook: As it is shown, or None where the notebook does not store it.
        ours: As it is shown, with as many decimals.
    """
    is_equal = notebook is not None and notebook == ours
    return Row(what=what, notebook=notebook, ours=ours + EQUAL if is_equal else ours)


def is_notebook_model(lab: Lab) -> bool:
    """Tell whether the lesson is given with the notebook's own model."""
    info = model_info(lab.client.engine, lab.pinned.model)
    names = (lab.pinned.model,) if info is None else (info.name, *info.aliases)
    return any(name.partition("@")[0] in (facts.MODEL, _SHORT_NAME) for name in names)


def reason(lab: Lab, rows: Iterable[Row], *others: str) -> str | None:
    """Say why the numbers differ; None where none of them does.

    Args:
        lab: Knows the model.
        rows: The numbers.
        *others: Further reasons: the beginnings of sentences' ends, in lower case.
    """
    compared = [row for row in rows if row.notebook is not None]
    if all(row.ours.endswith(EQUAL) for row in compared):
        return None
    reasons = [*others]
    if not is_notebook_model(lab):
        name = shown_name(lab.client.engine, lab.pinned.model)
        reasons.insert(0, texts.OTHER_MODEL.format(model=name))
    elif not reasons:
        reasons.append(texts.OTHER_MACHINE)
    return texts.WHY.format(reasons="; ".join(reasons))
