"""What the pages of `/familias` say in words."""

from __future__ import annotations

from bot.features.families import texts
from bot.features.families.overview_chart import OverviewChart, Panel
from bot.features.families.reading import Family, Trio
from bot.render.alt import listed
from bot.render.joining import joined
from bot.render.markdown import clip, escape
from bot.render.numbers import integer, percent
from bot.render.tokens import plain, visible
from bot.render.word_grid_chart import GridChart
from engine.status import Kind

_WORD_LIMIT = 40
_TEXT_LIMIT = 200


def overview_title(trio: Trio) -> str:
    """Return the verdict over all three."""
    has_decoder = trio.of("decoder").name is not None
    has_others = any(family.name and family.kind != "decoder" for family in trio.families)
    if not has_decoder:
        return texts.TITLE_WITHOUT_DECODER
    return texts.TITLE if has_others else texts.TITLE_ALONE


def overview_sentences(trio: Trio) -> str:
    """Say how much each sees of what comes, read from the maps, and what is not there."""
    shares = [
        texts.AHEAD_OF.format(
            share=percent(family.grid.share_ahead, 0), name=texts.NAMES[family.kind].lower()
        )
        for family in trio.families
        if family.grid is not None and family.grid.is_one_text
    ]
    lines = [texts.AHEAD.format(shares=joined(shares))] if shares else []
    lines += _missing(trio)
    return "\n".join(lines)


def family_sentences(trio: Trio, kind: Kind) -> str:
    """Say what one family sees and says."""
    family = trio.of(kind)
    if family.name is None:
        return texts.NO_MODEL
    lines = [*_sight(family), *_said(trio, family)]
    if family.problem is not None:
        lines.append(family.problem)
    return "\n".join(lines)


def try_line(kind: Kind) -> str:
    """Say which command asks a family, and who belongs to it."""
    return texts.TRY.format(command=texts.COMMANDS[kind], systems=texts.SYSTEMS[kind])


def models_line(trio: Trio) -> str:
    """Name the models that have read the sentence."""
    return " · ".join(family.name for family in trio.families if family.name is not None)


def shown_word(word: str) -> str:
    """Return a word of any model as it may be shown, ready for Markdown."""
    return escape(clip(visible(plain(word)), _WORD_LIMIT))


def overview_chart_of(trio: Trio) -> OverviewChart:
    """Return what the picture of the three shows."""
    panels = tuple(
        Panel(
            kind=family.kind,
            is_here=family.name is not None,
            grid=family.grid,
            guess=family.guess,
            prob=family.prob,
            text=family.text,
        )
        for family in trio.families
    )
    sentence = trio.sentence
    return OverviewChart(words=sentence.words, hidden=sentence.hidden, panels=panels)


def grid_chart_of(trio: Trio, kind: Kind) -> GridChart | None:
    """Return what the picture of one shows; None where there is nothing to see."""
    grid = trio.of(kind).grid
    if grid is None or not grid.rows or not grid.columns:
        return None
    is_whole = grid.is_one_text and len(grid.rows) == len(trio.sentence.words)
    return GridChart(grid=grid, marked=trio.sentence.hidden if is_whole else None)


def overview_alt(trio: Trio) -> str:
    """Say what the picture of the three shows."""
    items = []
    for family in trio.families:
        name = texts.NAMES[family.kind].lower()
        if family.name is None:
            items.append(texts.ALT_NONE.format(name=name))
            continue
        share = "" if family.grid is None else percent(family.grid.share_ahead, 0)
        items.append(_ALTS[family.kind].format(share=share))
        if family.guess is not None:
            items.append(texts.ALT_GUESS.format(word=plain(family.guess)))
    return listed(texts.ALT_TITLE.format(text=plain(trio.sentence.text)), items, [])


def grid_alt(trio: Trio, chart: GridChart) -> str:
    """Say at whom each word looks most."""
    items = []
    for word, row in zip(chart.grid.rows, chart.grid.weights, strict=True):
        best = max(range(len(row)), key=row.__getitem__)
        other, share = chart.grid.columns[best], percent(row[best], 0)
        items.append(texts.ALT_ROW.format(word=plain(word), other=plain(other), share=share))
    return listed(texts.ALT_TITLE.format(text=plain(trio.sentence.text)), items, [])


_ALTS = {
    "encoder": texts.ALT_ENCODER,
    "decoder": texts.ALT_DECODER,
    "encoder_decoder": texts.ALT_CROSS,
}


def _missing(trio: Trio) -> list[str]:
    lines = []
    for family in trio.families:
        name = texts.NAMES[family.kind]
        if family.name is None:
            lines.append(texts.NO_SUCH_MODEL.format(name=name.lower()))
        elif family.problem is not None:
            lines.append(texts.PROBLEM.format(name=name, why=family.problem))
    return lines


def _sight(family: Family) -> list[str]:
    grid = family.grid
    if grid is None:
        return []
    if not grid.is_one_text:
        return [texts.CROSS]
    if grid.is_masked:
        return [texts.ZEROS.format(count=integer(grid.squares_ahead))]
    return [texts.ENCODER_AHEAD.format(share=percent(grid.share_ahead, 0))]


def _said(trio: Trio, family: Family) -> list[str]:
    lines = []
    if family.guess is not None and family.prob is not None:
        template = texts.ENCODER_GUESS if family.kind == "encoder" else texts.DECODER_GUESS
        lines.append(
            template.format(
                word=shown_word(family.guess),
                share=percent(family.prob, 0),
                left=escape(trio.sentence.left),
            )
        )
    if family.text is not None:
        template = texts.DECODER_NEXT if family.kind == "decoder" else texts.WROTE
        written = clip(" ".join(family.text.split()), _TEXT_LIMIT) or texts.NOTHING
        lines.append(template.format(text=escape(written)))
    return lines
