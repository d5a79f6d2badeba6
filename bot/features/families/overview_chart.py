"""The three families in one picture: three small grids, and what each puts in the gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.features.families import texts
from bot.render import sheet as theme
from bot.render.markdown import clip
from bot.render.numbers import percent
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet, text_width
from bot.render.tokens import plain
from bot.render.word_grid import Grid
from bot.render.word_grid_chart import cell_of, draw_grid, mark_row
from engine.status import Kind

_GAP = 10.0
_SIDE = (PHONE_WIDTH - 2 * MARGIN - 2 * _GAP) / 3
_TITLE = 34.0
_CAPTION = 34.0
_LINE = 17.0
_ROW, _NAME_ROW = 26.0, 16.0
_BAR = 3.0
_HIDDEN_WIDTH = 46.0
_SHARE_WIDTH = 40.0
_NAME_WIDTH = 92.0
_WORD_LIMIT = 14


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One family.

    Attributes:
        grid: None where there is no model, or it cannot be looked into.
        guess: What it puts in the gap; None for one that has no gaps.
        prob: The chance of that.
        text: What it writes, for one that has no gaps.
    """

    kind: Kind
    is_here: bool
    grid: Grid | None
    guess: str | None
    prob: float | None
    text: str | None


@dataclass(frozen=True, kw_only=True)
class OverviewChart:
    """The sentence and the three.

    Attributes:
        words: Of the sentence; the hidden one is not shown.
        hidden: Its place.
    """

    words: tuple[str, ...]
    hidden: int
    panels: tuple[Panel, ...]


def overview_chart(chart: OverviewChart) -> bytes:
    """Draw the panels side by side over what they say, as a PNG 700 pixels wide."""
    lines = _wrapped(chart)
    question = _TITLE + _SIDE + _CAPTION
    rows = question + 24 + len(lines) * _LINE + 6
    sheet = Sheet(rows + sum(map(_height, chart.panels)), PHONE_WIDTH)
    for index, panel in enumerate(chart.panels):
        _draw_panel(sheet, panel, MARGIN + index * (_SIDE + _GAP), chart.hidden)
    sheet.dashes(question + 3)
    hidden, width = chart.words[chart.hidden], PHONE_WIDTH - 2 * MARGIN
    asked = texts.CHART_QUESTION.format(word=clip(plain(hidden), _WORD_LIMIT))
    sheet.text(MARGIN, question + 15, asked, size=theme.SIZE, is_bold=True, max_width=width)
    for number, line in enumerate(lines):
        _draw_line(sheet, line, question + 24 + (number + 0.5) * _LINE)
    top = rows
    for panel in chart.panels:
        _draw_answer(sheet, panel, top)
        top += _height(panel)
    return sheet.png()


def _draw_panel(sheet: Sheet, panel: Panel, left: float, hidden: int) -> None:
    centre, grid = left + _SIDE / 2, panel.grid
    for number, line in enumerate(texts.NAME_LINES[panel.kind]):
        sheet.text(centre, 11 + number * 14, line, size=PHONE_SMALL, align="center", is_bold=True)
    if grid is None or not grid.rows:
        sheet.rectangle(left, _TITLE, _SIDE, _SIDE, theme.STRIPE)
        note = "" if panel.is_here else texts.CHART_NONE
        middle = centre, _TITLE + _SIDE / 2
        sheet.text(*middle, note, colour=theme.MUTED, size=PHONE_SMALL, align="center")
    else:
        cell = cell_of(grid, _SIDE, _SIDE)
        x = centre - cell * len(grid.columns) / 2
        draw_grid(sheet, grid, x, _TITLE, cell)
        if grid.is_one_text and hidden < len(grid.rows):
            seen = hidden + 1 if grid.is_masked else len(grid.columns)
            mark_row(sheet, (x, _TITLE), cell, hidden, seen)
    for number, line in enumerate(texts.SEES_LINES[panel.kind] if panel.is_here else ()):
        middle = centre, _TITLE + _SIDE + 10 + number * 13
        sheet.text(*middle, line, colour=theme.MUTED, size=PHONE_SMALL, align="center")


def _draw_line(sheet: Sheet, line: Sequence[tuple[float, str | None]], middle: float) -> None:
    for x, word in line:
        if word is None:
            sheet.rectangle(x, middle - 6.5, _HIDDEN_WIDTH, 13, theme.CHOSEN)
        else:
            sheet.text(x, middle, word, max_width=PHONE_WIDTH - MARGIN - x)


def _wrapped(chart: OverviewChart) -> list[list[tuple[float, str | None]]]:
    """Lay the sentence out: where each word of each line stands; None is the hidden one."""
    lines: list[list[tuple[float, str | None]]] = [[]]
    space = text_width("n n") - text_width("nn")
    x = MARGIN
    for index, written in enumerate(chart.words):
        word = None if index == chart.hidden else written
        width = _HIDDEN_WIDTH if word is None else text_width(word)
        if lines[-1] and x + width > PHONE_WIDTH - MARGIN:
            lines.append([])
            x = MARGIN
        lines[-1].append((x, word))
        x += width + space
    return lines


def _height(panel: Panel) -> float:
    return _ROW if panel.kind != "encoder_decoder" else _NAME_ROW + _LINE * len(_written(panel)) + 4


def _draw_answer(sheet: Sheet, panel: Panel, top: float) -> None:
    """Write what a family says beside its name, with a bar for the chance, or below it."""
    name, right = texts.NAMES[panel.kind], PHONE_WIDTH - MARGIN
    if panel.kind == "encoder_decoder":
        name = texts.CHART_WRITES.format(name=name)
    sheet.text(
        MARGIN, top + 8, name, colour=theme.MUTED, size=PHONE_SMALL, max_width=right - MARGIN
    )
    said = _answer(panel)
    look: Any = {"colour": theme.MUTED if said is None else theme.TEXT, "is_bold": said is not None}
    if panel.kind == "encoder_decoder":
        for number, line in enumerate(_written(panel)):
            y = top + _NAME_ROW + (number + 0.5) * _LINE
            sheet.text(MARGIN, y, line, max_width=right - MARGIN, **look)
        return
    left = MARGIN + _NAME_WIDTH
    sheet.text(left, top + 8, _shown(panel), max_width=right - _SHARE_WIDTH - left, **look)
    if panel.prob is not None:
        share, wide = percent(panel.prob, 0), right - left
        sheet.text(right, top + 8, share, size=PHONE_SMALL, align="right")
        sheet.rectangle(left, top + 17, wide, _BAR, theme.STRIPE)
        sheet.rectangle(left, top + 17, max(wide * panel.prob, 1.0), _BAR, theme.FINAL)


def _shown(panel: Panel) -> str:
    return _answer(panel) or (texts.NO_GUESS if panel.is_here else texts.CHART_NONE)


def _written(panel: Panel) -> list[str]:
    """Return the lines of what a family writes."""
    return _two_lines(_shown(panel), PHONE_WIDTH - 2 * MARGIN)


def _two_lines(text: str, width: float) -> list[str]:
    """Break a text once, where the first line ends; what the second has no room for is cut."""
    words = text.split()
    count = len(words)
    while count > 1 and text_width(" ".join(words[:count]), is_bold=True) > width:
        count -= 1
    return [" ".join(part) for part in (words[:count], words[count:]) if part] or [text]


def _answer(panel: Panel) -> str | None:
    return panel.text if panel.kind == "encoder_decoder" else panel.guess
