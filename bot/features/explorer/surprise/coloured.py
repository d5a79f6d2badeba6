"""The explorer's page «Ir a una palabra»: a stored text, coloured, and a menu of its words.

It is also what «Ver coloreado» opens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import discord

from bot.client import ExplorerPage, Interaction, Reading
from bot.features.explorer import texts as explorer_texts
from bot.features.explorer.items import (
    PLACE_ARGS,
    PublishButton,
    StepButton,
    TurnButton,
    ownership,
)
from bot.features.explorer.step.labels import spoken
from bot.features.explorer.surprise import texts
from bot.features.explorer.surprise.chart import surprise_chart
from bot.features.explorer.surprise.words import surprise_alt
from bot.messages.live import Page
from bot.messages.place import PageName, Place, Role
from bot.render.coloured import ColouredWord, level_of
from bot.render.footer import short_footer
from bot.render.markdown import clip, escape
from bot.render.written_words import WrittenWord, word_at, written_words
from bot.ui.carried import number_of
from bot.ui.items import PersistentSelect
from bot.ui.picture_page import Picture, audience, layout_page
from bot.ui.turning import turn_to

PICTURE_NAME = "coloreado.png"
IN_MENU = 25
"""Discord's limit of options."""
IN_WINDOW = 2 * IN_MENU
_RARE_FROM = 3
_CONTEXT_WORDS = 3
_LABEL_LIMIT = 60


class ColouredButton(TurnButton, action="color", args=(*PLACE_ARGS, "role", "scale")):
    """Turns to the coloured text around a step: by all surprise, or by that over the favourite."""

    page = PageName.COLOURED

    @classmethod
    def at(cls, reply_id: str, place: Place, role: Role, scale: int, label: str) -> ColouredButton:
        """Build the button to a place."""
        args = (place.attempt, place.step, place.candidates, place.publisher, role, scale)
        return cls(reply_id, *args, label=label)

    @property
    def place(self) -> Place:
        """Where it leads."""
        return replace(super().place, details=(self.numbers["scale"],))


class PublishColouredButton(
    PublishButton, action="publicar-color", args=("attempt", "step", "candidates")
):
    """Puts a copy of the coloured text in the channel."""

    page = PageName.COLOURED


class WordMenu(
    PersistentSelect, action="ir-a-palabra", args=("attempt", "candidates", "publisher", "index")
):
    """Lists words of the text."""

    @classmethod
    def at(
        cls, reply_id: str, place: Place, index: int, options: list[discord.SelectOption]
    ) -> WordMenu:
        """Build one of the menus of a page."""
        first, last = (clip(option.label, 20) for option in (options[0], options[-1]))
        named = texts.GO_TO_FROM.format(first=first, last=last) if index else texts.GO_TO
        args = (place.attempt, place.candidates, place.publisher, index)
        return cls(reply_id, *args, options=options, placeholder=named)

    async def respond(self, interaction: Interaction) -> None:
        """Explain the chosen word."""
        place = replace(Place.of(self.numbers), step=number_of(self.value))
        await turn_to(interaction, self.reply_id, place)


COLOURED_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    ColouredButton,
    PublishColouredButton,
    WordMenu,
)


async def coloured_page(reading: Reading) -> Page:
    """Build the coloured text, in stretches of fifty words.

    Raises:
        UserError: The reply's steps were not recorded.
    """
    reply, view = reading.reply, reading.view
    place = replace(reading.place, attempt=view.attempt, step=view.step)
    scale = place.details[0] if place.details else 0
    attempt = reply.completion.attempts[view.attempt]
    words = written_words(view.before, attempt.steps, attempt.finish_reason)
    stretches = _stretches(words)
    here = next(i for i, part in enumerate(stretches) if view.step < part[-1].stop)
    coloured = _coloured(stretches[here], view.step, scale)
    key = ("coloured", reply.reply_id, place.attempt, place.step, scale)
    pictures = reading.client.pictures
    data = await pictures.get(key, lambda: surprise_chart(coloured), reading.reader_id)
    return layout_page(
        texts.TITLE,
        _sentence(words, scale),
        Picture(data, PICTURE_NAME, surprise_alt(coloured)),
        *_menus(reply.reply_id, place, words, stretches[here], scale),
        *_buttons(reply.reply_id, place, stretches, here, scale),
        short_footer(reply, reading.model_name, audience(place)),
    )


def _stretches(words: Sequence[WrittenWord]) -> list[list[WrittenWord]]:
    """Divide the words so that the menus of a page hold those of a stretch."""
    parts: list[list[WrittenWord]] = [[]]
    count = 0
    for word in words:
        if count == IN_WINDOW and word.has_letters:
            parts.append([])
            count = 0
        parts[-1].append(word)
        count += word.has_letters
    return parts


def _bits(word: WrittenWord, scale: int) -> float:
    return word.excess_bits if scale else word.bits


def _coloured(words: Sequence[WrittenWord], step: int, scale: int) -> tuple[ColouredWord, ...]:
    here = word_at(words, step)
    return tuple(
        ColouredWord(text=word.text, bits=_bits(word, scale), is_current=i == here)
        for i, word in enumerate(words)
    )


def _sentence(words: Sequence[WrittenWord], scale: int) -> str:
    whole = [word for word in words if word.is_whole] or words
    most = max(whole, key=lambda word: (_bits(word, scale), -word.start))
    template = texts.RELATIVE if scale else texts.ABSOLUTE
    return template.format(word=escape(spoken(most.text, "")))


def _menus(
    reply_id: str,
    place: Place,
    words: Sequence[WrittenWord],
    stretch: Sequence[WrittenWord],
    scale: int,
) -> list[list[discord.ui.Item[Any]]]:
    listed = [word for word in stretch if word.has_letters] or list(stretch)[:IN_WINDOW]
    options = [_option(words, word, scale) for word in listed]
    halves = [options[i : i + IN_MENU] for i in range(0, len(options), IN_MENU)]
    return [[WordMenu.at(reply_id, place, i, half)] for i, half in enumerate(halves)]


def _option(words: Sequence[WrittenWord], word: WrittenWord, scale: int) -> discord.SelectOption:
    """Show a word among its neighbours."""
    at = words.index(word)
    before = "".join(w.text for w in words[max(at - _CONTEXT_WORDS, 0) : at])
    after = "".join(w.text for w in words[at + 1 : at + 1 + _CONTEXT_WORDS])
    context = " ".join(f"{before}{word.text}{after}".split())
    is_rare = level_of(_bits(word, scale)) >= _RARE_FROM
    return discord.SelectOption(
        label=clip(spoken(word.text, ""), _LABEL_LIMIT),
        value=str(word.start),
        description=clip(context, _LABEL_LIMIT) or None,
        emoji=texts.RARE if is_rare else texts.CALM,
    )


def _buttons(
    reply_id: str,
    place: Place,
    stretches: Sequence[Sequence[WrittenWord]],
    here: int,
    scale: int,
) -> list[list[discord.ui.Item[Any]]]:
    """Return the ways to other pages; what can be done with a published one has its own row."""
    buttons: list[discord.ui.Item[Any]] = []
    for at, role, label in (
        (here - 1, Role.WINDOW_BACK, texts.EARLIER),
        (here + 1, Role.WINDOW_ON, texts.LATER),
    ):
        if 0 <= at < len(stretches):
            there = replace(place, step=stretches[at][0].start)
            buttons.append(ColouredButton.at(reply_id, there, role, scale, label))
    other = texts.TO_ABSOLUTE if scale else texts.TO_RELATIVE
    buttons.append(ColouredButton.at(reply_id, place, Role.ON, 1 - scale, other))
    buttons.append(StepButton.to(reply_id, place, place.step, Role.BACK, explorer_texts.BACK))
    if place.is_public:
        return [buttons, ownership(reply_id, place)]
    own = PublishColouredButton(reply_id, place.attempt, place.step, place.candidates)
    return [[*buttons, own]]


PAGE = ExplorerPage(
    build=coloured_page, label=texts.COLOURED, hint=texts.COLOURED_HINT, needs_prompt=False
)
