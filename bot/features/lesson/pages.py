"""The two kinds of message of a lesson: the teacher's buttons, and a cell for everybody."""

from __future__ import annotations

import io
from typing import Any

import discord

from bot.features.lesson import texts
from bot.features.lesson.cell import Cell, CellFile
from bot.features.lesson.cells import plan
from bot.features.lesson.findings import result_in
from bot.features.lesson.items import (
    BackButton,
    DoubtButton,
    DoubtsButton,
    ExplainCellButton,
    FinishButton,
    NextButton,
    ReopenButton,
    RepeatButton,
    RunButton,
    TakeOverButton,
    TryButton,
)
from bot.features.lesson.words import (
    Standing,
    below,
    control_text,
    heading,
    last_lines,
    number_of,
    running_cell,
    state_of,
)
from bot.messages.live import Page
from bot.storage.doubts import DoubtCount
from bot.storage.lesson_records import LessonCell
from bot.ui.picture_page import Block, layout, layout_page


def control_page(standing: Standing) -> Page:
    """Lay out where a lesson stands, with the teacher's buttons."""
    lesson = standing.lesson
    words = (lesson.lesson_id, lesson.version)
    doubts = DoubtsButton(lesson.lesson_id, label=_doubts_label(standing.open_doubts))
    if not lesson.is_open:
        return layout_page(control_text(standing), [doubts, ReopenButton(lesson.lesson_id)])
    state, number = standing.current.state, number_of(lesson.cell)
    is_idle = running_cell(standing) is None
    can_run = number > 0 and is_idle and state in {"shown", "failed"}
    can_repeat = number > 0 and (state == "done" or (state == "failed" and is_idle))
    moves = [
        RunButton(*words, disabled=not can_run),
        NextButton(*words, disabled=number == 0 or number == len(plan())),
        BackButton(*words, disabled=number <= 1),
        RepeatButton(*words, disabled=not can_repeat),
        FinishButton(*words),
    ]
    others = [doubts, TakeOverButton(*words)]
    return layout_page(control_text(standing), moves, others, texts.FOR_TEACHER)


def cell_page(cell: Cell, shown: LessonCell, standing: Standing) -> Page:
    """Lay out a cell: what it is about, what it found out, and everybody's buttons."""
    lesson_id = standing.lesson.lesson_id
    count = standing.doubts.get(cell.key, DoubtCount()).open
    label = texts.DOUBT_COUNT.format(count=count) if count else texts.DOUBT
    buttons: list[discord.ui.Item[Any]] = []
    if shown.findings is not None and shown.findings.reply_ids:
        buttons.append(ExplainCellButton(lesson_id, cell.key))
    if cell.own is not None:
        buttons.append(TryButton(lesson_id, cell.key))
    buttons.append(DoubtButton(lesson_id, cell.key, label=label))
    if shown.state != "done" or shown.findings is None:
        said = state_of(shown, standing)
        return layout_page(heading(cell), said, last_lines(cell, standing, has_text=False), buttons)
    result = result_in(shown.findings)
    has_text = bool(shown.findings.reply_ids)
    blocks: list[Block] = [heading(cell), result.text]
    files: tuple[discord.File, ...] = ()
    if result.picture is not None:
        blocks.append(result.picture)
        files += result.picture.files
    blocks.append(below(result))
    blocks.append(last_lines(cell, standing, has_text=has_text))
    if result.file is not None:
        blocks.append(discord.ui.File[Any](f"attachment://{result.file.name}"))
        files += (_file(result.file),)
    blocks.append(buttons)
    return Page(view=layout(*blocks), files=files)


def _file(file: CellFile) -> discord.File:
    return discord.File(io.BytesIO(file.data), file.name)


def _doubts_label(count: int) -> str:
    return texts.DOUBTS_COUNT.format(count=count) if count else texts.DOUBTS
