"""A round's message, built from what is stored about it and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import discord

from bot.client import Client
from bot.features.continuation.items import ExplainButton
from bot.features.game import texts
from bot.features.game.chart import game_chart
from bot.features.game.items import (
    EndGameButton,
    MyPlaceButton,
    NextWordButton,
    OtherWordButton,
    RevealButton,
    VoteButton,
)
from bot.features.game.rules import forecast, ranking
from bot.features.game.words import (
    chart_alt,
    chart_of,
    final_text,
    leaders_text,
    open_text,
    result_text,
)
from bot.messages.live import Page
from bot.render.model_names import shown_name
from bot.storage.game_records import Game, Guess, Hand, Round
from bot.ui.picture_page import Picture, layout_page

_PICTURE = "adivina.png"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A game with everything that has happened in it.

    Attributes:
        rounds: In order.
        guesses: By round and person.
    """

    game: Game
    rounds: tuple[Round, ...]
    guesses: tuple[Guess, ...]

    @property
    def hands(self) -> Mapping[int, Hand]:
        """The rounds that are over, by their number."""
        return {one.number: one.hand for one in self.rounds if one.is_over and one.hand}

    def round(self, number: int) -> Round | None:
        """Return one round."""
        return next((one for one in self.rounds if one.number == number), None)

    def guessed(self, number: int) -> Sequence[Guess]:
        """Return the choices of one round."""
        return [one for one in self.guesses if one.number == number]


async def round_page(client: Client, game_id: str, number: int) -> Page | None:
    """Build the message of a round; None where it is gone or has not been dealt."""
    table = await _table_of(client, game_id)
    one = None if table is None else table.round(number)
    if table is None or one is None or one.hand is None:
        return None
    model = shown_name(client.engine, table.game.request.model)
    if not one.is_over:
        return _open_page(table, one, one.hand, model)
    return await _over_page(client, table, one, one.hand, model)


async def _table_of(client: Client, game_id: str) -> Table | None:
    game = await client.storage.games.get(game_id)
    if game is None:
        return None
    return Table(
        game=game,
        rounds=await client.storage.games.rounds(game_id),
        guesses=await client.storage.guesses.of(game_id),
    )


def _open_page(table: Table, one: Round, hand: Hand, model: str) -> Page:
    place = (one.game_id, one.number)
    votes = [VoteButton(*place, i, label=texts.LETTERS[i]) for i in range(len(hand.options))]
    controls = (OtherWordButton(*place), RevealButton(*place), EndGameButton(one.game_id))
    text = open_text(table.game, one, hand, len(table.guessed(one.number)), model)
    return layout_page(text, votes, controls)


async def _over_page(client: Client, table: Table, one: Round, hand: Hand, model: str) -> Page:
    game, guesses = table.game, table.guessed(one.number)
    text = result_text(game, one, hand, guesses)
    chart = chart_of(hand, guesses)
    votes = "-".join(str(bar.votes) for bar in chart.bars)
    key = (game.game_id, one.number, votes)
    data = await client.pictures.get(key, partial(game_chart, chart), game.host_id)
    picture = Picture(data, _PICTURE, chart_alt(hand, chart))
    footer = texts.FOOTER.format(model=model, seed=game.request.seed)
    is_last = one.number == table.rounds[-1].number
    standings = ranking(_until(table, one.number), table.guesses)
    below, buttons = leaders_text(standings), _buttons(table, one, is_last=is_last)
    if is_last and not game.is_open:
        below = final_text(standings, table.hands, forecast(table.hands, table.guesses))
    elif not is_last and table.rounds[-1].hand is None and one.number == len(table.rounds) - 1:
        footer = texts.PREPARING.format(model=model)
    return layout_page(text, picture, below, buttons, footer)


def _until(table: Table, number: int) -> Mapping[int, Hand]:
    """Return the rounds that were over when this one ended: its message stays as it was."""
    return {other: hand for other, hand in table.hands.items() if other <= number}


def _buttons(table: Table, one: Round, *, is_last: bool) -> list[discord.ui.Item[Any]]:
    buttons: list[discord.ui.Item[Any]] = []
    goes_on = table.game.is_open and is_last
    if goes_on:
        buttons.append(NextWordButton(one.game_id, one.number))
    buttons.append(MyPlaceButton(one.game_id))
    buttons.append(ExplainButton(one.reply_id, 0))
    if goes_on:
        buttons.append(EndGameButton(one.game_id))
    return buttons
