"""Writes the lesson as a notebook file (nbformat 4.5) that runs with transformers alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, NamedTuple

from engine.notebook import facts, texts
from engine.notebook.source import ModelSource
from engine.notebook.step import Step
from engine.notebook.steps import preparation, steps

_REVISION_DIGITS = 12
_FENCE = "```"
_SMALL_PRINT = re.compile(r"^-# ", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class ClassRow:
    """A number of the notebook beside the one of a class, both as they are shown."""

    what: str
    notebook: str | None
    ours: str


@dataclass(frozen=True, kw_only=True)
class ClassResult:
    """What came out of a step when a class was given it.

    Attributes:
        text: Discord's Markdown.
        rows: Numbers that are compared.
        why: Why they differ, in a sentence.
    """

    text: str
    rows: Sequence[ClassRow] = field(default=())
    why: str | None = None


class NotebookFile(NamedTuple):
    """A notebook as a file: its name, and its bytes (JSON in UTF-8)."""

    name: str
    data: bytes


def lesson_notebook(
    source: ModelSource,
    *,
    seed: int = facts.SEED,
    results: Mapping[str, ClassResult] | None = None,
) -> NotebookFile:
    """Return the lesson as a notebook; the same arguments give the same bytes.

    Args:
        source: What it loads.
        seed: Of everything that is drawn.
        results: What a class got, by the key of the step, which is shown beside what the notebook
            gives; keys of no step are left out.
    """
    cells = [*_head(source, seed), *_steps(results or {})]
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    data = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
    safe_name = re.sub(r"[^\w.-]+", "-", source.name).strip("-")
    name = texts.FILE_NAME.substitute(model=safe_name or "modelo")
    return NotebookFile(name, data.encode())


def _head(source: ModelSource, seed: int) -> Iterator[dict[str, Any]]:
    packages = ("transformers", "torch", *source.packages)
    title = texts.TITLE.substitute(
        model=source.name,
        revision=_revision(source),
        seed=seed,
        packages=" ".join(packages),
        notebook_model=facts.MODEL,
        versions=texts.VERSIONS.substitute(
            torch=version("torch").partition("+")[0], transformers=version("transformers")
        ),
    )
    yield _markdown("title", title + (f"\n{source.note.strip()}\n" if source.note else ""))
    yield _code("packages", texts.PACKAGES_LINE.substitute(packages=" ".join(packages)))
    loading = preparation.LOAD_GGUF if source.is_gguf else preparation.LOAD
    yield _code(
        "load",
        loading.substitute(
            model=source.address,
            revision=repr(source.revision),
            seed=seed,
            imports="\n".join(source.imports),
        ),
    )
    tools = preparation.TOOLS.substitute(
        love=repr(facts.LOVE_PROMPT),
        unicorns=repr(facts.UNICORN_PROMPT),
        max_length=facts.MAX_LENGTH,
    )
    yield _code("tools", tools)


def _revision(source: ModelSource) -> str:
    revision = source.revision or source.content
    if revision is None:
        return ""
    return texts.REVISION.substitute(revision=revision[:_REVISION_DIGITS])


def _steps(results: Mapping[str, ClassResult]) -> Iterator[dict[str, Any]]:
    for number, step in enumerate(steps(), start=1):
        lead = texts.STEP.substitute(number=number, title=step.title, idea=step.idea)
        yield _markdown(step.key, lead)
        for place, code in enumerate(step.code, start=1):
            yield _code(f"{step.key}-{place}", code)
        yield from _after(step, results.get(step.key))


def _after(step: Step, result: ClassResult | None) -> Iterator[dict[str, Any]]:
    """Yield what a class got, and the question."""
    said = [] if result is None else _in_class(result)
    if step.question:
        said.append(texts.QUESTION.substitute(question=step.question))
    if said:
        yield _markdown(f"{step.key}-after", "\n\n".join(said))


def _in_class(result: ClassResult) -> list[str]:
    said = [texts.IN_CLASS, _quoted(result.text)]
    if result.rows:
        said.append("\n".join([texts.IN_CLASS_HEADER, *map(_row, result.rows)]))
    if result.why:
        said.append(result.why)
    return said


def _quoted(text: str) -> str:
    """Quote Discord's Markdown: every line stays one, and no sign begins a tag."""
    parts = _SMALL_PRINT.sub("", text).split(_FENCE)
    parts[::2] = [part.replace("<", r"\<") for part in parts[::2]]
    return "\n".join(f"> {line}  " for line in _FENCE.join(parts).splitlines())


def _row(row: ClassRow) -> str:
    cells = {"what": row.what, "notebook": row.notebook or texts.NO_NUMBER, "ours": row.ours}
    return texts.IN_CLASS_ROW.substitute(
        {name: cell.replace("|", r"\|") for name, cell in cells.items()}
    )


def _markdown(cell_id: str, source: str) -> dict[str, Any]:
    return _cell("markdown", cell_id, source)


def _code(cell_id: str, source: str) -> dict[str, Any]:
    return {**_cell("code", cell_id, source), "execution_count": None, "outputs": []}


def _cell(kind: str, cell_id: str, source: str) -> dict[str, Any]:
    return {
        "cell_type": kind,
        "id": cell_id.replace("_", "-"),
        "metadata": {},
        "source": source.strip("\n").splitlines(keepends=True),
    }
