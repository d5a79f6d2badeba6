"""The comparison as a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from engine.notebook import facts
from engine.notebook_check import texts
from engine.notebook_check.report import (
    LOGPROB_TOLERANCE,
    PARAMETERS_TOLERANCE,
    PERCENT_TOLERANCE,
    Findings,
    Line,
    disagreements,
    lines,
)

_GAP = "  "


def printed(found: Findings, model: str, revision: str) -> str:
    """Return the whole report, which ends in a line break.

    Args:
        found: What was computed.
        model: As it was asked for.
        revision: Commit, or content hash, of what was loaded.
    """
    compared = lines(found)
    blocks = [
        "\n".join(_head(model, revision)),
        _table(compared),
        *(["\n".join(notes)] if (notes := _notes(found, compared)) else []),
        "\n".join(_verdicts(found, compared)),
    ]
    return "\n\n".join(blocks) + "\n"


def _head(model: str, revision: str) -> tuple[str, ...]:
    return (
        texts.TITLE.format(model=model, revision=revision),
        texts.VERSIONS.format(torch=version("torch"), transformers=version("transformers")),
        texts.TOLERANCES.format(
            parameters=texts.number(PARAMETERS_TOLERANCE, 2),
            percent=texts.number(PERCENT_TOLERANCE, 2),
            logprob=texts.number(LOGPROB_TOLERANCE, 2),
        ),
    )


def _table(compared: Sequence[Line]) -> str:
    rows = [texts.HEADERS, *map(_cells, compared)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("─" * width for width in widths))
    return "\n".join(_joined(row, widths) for row in rows)


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.what,
        line.notebook or texts.NONE,
        line.here,
        line.difference or texts.NONE,
        texts.WHY[line.why],
    )


def _joined(row: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _notes(found: Findings, compared: Sequence[Line]) -> list[str]:
    said = {line.why for line in compared}
    limits = {"tokens": found.question.prompt_tokens, "limit": found.question.max_length}
    return [note.format(**limits) for why, note in texts.NOTES.items() if why in said]


def _verdicts(found: Findings, compared: Sequence[Line]) -> list[str]:
    differing = sum(not line.agrees for line in compared)
    stored = sum(line.notebook is not None for line in compared)
    said = [
        texts.SOME_DIFFER.format(count=differing, total=stored) if differing else texts.ALL_AGREE
    ]
    if not found.is_notebooks:
        said.append(texts.OTHER_MODEL.format(notebook=facts.MODEL))
    others = disagreements(found)
    if others:
        said.append(texts.BOTH_DIFFER)
        said.extend(f"  · {other}" for other in others)
    else:
        said.append(texts.BOTH_AGREE)
    return said
