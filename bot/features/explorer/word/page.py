"""«¿Y mi palabra?»: why a word did not come out, or which of several is likelier, on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import discord

from bot.client import ExplorerPage, Reading
from bot.features.explorer import texts as explorer_texts
from bot.features.explorer.items import StepButton
from bot.features.explorer.step.chart import Mark, WhyBar
from bot.features.explorer.step.page import labels_of, why_picture
from bot.features.explorer.word import texts, verdict_texts
from bot.features.explorer.word.asked import Asked, shares
from bot.features.explorer.word.asking import why_not
from bot.features.explorer.word.form import PublicWordButton, WordButton
from bot.features.explorer.word.items import NumbersButton, PublicNumbersButton, word_controls
from bot.features.explorer.word.verdict import sentence_of, title_of
from bot.features.explorer.word.words import word_answer
from bot.messages.live import Page
from bot.messages.place import Place, Role
from bot.render.footer import footer, short_footer
from bot.render.markdown import quote
from bot.render.numbers import percent
from bot.render.step import StepView, passage
from bot.render.tables import table
from bot.render.tokens import plain
from bot.ui.carried import StaleItemError
from bot.ui.picture_page import audience, layout_page


async def word_page(reading: Reading) -> Page:
    """Build the answer about `reading.words` at a step.

    The place's details say whether the numbers are shown, and whose the published page is on which
    it was asked, 0 for none.

    Raises:
        StaleItemError: There is no word.
        UserError: A word is too long, or the prompt is not kept.
        EngineError: The step could not be read again.
    """
    if not reading.words:
        raise StaleItemError
    in_numbers, publisher = (*reading.place.details, 0, 0)[:2]
    asked = await _asked(reading)
    small = [f"-# {note}" for note in reading.notes]
    if 0 < len(asked) < len(reading.words):
        small.append(verdict_texts.BANNED_SOME)
    if not asked:
        return layout_page(
            f"{verdict_texts.TITLE_BANNED}\n{verdict_texts.BANNED}",
            *("\n".join(small) for _ in small[:1]),
            _ways_out(reading, in_numbers=None),
            _footer(reading),
        )
    if in_numbers:
        return _numbers_page(reading, asked, small)
    menu, buttons = word_controls(reading.reply.reply_id, asked, is_public=bool(publisher))
    title = title_of(asked)
    verdict = plain(title.lstrip("# "))
    picture = await why_picture(reading, labels_of(reading), verdict, _bars(asked))
    return layout_page(
        title,
        "\n".join([sentence_of(asked, is_own=reading.is_own), *small]),
        picture,
        menu,
        [*buttons, *_ways_out(reading, in_numbers=False)],
        _footer(reading),
    )


def _bars(asked: Sequence[Asked]) -> tuple[WhyBar, ...]:
    """Return a bar for each word, but for one that came out; several share among themselves."""
    if len(asked) > 1:
        ranked = sorted(zip(asked, shares(asked), strict=True), key=lambda pair: -pair[1])
        return tuple(
            WhyBar(label=one.word, final=one.final, mark=Mark.ASKED, share=share)
            for one, share in ranked
        )
    return tuple(
        WhyBar(label=one.word, final=one.final, mark=Mark.ASKED, token_id=one.token_id)
        for one in asked
        if not one.is_written
    )


async def _asked(reading: Reading) -> tuple[Asked, ...]:
    """Ask about every word that is not on the list."""
    client, view = reading.client, reading.view
    found = []
    for word in reading.words:
        answer = await why_not(client, reading.reader_id, reading.reply, view, word)
        if answer is not None:
            found.append(Asked(view=view, word=word, answer=answer))
    return tuple(found)


def _numbers_page(reading: Reading, asked: Sequence[Asked], small: Sequence[str]) -> Page:
    view = reading.view
    numbers = _compared(asked) if len(asked) > 1 else word_answer(view, asked[0].answer)
    return layout_page(
        f"{title_of(asked)}\n{quote(passage(view))}",
        "\n".join([numbers, *small]),
        _ways_out(reading, in_numbers=True),
        footer(view.completion, reading.model_name, audience(reading.place)),
    )


def _compared(asked: Sequence[Asked]) -> str:
    """Return a table of several words: the chance of each, and its share among them."""
    rows = [
        (one.word, percent(one.raw), percent(share, 0))
        for one, share in zip(asked, shares(asked), strict=True)
    ]
    return f"{table(texts.COLUMNS, rows)}\n{texts.LEGEND}"


def _ways_out(reading: Reading, *, in_numbers: bool | None) -> list[discord.ui.Item[Any]]:
    """Return the buttons that are always there; None: there are no numbers."""
    view, reply_id = reading.view, reading.reply.reply_id
    publisher = (*reading.place.details, 0, 0)[1]
    where: tuple[int, ...] = (view.attempt, view.step)
    other: discord.ui.Item[Any] = WordButton(reply_id, *where, label=texts.OTHER_WORD)
    numbers = NumbersButton.at(reply_id, *where, to_numbers=not in_numbers)
    if publisher:
        where = (*where, publisher)
        other = PublicWordButton(reply_id, *where, label=texts.OTHER_WORD)
        numbers = PublicNumbersButton.at(reply_id, *where, to_numbers=not in_numbers)
    return [
        other,
        *([] if in_numbers is None else [numbers]),
        StepButton.to(reply_id, _place(reading, view), view.step, Role.BACK, explorer_texts.BACK),
    ]


def _place(reading: Reading, view: StepView) -> Place:
    return replace(reading.place, attempt=view.attempt, step=view.step, details=())


def _footer(reading: Reading) -> str:
    return short_footer(reading.reply, reading.model_name, audience(reading.place))


PAGE = ExplorerPage(build=word_page, label=texts.BUTTON, is_for_one=True)
