"""What a cell found out, as it is stored: nothing is computed again to show it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from bot.features.lesson.cell import CellFile, CellResult, Row, Trace
from bot.render.markdown import clip
from bot.storage.lesson_records import Findings, Lesson
from bot.storage.records import StoredReply
from bot.ui.picture_page import Picture

_TEXT_UNITS, _FAILURE_UNITS = 2400, 600
"""Most UTF-16 units: with all else, Discord takes 4000 in a message."""


def findings_of(lesson_id: str, cell: str, result: CellResult) -> Findings:
    """Return what is stored of a result, without its texts."""
    words: dict[str, Any] = {
        "text": clip(result.text, _TEXT_UNITS),
        "rows": [asdict(row) for row in result.rows],
        "why": result.why,
        "labels": [trace.label for trace in result.traces],
    }
    if result.picture is not None:
        words["picture"] = {"name": result.picture.name, "alt": result.picture.alt}
    if result.file is not None:
        words["file"] = result.file.name
    return Findings(
        words=words,
        reply_ids=tuple(reply_id(lesson_id, cell, i) for i in range(len(result.traces))),
        picture=None if result.picture is None else result.picture.data,
        file=None if result.file is None else result.file.data,
    )


def failure_of(text: str) -> Findings:
    """Return what is stored of a cell that did not come off."""
    return Findings(words={"failure": clip(text, _FAILURE_UNITS)})


def failure_in(findings: Findings | None) -> str:
    """Return why a cell did not come off."""
    return "" if findings is None else str(findings.words.get("failure", ""))


def result_in(findings: Findings) -> CellResult:
    """Return a result as it was, but for its texts."""
    words = findings.words
    picture = file = None
    if (about := words.get("picture")) is not None:
        picture = Picture(findings.picture, about["name"], about["alt"])
    if (name := words.get("file")) is not None and findings.file is not None:
        file = CellFile(name=name, data=findings.file)
    return CellResult(
        text=words.get("text", ""),
        rows=tuple(Row(**row) for row in words.get("rows", ())),
        why=words.get("why"),
        picture=picture,
        file=file,
    )


def labels_in(findings: Findings) -> tuple[str, ...]:
    """Return what the texts of a result are called."""
    return tuple(findings.words.get("labels", ()))


def reply_id(lesson_id: str, cell: str, index: int) -> str:
    """Return the id of a cell's text: the same each time that the cell is computed."""
    digest = hashlib.sha256(f"{lesson_id}:{cell}:{index}".encode()).hexdigest()
    return digest[:32]


def reply_of(lesson: Lesson, cell: str, index: int, trace: Trace) -> StoredReply:
    """Return a cell's text as it is stored: the teacher's, for all to read."""
    own_id = reply_id(lesson.lesson_id, cell, index)
    return StoredReply(
        reply_id=own_id,
        kind="explicar",
        owner_id=lesson.owner_id,
        guild_id=lesson.guild_id,
        channel_id=lesson.channel_id,
        message_id=None,
        request=replace(trace.request, request_id=own_id),
        completion=replace(trace.completion, request_id=own_id),
        is_prompt_kept=True,
        created_at=datetime.now(UTC),
        is_private=False,
    )
