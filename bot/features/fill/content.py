"""What the pages of a filled text show, without their buttons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.features.fill import comparing, looking, numbers, texts
from bot.features.fill.asked import filling_of
from bot.features.fill.chart import gap_chart
from bot.features.fill.place import FillPage, FillPlace, FillReading
from bot.features.fill.words import SMALL, alt_of, chart_of, filled_text, heading, notes, why
from bot.messages.pictures import PictureKey
from bot.messages.place import Place
from bot.render.model_names import model_info, shown_name
from bot.render.word_grid_chart import grid_chart
from bot.ui.carried import StaleItemError
from bot.ui.picture_page import Block, Picture, audience
from engine.filling import Filling


@dataclass(frozen=True, kw_only=True)
class FillContent:
    """A page.

    Attributes:
        blocks: From top to bottom, over the buttons.
        footer: Below them.
        filling: What it shows.
        place: The nearest that there is to the one asked for.
    """

    blocks: Sequence[Block]
    footer: str
    filling: Filling
    place: FillPlace


async def content_of(reading: FillReading) -> FillContent:
    """Return what a page shows.

    Raises:
        UserError: The text may not be asked again.
        EngineError: The engine failed.
    """
    is_scored = reading.other is None and reading.place.page is FillPage.NUMBERS
    filling = await filling_of(
        reading.client,
        reading.reply,
        reading.place.order_name,
        reading.reader_id,
        is_scored=is_scored,
    )
    place = replace(reading.place, gap=min(reading.place.gap, len(filling.gaps) - 1))
    if reading.other is not None:
        blocks: Sequence[Block] = await _beside(reading, filling, reading.other)
    elif is_scored:
        blocks = _numbers(filling, place)
    elif place.page is FillPage.ATTENTION:
        blocks = await _attention(replace(reading, place=place), filling)
    else:
        blocks = await _gap(reading, filling, place)
    return FillContent(
        blocks=blocks, footer=_footer(reading, filling), filling=filling, place=place
    )


async def _gap(reading: FillReading, filling: Filling, place: FillPlace) -> Sequence[Block]:
    source = reading.reply.request.prompt
    chart = chart_of(filling, place.gap, source)
    key = _key(replace(reading, place=place), filling, "rellenar")
    data = await reading.client.pictures.get(key, partial(gap_chart, chart), reading.reader_id)
    return (
        heading(filling, place.gap),
        filled_text(filling, source) if len(filling.gaps) > 1 else "",
        "\n".join([why(filling, place.gap), *notes(filling, place.gap)]),
        Picture(data, texts.CHART_NAME, alt_of(chart, filling)),
    )


async def _attention(reading: FillReading, filling: Filling) -> Sequence[Block]:
    found = await looking.looking_of(reading, filling)
    key = _key(reading, filling, "atencion")
    draw = partial(grid_chart, found.chart)
    data = await reading.client.pictures.get(key, draw, reading.reader_id)
    return (
        looking.title_of(found),
        looking.sentence_of(found),
        Picture(data, texts.LOOKS_NAME, looking.alt_of(found)),
    )


def _key(reading: FillReading, filling: Filling, what: str) -> PictureKey:
    place = reading.place
    return (what, reading.reply.reply_id, place.gap, place.order, filling.revision or "")


def _numbers(filling: Filling, place: FillPlace) -> Sequence[Block]:
    gap = filling.gaps[place.gap]
    return (
        "\n".join((numbers.title(filling, place.gap), numbers.entropy(gap))),
        numbers.candidate_tables(gap),
        numbers.details(filling, place.gap),
    )


async def _beside(reading: FillReading, filling: Filling, other: str) -> Sequence[Block]:
    client = reading.client
    beside = await filling_of(client, reading.reply, filling.order, reading.reader_id, model=other)
    infos = [model_info(client.engine, one.model) for one in (filling, beside)]
    if infos[0] is None or infos[1] is None:
        raise StaleItemError
    first, second = (infos[0], filling), (infos[1], beside)
    return (
        comparing.agreement(first, second),
        comparing.gaps_side_by_side(first, second),
        comparing.facts_of(first, second),
    )


def _footer(reading: FillReading, filling: Filling) -> str:
    seen = audience(Place(publisher=reading.place.publisher))
    if reading.other is not None:
        return SMALL + seen
    model = shown_name(reading.client.engine, filling.model)
    return SMALL + texts.FOOTER.format(model=model, audience=seen)
