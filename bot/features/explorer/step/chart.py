"""One step: for each candidate the raw bar behind the final bar, the tail, and the cut."""

from __future__ import annotations

from dataclasses import dataclass

from bot.features.explorer.step import texts
from bot.render import sheet as theme
from bot.render.numbers import integer, percent
from bot.render.sheet import MARGIN, Sheet

_HEADER = 26.0
_ROW, _ROW_MANY = 26.0, 20.0
_MANY = 12
_CUT = 22.0
_BARS = 118.0
_BAR_WIDTH, _BAR_WIDTH_ALONE = 112.0, 160.0
_RAW_RIGHT, _FINAL_RIGHT = 284.0, 340.0
_RANK_GAP = 4.0


@dataclass(frozen=True, kw_only=True)
class StepBar:
    """One candidate.

    Attributes:
        label: Its token, as `tokens.glyphs` shows it.
        rank: 1-based, by raw probability.
        raw: Probability that the model gave.
        final: Probability after every filter.
    """

    label: str
    rank: int
    raw: float
    final: float
    is_chosen: bool = False
    is_removed: bool = False


@dataclass(frozen=True, kw_only=True)
class Mass:
    """Tokens that are not listed one by one: how many, and their probability."""

    count: int
    raw: float
    final: float = 0.0


@dataclass(frozen=True, kw_only=True)
class StepChart:
    """What the picture of one step shows.

    Attributes:
        bars: Candidates, by raw rank.
        title: First line, or "" for none.
        rest: The other tokens that can still come out.
        removed: The other tokens that the filters removed.
        cuts: The filters that removed some, as «top-p 0,9».
        is_filtered: Whether any filter acted; if none, one bar and one number say it all.
    """

    bars: tuple[StepBar, ...]
    title: str = ""
    rest: Mass | None = None
    removed: Mass | None = None
    cuts: str = ""
    is_filtered: bool = True


@dataclass(frozen=True)
class _Row:
    label: str
    raw: float
    final: float
    rank: str = ""
    is_chosen: bool = False
    is_removed: bool = False
    is_mass: bool = False


def step_chart(chart: StepChart) -> bytes:
    """Draw the step as a PNG, 700 pixels wide."""
    kept = [_candidate(bar) for bar in chart.bars if not bar.is_removed]
    removed = [_candidate(bar) for bar in chart.bars if bar.is_removed]
    if chart.rest is not None and chart.rest.count:
        more = texts.MORE.format(count=integer(chart.rest.count))
        kept.append(_Row(f"· {more}", chart.rest.raw, chart.rest.final, is_mass=True))
    if chart.removed is not None and chart.removed.count:
        label = f"✂ {integer(chart.removed.count)}"
        removed.append(_Row(label, chart.removed.raw, 0.0, is_removed=True, is_mass=True))
    row = _ROW if len(kept) + len(removed) <= _MANY else _ROW_MANY
    title = _HEADER if chart.title else 0.0
    cut = _CUT if removed else 0.0
    sheet = Sheet(title + _HEADER + row * (len(kept) + len(removed)) + cut + MARGIN)
    if chart.title:
        sheet.text(MARGIN, title / 2 + 3, chart.title, is_bold=True, max_width=330)
    _draw_header(sheet, title, is_filtered=chart.is_filtered)
    scale = max((max(bar.raw, bar.final) for bar in chart.bars), default=0.0) or 1.0
    y = title + _HEADER
    for item in kept:
        _draw_row(sheet, item, y, row, scale, is_filtered=chart.is_filtered)
        y += row
    if removed:
        _draw_cut(sheet, y + cut / 2, chart.cuts)
        y += cut
    for item in removed:
        _draw_row(sheet, item, y, row, scale, is_filtered=True)
        y += row
    return sheet.png()


def _candidate(bar: StepBar) -> _Row:
    return _Row(bar.label, bar.raw, bar.final, integer(bar.rank), bar.is_chosen, bar.is_removed)


def _draw_header(sheet: Sheet, y: float, *, is_filtered: bool) -> None:
    middle = y + _HEADER / 2 + 2
    sheet.text(MARGIN, middle, texts.TOKEN, colour=theme.MUTED, size=theme.SMALL)
    if not is_filtered:
        sheet.text(
            _FINAL_RIGHT, middle, texts.ALONE, colour=theme.MUTED, size=theme.SMALL, align="right"
        )
        return
    for right, label, colour, height in (
        (_RAW_RIGHT, texts.RAW, theme.RAW, 10.0),
        (_FINAL_RIGHT, texts.FINAL, theme.FINAL, 5.0),
    ):
        width = theme.text_width(label, theme.SMALL)
        sheet.text(right, middle, label, colour=theme.MUTED, size=theme.SMALL, align="right")
        sheet.rectangle(right - width - 15, middle - height / 2, 11, height, colour)


def _draw_row(
    sheet: Sheet, row: _Row, y: float, height: float, scale: float, *, is_filtered: bool
) -> None:
    middle = y + height / 2
    colour = theme.CHOSEN if row.is_chosen else theme.MUTED if row.is_mass else theme.TEXT
    if row.is_removed:
        colour = theme.MUTED
    _draw_label(sheet, row, middle, colour)
    if is_filtered:
        _draw_bars(sheet, row, middle, height, scale)
        sheet.text(_RAW_RIGHT, middle, percent(row.raw), colour=theme.MUTED, align="right")
    else:
        _draw_bar(sheet, row, middle, height, scale)
    sheet.text(
        _FINAL_RIGHT,
        middle,
        percent(row.final),
        colour=colour,
        align="right",
        is_bold=row.is_chosen,
    )


def _draw_label(sheet: Sheet, row: _Row, middle: float, colour: str) -> None:
    """Write rank and token apart, so that right-to-left tokens leave the rank where it is."""
    x, is_bold = MARGIN, row.is_chosen
    if row.rank:
        sheet.text(x, middle, row.rank, colour=colour, is_bold=is_bold)
        x += theme.text_width(row.rank, is_bold=is_bold) + _RANK_GAP
    room = _BARS - x - (14 if row.is_chosen else 6)
    sheet.text(x, middle, row.label, colour=colour, is_bold=is_bold, max_width=room)
    if row.is_chosen:
        sheet.arrow(_BARS - 11, middle)


def _draw_bar(sheet: Sheet, row: _Row, middle: float, height: float, scale: float) -> None:
    """Draw the one bar of a step that no filter touched."""
    thick = height * 0.7
    width = max(_BAR_WIDTH_ALONE * min(row.raw / scale, 1.0), 1.0)
    colour = theme.CHOSEN if row.is_chosen else theme.FINAL
    sheet.rectangle(_BARS, middle - thick / 2, width, thick, colour)
    if row.raw > scale:
        _draw_tear(sheet, _BARS + _BAR_WIDTH_ALONE - 14, middle, thick)


def _draw_bars(sheet: Sheet, row: _Row, middle: float, height: float, scale: float) -> None:
    thick, thin = height * 0.7, height * 0.3
    raw, final = (_BAR_WIDTH * min(p / scale, 1.0) for p in (row.raw, row.final))
    if row.is_removed:
        sheet.rectangle(
            _BARS, middle - thick / 2, max(raw, 1.0), thick, theme.REMOVED, style="hatched"
        )
    else:
        sheet.rectangle(_BARS, middle - thick / 2, max(raw, 1.0), thick, theme.RAW)
        colour = theme.CHOSEN if row.is_chosen else theme.FINAL
        sheet.rectangle(
            _BARS,
            middle - thin / 2,
            max(final, 1.0),
            thin,
            colour,
        )
    if row.is_chosen:
        width = max(raw, final, 1.0)
        sheet.rectangle(_BARS, middle - thick / 2, width, thick, theme.CHOSEN, style="outlined")
    if max(row.raw, row.final) > scale:
        _draw_tear(sheet, _BARS + _BAR_WIDTH - 14, middle, thick)


def _draw_tear(sheet: Sheet, x: float, middle: float, height: float) -> None:
    """Break a bar that is longer than there is room for."""
    top, bottom = middle - height / 2 - 2, middle + height / 2 + 2
    for left in (x, x + 6):
        points = [(left + 4, top), (left + 7, top), (left + 3, bottom), (left, bottom)]
        sheet.polygon(points, theme.BACKGROUND)


def _draw_cut(sheet: Sheet, y: float, cuts: str) -> None:
    label = f"✂ {texts.CUT.format(cuts=cuts) if cuts else texts.CUT_UNNAMED}"
    width = min(theme.text_width(label, theme.SMALL), 300.0)
    sheet.dashes(y)
    left = (sheet.width - width) / 2
    sheet.rectangle(left - 6, y - 8, width + 12, 16, theme.BACKGROUND)
    sheet.text(
        sheet.width / 2,
        y,
        label,
        colour=theme.REMOVED,
        size=theme.SMALL,
        align="center",
        max_width=300,
    )
