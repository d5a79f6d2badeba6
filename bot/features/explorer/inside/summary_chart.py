"""The way from a text to the next token, from top to bottom: ids, a vector, layers, shares."""

from __future__ import annotations

from dataclasses import dataclass

from bot.features.explorer.inside import texts
from bot.features.explorer.inside.lens_chart import LensLine, draw_lens, lens_height
from bot.features.explorer.inside.vector_chart import draw_strip, first_numbers
from bot.render import sheet as theme
from bot.render.numbers import integer, percent
from bot.render.sheet import MARGIN, PHONE_SMALL, PHONE_WIDTH, Sheet

_PAD = 4.0
_HEAD = 18.0
_CHIPS = 36.0
_STRIP, _NUMBERS = 32.0, 16.0
_BAR = 16.0
_ARROW = 14.0
_LABEL, _SHARE = 96.0, 52.0


@dataclass(frozen=True, kw_only=True)
class InsideOption:
    """A token that could come next: its label and its raw probability."""

    label: str
    prob: float
    is_chosen: bool = False


@dataclass(frozen=True, kw_only=True)
class InsideChart:
    """One step.

    Attributes:
        title: Of the page, for who cannot see the picture.
        tokens: Labels and ids of the text; those at its end that fit are drawn.
        vector: First numbers of the last token's row of the table.
        size: Numbers in the whole vector.
        chosen: The token that came out, as it may be shown.
        layers: How many there are.
        lines: Some of them, the entry and the last among them.
        options: The final distribution, best first.
    """

    title: str
    tokens: tuple[tuple[str, int], ...]
    vector: tuple[float, ...]
    size: int
    chosen: str
    layers: int
    lines: tuple[LensLine, ...]
    options: tuple[InsideOption, ...]


def inside_chart(chart: InsideChart) -> bytes:
    """Draw the chain, as a PNG 700 pixels wide."""
    parts = (_CHIPS, _STRIP + _NUMBERS, lens_height(len(chart.lines)), _BAR * len(chart.options))
    height = sum(parts) + len(parts) * _HEAD + (len(parts) - 1) * _ARROW + 2 * _PAD
    sheet = Sheet(height, PHONE_WIDTH)
    room = sheet.width - 2 * MARGIN
    layers = texts.CHART_LAYERS_ONE if chart.layers == 1 else texts.CHART_LAYERS
    heads = (
        texts.CHART_TOKENS,
        texts.CHART_VECTOR.format(token=chart.tokens[-1][0], size=integer(chart.size)),
        layers.format(layers=integer(chart.layers)),
        texts.CHART_PROBS,
    )
    draw = (_draw_chips, _draw_vector, _draw_layers, _draw_options)
    y = _PAD
    for head, part, draw_part in zip(heads, parts, draw, strict=True):
        if draw_part is not _draw_chips:
            _draw_arrow(sheet, y)
            y += _ARROW
        sheet.text(MARGIN, y + _HEAD / 2, head, colour=theme.FINAL, max_width=room)
        draw_part(sheet, chart, y + _HEAD)
        y += _HEAD + part
    return sheet.png()


def _draw_arrow(sheet: Sheet, top: float) -> None:
    x = sheet.width / 2
    sheet.line([(x, top + 1), (x, top + 7)], theme.MUTED, 1.5)
    sheet.polygon([(x, top + 13), (x - 5, top + 6), (x + 5, top + 6)], theme.MUTED)


def _draw_chips(sheet: Sheet, chart: InsideChart, top: float) -> None:
    """Draw the last tokens that fit, from the right."""
    right = sheet.width - MARGIN
    more = theme.text_width(texts.CHART_MORE) + 4
    shown = []
    room = right - MARGIN
    for i, (label, token_id) in reversed(list(enumerate(chart.tokens))):
        number = integer(token_id)
        width = max(theme.text_width(label, is_bold=True), theme.text_width(number, PHONE_SMALL))
        width = min(width + 10, right - MARGIN - more)
        if width > room - (more if i else 0):
            break
        shown.append((label, number, width))
        room -= width + 4
    x = MARGIN
    if len(shown) < len(chart.tokens):
        sheet.text(x, top + 10, texts.CHART_MORE, colour=theme.MUTED)
        x += more
    for i, (label, number, width) in enumerate(reversed(shown), start=1):
        is_last = i == len(shown)
        colour = theme.CHOSEN if is_last else theme.RAW
        sheet.rectangle(x, top, width, 20, colour, style="outlined")
        sheet.text(x + width / 2, top + 10, label, align="center", is_bold=is_last,
                   max_width=width - 6)  # fmt: skip
        sheet.text(x + width / 2, top + 28, number, colour=theme.MUTED, size=PHONE_SMALL,
                   align="center")  # fmt: skip
        x += width + 4


def _draw_vector(sheet: Sheet, chart: InsideChart, top: float) -> None:
    room = sheet.width - 2 * MARGIN
    sheet.rectangle(MARGIN, top, room, _STRIP, theme.STRIPE)
    draw_strip(sheet, chart.vector, (MARGIN + 4, top + 2, room - 8, _STRIP - 4))
    numbers = first_numbers(chart.vector, chart.size)
    y = top + _STRIP + _NUMBERS / 2 + 2
    sheet.text(MARGIN, y, numbers, colour=theme.MUTED, size=PHONE_SMALL, max_width=room)


def _draw_layers(sheet: Sheet, chart: InsideChart, top: float) -> None:
    draw_lens(sheet, chart.lines, chart.chosen, top)


def _draw_options(sheet: Sheet, chart: InsideChart, top: float) -> None:
    right = sheet.width - MARGIN
    width = right - _SHARE - _LABEL
    for i, option in enumerate(chart.options):
        middle = top + (i + 0.5) * _BAR
        is_chosen = option.is_chosen
        look = {"is_bold": is_chosen, "max_width": _LABEL - MARGIN - 14}
        sheet.text(MARGIN, middle, option.label, **look)  # type: ignore[arg-type]
        if is_chosen:
            sheet.arrow(_LABEL - 12, middle)
        length = max(width * min(option.prob, 1.0), 1.0)
        sheet.rectangle(_LABEL, middle - 6, length, 12, theme.FINAL)
        if is_chosen:
            sheet.rectangle(_LABEL, middle - 6, length, 12, theme.CHOSEN, style="outlined")
        sheet.text(right, middle, percent(option.prob), align="right")
