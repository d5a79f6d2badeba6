"""A game as a click finds it: which round, whose, and how everybody stands."""

from __future__ import annotations

from bot.client import Client, Interaction
from bot.features.game import texts
from bot.features.game.rules import Standing, ranking
from bot.messages.errors import UserError
from bot.storage.game_records import Game, Round


async def game_of(client: Client, game_id: str) -> Game:
    """Return a game.

    Raises:
        UserError: It is gone.
    """
    game = await client.storage.games.get(game_id)
    if game is None:
        raise UserError(texts.GONE)
    return game


async def open_round_of(client: Client, game_id: str, number: int) -> Round:
    """Return a round that people vote on.

    Raises:
        UserError: It is gone, or has ended.
    """
    one = await client.storage.games.round(game_id, number)
    if one is None:
        raise UserError(texts.GONE)
    if one.state != "open":
        raise UserError(texts.CLOSED)
    return one


async def require_host(interaction: Interaction, game_id: str) -> None:
    """Refuse a click of somebody who neither began the game nor moderates.

    Raises:
        UserError: It names the host; or the game is gone.
    """
    game = await game_of(interaction.client, game_id)
    if interaction.user.id != game.host_id and not interaction.permissions.manage_messages:
        raise UserError(texts.ONLY_HOST.format(host=f"<@{game.host_id}>"))


async def standings_of(client: Client, game_id: str) -> tuple[Standing, ...]:
    """Return how everybody stands in a game, from the votes of the rounds that are over."""
    rounds = await client.storage.games.rounds(game_id)
    hands = {one.number: one.hand for one in rounds if one.is_over and one.hand}
    return ranking(hands, await client.storage.guesses.of(game_id))
