"""A formula, the same with an example's numbers in it, and bars that show what comes out."""

from __future__ import annotations

from dataclasses import dataclass

from bot.glossary import texts
from bot.render import sheet as theme
from bot.render.alt import listed
from bot.render.numbers import MINUS, fixed, percent, plain_spaces
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet
from bot.render.tokens import plain

_FORMULA, _FILLED = 14.0, 12.0
_AROUND = 6.0
_HEADER = 18.0
_ROW = 18.0
_THICK = 12.0
_BARS, _BAR_WIDTH = 100.0, 108.0
_RIGHT = PHONE_WIDTH - MARGIN
_ROOM = PHONE_WIDTH - 2 * MARGIN
_SMALLEST = 1e-5


@dataclass(frozen=True, kw_only=True)
class FormulaBar:
    """One token's share.

    Attributes:
        label: Its token, as people see it.
        share: From 0 to 1.
        is_removed: Whether a filter takes it away.
    """

    label: str
    share: float
    is_removed: bool = False


@dataclass(frozen=True, kw_only=True)
class FormulaPanel:
    """A group of bars under a title."""

    title: str
    bars: tuple[FormulaBar, ...]


@dataclass(frozen=True, kw_only=True)
class FormulaChart:
    """What the picture shows.

    Attributes:
        formula: In TeX, as far as matplotlib knows it.
        spoken: The formula in words.
        filled: The formula with numbers, a line each; never a text of anybody.
        panels: All on one scale.
    """

    formula: str
    spoken: str
    filled: tuple[str, ...] = ()
    panels: tuple[FormulaPanel, ...] = ()


@dataclass(frozen=True)
class _Line:
    tex: str
    size: float
    height: float
    colour: str


def tex_number(x: float, digits: int) -> str:
    """Write a number inside a formula: a comma with no space behind it."""
    return (
        plain_spaces(fixed(x, digits)).replace(",", "{,}").replace(MINUS, "-").replace(" ", r"\ ")
    )


def tex_percent(p: float) -> str:
    """Write a share inside a formula, a small one with all the decimals that it needs."""
    if 0 < p < _SMALLEST:
        mantissa, exponent = f"{p:.1e}".split("e")
        return rf"{tex_number(float(mantissa), 1)} \cdot 10^{{{int(exponent)}}}"
    return (
        plain_spaces(percent(p, 1 if p >= 100 * _SMALLEST else 3))
        .replace(",", "{,}")
        .replace(" ", r"\ ")
        .replace("%", r"\%")
    )


def formula_chart(chart: FormulaChart) -> bytes:
    """Draw the formula over its bars, as a PNG 700 pixels wide."""
    lines = [_line(chart.formula, _FORMULA, theme.TEXT)]
    lines += [_line(line, _FILLED, theme.FINAL) for line in chart.filled]
    bars = sum(_HEADER + _ROW * len(panel.bars) for panel in chart.panels)
    height = MARGIN + sum(line.height for line in lines) + bars + MARGIN / 2
    sheet = Sheet(height, PHONE_WIDTH)
    y = MARGIN / 2
    for line in lines:
        sheet.formula(MARGIN, y + _AROUND, line.tex, colour=line.colour, size=line.size)
        y += line.height
    scale = max((bar.share for panel in chart.panels for bar in panel.bars), default=0.0) or 1.0
    for panel in chart.panels:
        _draw_panel(sheet, panel, y, scale)
        y += _HEADER + _ROW * len(panel.bars)
    return sheet.png()


def _line(tex: str, size: float, colour: str) -> _Line:
    """Lay out a formula, smaller where it would be wider than the picture."""
    width, height = theme.formula_size(tex, size)
    shrunk = min(1.0, _ROOM / width)
    return _Line(tex, size * shrunk, height * shrunk + 2 * _AROUND, colour)


def _draw_panel(sheet: Sheet, panel: FormulaPanel, y: float, scale: float) -> None:
    middle = y + _HEADER / 2 + 1
    sheet.text(MARGIN, middle, panel.title, colour=theme.MUTED, size=PHONE_SMALL, max_width=_ROOM)
    for row, bar in enumerate(panel.bars):
        _draw_bar(sheet, bar, y + _HEADER + _ROW * (row + 0.5), scale)


def _draw_bar(sheet: Sheet, bar: FormulaBar, middle: float, scale: float) -> None:
    colour = theme.MUTED if bar.is_removed else theme.TEXT
    sheet.text(MARGIN, middle, bar.label, colour=colour, max_width=_BARS - MARGIN - 8)
    width = max(_BAR_WIDTH * bar.share / scale, 1.0)
    top = middle - _THICK / 2
    if bar.is_removed:
        sheet.rectangle(_BARS, top, width, _THICK, theme.REMOVED, style="hatched")
    else:
        sheet.rectangle(_BARS, top, width, _THICK, theme.FINAL)
    sheet.text(_RIGHT, middle, percent(bar.share), colour=colour, align="right")


def formula_alt(chart: FormulaChart) -> str:
    """Say the formula in words, and its bars."""
    panels = [
        texts.ALT_PANEL.format(title=panel.title, bars=", ".join(map(_share, panel.bars)))
        for panel in chart.panels
    ]
    return listed(texts.ALT.format(spoken=chart.spoken), panels, [])


def _share(bar: FormulaBar) -> str:
    template = texts.ALT_BAR_REMOVED if bar.is_removed else texts.ALT_BAR
    return template.format(label=plain(bar.label), share=percent(bar.share))
